//! From the answers of all folds to what a benchmark found.

use std::collections::BTreeMap;

use refcast_train::corpus::Corpus;

use super::fold::ScoredSample;
use super::{MODEL, Method, Options, profiles};
use crate::benchmark::{Benchmark, Requires};
use crate::bootstrap;
use crate::metrics;
use crate::outcome::{
    CaseScores, Comparison, Definition, Finding, MetricInfo, Outcome, Requirement,
};

/// Draws of the bootstrap.
const DRAWS: usize = 2000;
/// The metrics that methods are compared on.
const COMPARED: [&str; 2] = ["r", "EV"];

pub(super) fn outcome(
    benchmark: &Benchmark,
    methods: &[Method],
    corpus: &Corpus,
    mut answers: Vec<ScoredSample<'_>>,
    options: &Options,
) -> Outcome {
    profiles::score(corpus, &mut answers);
    let refused = answers.iter().filter(|answer| answer.refused).count();
    let mut cases: Vec<CaseScores> = answers.into_iter().map(|answer| answer.scores).collect();
    cases.sort_by(|a, b| {
        (&a.group, &a.study, &a.perturbation, &a.sample).cmp(&(
            &b.group,
            &b.study,
            &b.perturbation,
            &b.sample,
        ))
    });
    let metrics = chosen(benchmark);
    for case in &mut cases {
        for scores in case.scores.values_mut() {
            scores.retain(|name, _| metrics.iter().any(|metric| metric.described.name == *name));
        }
    }
    let mut definitions = vec![Definition {
        name: MODEL.to_owned(),
        definition: "The recipe's model, trained without what is held out: the mean estimate on the mean of the sample's controls.".to_owned(),
    }];
    definitions.extend(methods.iter().map(Method::defined));
    let findings = vec![
        Finding {
            described: Definition {
                name: "cases".to_owned(),
                definition: "Held-out samples that were asked for.".to_owned(),
            },
            value: cases.len() as f64,
        },
        Finding {
            described: Definition {
                name: "refused".to_owned(),
                definition:
                    "Held-out samples whose query the model refused; they count as no change."
                        .to_owned(),
            },
            value: refused as f64,
        },
    ];
    let mut outcome = Outcome {
        name: benchmark.name.clone(),
        title: benchmark.title.clone(),
        question: benchmark.question.clone(),
        methods: definitions,
        metrics,
        comparisons: Vec::new(),
        cases,
        findings,
        requirements: Vec::new(),
    };
    outcome.comparisons = comparisons(&outcome, &COMPARED, options.seed);
    outcome.requirements = requirements(benchmark, &outcome);
    outcome
}

/// The metrics that the benchmark names, in its order.
fn chosen(benchmark: &Benchmark) -> Vec<MetricInfo> {
    let mut known: BTreeMap<String, MetricInfo> = metrics::all()
        .into_iter()
        .map(|metric| (metric.described.name.clone(), metric))
        .collect();
    let named = benchmark.metrics.iter();
    named.filter_map(|name| known.remove(name)).collect()
}

/// The model against every other method on some metrics, over all groups and in each.
pub(crate) fn comparisons(outcome: &Outcome, metrics: &[&str], seed: u64) -> Vec<Comparison> {
    let groups: Vec<Option<&str>> = std::iter::once(None)
        .chain(outcome.groups().into_iter().map(Some))
        .collect();
    let mut comparisons = Vec::new();
    for metric in metrics {
        for method in outcome.methods.iter().skip(1) {
            let pair = (MODEL, method.name.as_str());
            comparisons.extend(groups.iter().filter_map(|group| {
                bootstrap::compare(&outcome.cases, metric, pair, *group, DRAWS, seed)
            }));
        }
    }
    comparisons
}

/// Whether what the benchmark asks for holds.
pub(crate) fn requirements(benchmark: &Benchmark, outcome: &Outcome) -> Vec<Requirement> {
    let asked = benchmark.requires.iter();
    asked
        .map(|asked| requirement(asked, benchmark, outcome))
        .collect()
}

fn requirement(asked: &Requires, benchmark: &Benchmark, outcome: &Outcome) -> Requirement {
    let groups: Vec<&str> = outcome
        .groups()
        .into_iter()
        .filter(|group| !asked.core || benchmark.core().iter().any(|core| core == group))
        .filter(|group| asked.groups.is_empty() || asked.groups.iter().any(|own| own == group))
        .collect();
    let sets: Vec<Vec<&str>> = if asked.each {
        groups.into_iter().map(|group| vec![group]).collect()
    } else {
        vec![groups]
    };
    let found: Vec<(f64, String)> = if asked.surely {
        intervals(asked, outcome)
    } else {
        let figures = sets
            .iter()
            .filter_map(|groups| figure(asked, groups, outcome));
        figures.collect()
    };
    // The one that is farthest from holding speaks for all.
    let least = found.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let (holds, found) = least.map_or((false, "nothing to judge it on".to_owned()), |least| {
        (least.0 >= asked.least, least.1)
    });
    Requirement {
        asked: asked.asked.clone(),
        found,
        holds,
    }
}

/// 1 for a metric of which more is better, −1 for one of which less is.
fn sign(outcome: &Outcome, metric: &str) -> f64 {
    let mut metrics = outcome.metrics.iter();
    let found = metrics.find(|own| own.described.name == metric);
    if found.is_none_or(|own| own.higher_is_better) {
        1.0
    } else {
        -1.0
    }
}

/// The worse ends of the intervals of the differences over all groups, in numbers and words.
fn intervals(asked: &Requires, outcome: &Outcome) -> Vec<(f64, String)> {
    let comparisons = outcome.comparisons.iter().filter(|one| {
        one.group.is_none() && one.metric == asked.metric && asked.against.contains(&one.against)
    });
    comparisons
        .filter_map(|one| {
            let (low, high) = one.interval_over_groups?;
            let (difference, against) = (one.difference, &one.against);
            let words = format!("{difference:+.3} ({low:+.3} to {high:+.3}) against {against}");
            let sign = sign(outcome, &asked.metric);
            Some(((sign * low).min(sign * high), words))
        })
        .collect()
}

/// The model's figure, or its difference to the best of the methods, in numbers and words. A method
/// that applies to some groups only is held against the model on these.
fn figure(asked: &Requires, groups: &[&str], outcome: &Outcome) -> Option<(f64, String)> {
    let place = match groups {
        [one] if asked.each => format!(" in {one}"),
        _ => String::new(),
    };
    let of_both = |method: &str| {
        let pairs: Vec<(f64, f64)> = groups
            .iter()
            .filter_map(|group| {
                let of = |method| outcome.mean_in(group, method, &asked.metric);
                Some((of(MODEL)?, of(method)?))
            })
            .collect();
        let n = pairs.len() as f64;
        let mean = |pick: fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / n;
        (!pairs.is_empty()).then(|| (mean(|pair| pair.0), mean(|pair| pair.1)))
    };
    if asked.against.is_empty() {
        let (own, _) = of_both(MODEL)?;
        return Some((own, format!("{own:.3}{place}")));
    }
    let sign = sign(outcome, &asked.metric);
    let (own, best, name) = asked
        .against
        .iter()
        .filter_map(|method| of_both(method).map(|(own, other)| (own, other, method)))
        .min_by(|a, b| (sign * (a.0 - a.1)).total_cmp(&(sign * (b.0 - b.1))))?;
    Some((
        sign * (own - best),
        format!("{own:.3} against {best:.3} of {name}{place}"),
    ))
}
