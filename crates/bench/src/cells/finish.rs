//! From the scores of cases to what a benchmark of cells found.

use std::collections::BTreeMap;

use crate::benchmark::Benchmark;
use crate::error::{Error, Result};
use crate::outcome::{CaseScores, Described, Finding, MetricInfo, Outcome};
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
        described: Described {
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
    let described = |(name, definition): Method| Described {
        name: name.to_owned(),
        definition: definition.to_owned(),
    };
    let method = |name: &String| {
        let found = methods.iter().find(|known| known.0 == name);
        found
            .copied()
            .map(described)
            .ok_or_else(|| unknown("method", name))
    };
    let metric = |name: &String| {
        let found = metrics.iter().find(|known| known.0 == name);
        let (name, definition, higher_is_better) = *found.ok_or_else(|| unknown("metric", name))?;
        Ok(MetricInfo {
            described: described((name, definition)),
            higher_is_better,
        })
    };
    let mut chosen = vec![described((MODEL, model))];
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
