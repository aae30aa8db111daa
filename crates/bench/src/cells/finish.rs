//! From the scores of cases to what a benchmark of cells found.

use std::collections::BTreeMap;

use crate::benchmark::Benchmark;
use crate::error::{Error, Result};
use crate::outcome::{CaseScores, Definition, Finding, MetricInfo, Outcome};
use crate::run::finish::{comparisons, requirements};
use crate::run::{MODEL, Options};

/// A method: its name and definition.
pub(super) type Method = (&'static str, &'static str);
/// A metric: its name, definition, and whether more is better.
pub(super) type Metric = (&'static str, &'static str, bool);
/// Metric → value.
pub(super) type Scores = BTreeMap<String, f64>;

/// Scores by name.
pub(super) fn scores<const N: usize>(named: [(&str, f64); N]) -> Scores {
    let named = named.into_iter();
    named
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A figure about the benchmark as a whole.
pub(super) fn finding(name: impl Into<String>, definition: &str, value: f64) -> Finding {
    Finding {
        described: Definition {
            name: name.into(),
            definition: definition.to_owned(),
        },
        value,
    }
}

/// The outcome, of the model and the methods and metrics that the benchmark names.
///
/// # Errors
/// A method or metric that is not among the known ones.
pub(super) fn outcome(
    benchmark: &Benchmark,
    model: &'static str,
    methods: &[Method],
    metrics: &[Metric],
    mut cases: Vec<CaseScores>,
    findings: Vec<Finding>,
    options: &Options,
) -> Result<Outcome> {
    let unknown = |what: &str, name: &str| Error::Benchmark {
        benchmark: benchmark.name.clone(),
        problem: format!("there is no {what} {name:?}"),
    };
    let defined = |(name, definition): Method| Definition {
        name: name.to_owned(),
        definition: definition.to_owned(),
    };
    let method = |name: &String| {
        let found = methods.iter().find(|known| known.0 == name);
        found
            .copied()
            .map(defined)
            .ok_or_else(|| unknown("method", name))
    };
    let metric = |name: &String| {
        let found = metrics.iter().find(|known| known.0 == name);
        let (name, definition, higher_is_better) = *found.ok_or_else(|| unknown("metric", name))?;
        Ok(MetricInfo {
            described: defined((name, definition)),
            higher_is_better,
        })
    };
    let mut chosen = vec![defined((MODEL, model))];
    for name in &benchmark.methods {
        chosen.push(method(name)?);
    }
    let metrics: Vec<MetricInfo> = benchmark
        .metrics
        .iter()
        .map(metric)
        .collect::<Result<_>>()?;
    for case in &mut cases {
        case.scores
            .retain(|name, _| chosen.iter().any(|method| method.name == *name));
        for scores in case.scores.values_mut() {
            scores.retain(|name, _| metrics.iter().any(|metric| metric.described.name == *name));
        }
    }
    let mut outcome = Outcome {
        name: benchmark.name.clone(),
        title: benchmark.title.clone(),
        question: benchmark.question.clone(),
        methods: chosen,
        metrics,
        cases,
        comparisons: Vec::new(),
        findings,
        requirements: Vec::new(),
    };
    let names: Vec<&str> = benchmark.metrics.iter().map(String::as_str).collect();
    let cases = |group: Option<&str>| {
        let of = |case: &&CaseScores| group.is_none_or(|own| own == case.group);
        outcome.cases.iter().filter(of).count()
    };
    let mut compared = comparisons(&outcome, &names, options.seed);
    // One case has nothing to draw.
    compared.retain(|own| cases(own.group.as_deref()) > 1);
    outcome.comparisons = compared;
    outcome.requirements = requirements(benchmark, &outcome);
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHODS: [Method; 1] = [("other", "")];
    const METRICS: [Metric; 2] = [("more", "", true), ("less", "", false)];

    fn benchmark(methods: &str, requires: &str) -> Benchmark {
        let text = format!(
            "name = \"example\"\ntitle = \"\"\nquestion = \"\"\nmethods = {methods}\nmetrics = [\"less\"]\nquick = []\n[split]\nkind = \"cells-kinds\"\nset = \"\"\n{requires}"
        );
        Benchmark::parse("example", &text).unwrap()
    }

    fn found(benchmark: &Benchmark) -> Result<Outcome> {
        let case = |group: &str, own: f64, other: f64| CaseScores {
            group: group.to_owned(),
            study: String::new(),
            sample: String::new(),
            perturbation: String::new(),
            scores: BTreeMap::from([
                (MODEL.to_owned(), scores([("less", own), ("more", 1.0)])),
                ("other".to_owned(), scores([("less", other)])),
            ]),
        };
        let cases = vec![case("a", 0.2, 0.3), case("b", 0.4, 0.1)];
        let options = Options {
            recipe: "".into(),
            corpus: "".into(),
            names: Vec::new(),
            quick: false,
            seed: 1,
        };
        outcome(
            benchmark,
            "",
            &METHODS,
            &METRICS,
            cases,
            Vec::new(),
            &options,
        )
    }

    #[test]
    fn of_a_metric_of_which_less_is_better_the_model_must_have_less() {
        let asked = |groups: &str, least: f64| {
            let requires = format!(
                "[[requires]]\nasked = \"\"\nmetric = \"less\"\neach = true\ngroups = {groups}\nagainst = [\"other\"]\nleast = {least}"
            );
            found(&benchmark("[\"other\"]", &requires))
                .unwrap()
                .requirements
                .remove(0)
        };
        assert!(asked("[\"a\"]", 0.05).holds);
        assert!(!asked("[\"a\"]", 0.15).holds);
        // The worst group speaks for all.
        let all = asked("[]", 0.0);
        assert!(!all.holds && all.found.ends_with("in b"), "{all:?}");
        assert!(asked("[]", -0.31).holds);
    }

    #[test]
    fn only_what_the_benchmark_names_is_kept_and_one_case_is_not_compared() {
        let outcome = found(&benchmark("[\"other\"]", "")).unwrap();
        assert_eq!(outcome.cases[0].get(MODEL, "more"), None);
        assert_eq!(outcome.comparisons.len(), 1);
        assert_eq!(outcome.comparisons[0].group, None);
    }

    #[test]
    fn a_method_that_is_not_known_is_named() {
        let error = found(&benchmark("[\"neither\"]", "")).unwrap_err();
        assert!(error.to_string().contains("neither"), "{error}");
    }
}
