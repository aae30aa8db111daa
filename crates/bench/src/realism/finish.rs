//! From scores to what the benchmark found.

use std::collections::BTreeMap;

use super::compare::RealismScore;
use super::{COMMON, POISSON, REAL, Tested};
use crate::benchmark::{Benchmark, RealismBenchmark};
use crate::outcome::{CaseScores, Definition, Finding, MetricInfo, Outcome, Requirement};
use crate::run::MODEL;

const AUCS: [&str; 2] = ["AUC scatter", "AUC profile"];

fn defined(name: &str, definition: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        definition: definition.to_owned(),
    }
}

fn metrics() -> Vec<MetricInfo> {
    let metric = |name, definition, higher_is_better| MetricInfo {
        described: defined(name, definition),
        higher_is_better,
    };
    vec![
        metric(
            AUCS[0],
            "Classifier two-sample test of how samples scatter: area under the curve, over conditions left out, of a diagonal linear discriminant between generated and real samples, each less the mean of its condition's samples; features are the logarithm of its mean square over six classes of genes by level and the sizes of its scores on the first principal components (a third of the number of samples, ten at most). 0.5: cannot be told apart. Genes with mean CPM of at least 1 in the references.",
            false,
        ),
        metric(
            AUCS[1],
            "The same of what all samples have in common: each sample less the reference, features are its scores on the first principal components. The first real replicate, which is the reference, is left out.",
            false,
        ),
        metric(
            "log variance r",
            "Pearson's r over genes of the logarithms of the variance of ln(1 + CPM) within conditions.",
            true,
        ),
        metric(
            "log variance off",
            "Absolute value of the mean over genes of ln(variance / real variance).",
            false,
        ),
        metric(
            "zeros off",
            "Absolute difference of the shares of zeros among genes and samples.",
            false,
        ),
        metric(
            "module correlation r",
            "Pearson's r over the Hallmark gene sets of the mean correlation of two of their genes over samples less the mean of their condition.",
            true,
        ),
    ]
}

fn methods() -> Vec<Definition> {
    vec![
        defined(
            MODEL,
            "Samples that the model generates from the first replicate of each condition, as many as there are replicates, at their library sizes.",
        ),
        defined(
            REAL,
            "Real replicates of one half of the conditions against those of the other: what there is to tell where nothing was generated.",
        ),
        defined(
            POISSON,
            "The reference's levels at the library size, Poisson reads, nothing else.",
        ),
        defined(
            COMMON,
            "The same with a deviation of each gene of coefficient of variation 0.1, the rule of thumb of edgeR's manual for cells of one genotype.",
        ),
    ]
}

/// The outcome.
pub(super) fn outcome(
    benchmark: &Benchmark,
    split: &RealismBenchmark,
    tested: &[Tested<'_>],
    scores: &[RealismScore],
) -> Outcome {
    let mut outcome = Outcome {
        name: benchmark.name.clone(),
        title: benchmark.title.clone(),
        question: benchmark.question.clone(),
        methods: methods(),
        metrics: metrics(),
        cases: cases(tested, scores),
        comparisons: Vec::new(),
        findings: findings(tested, scores),
        requirements: Vec::new(),
    };
    for known in [true, false] {
        let core = tested
            .iter()
            .filter(|one| split.core.contains(&one.study.name));
        let groups: Vec<String> = core.map(|one| group(one, known)).collect();
        let asked = AUCS.iter();
        let found = asked.filter_map(|auc| requirement(auc, known, split, &groups, &outcome));
        let found: Vec<Requirement> = found.collect();
        outcome.requirements.extend(found);
    }
    outcome
}

fn group(tested: &Tested<'_>, known: bool) -> String {
    let known = if known { "known" } else { "unknown" };
    format!("{}, laboratory {known}", tested.study.name)
}

/// One a study, setting and split.
fn cases(tested: &[Tested<'_>], scores: &[RealismScore]) -> Vec<CaseScores> {
    let mut cases: BTreeMap<(bool, usize, u64), CaseScores> = BTreeMap::new();
    for score in scores {
        let one = &tested[score.study];
        let key = (!score.known, score.study, score.split);
        let case = cases.entry(key).or_insert_with(|| CaseScores {
            group: group(one, score.known),
            study: one.study.name.clone(),
            sample: format!("split {}", score.split + 1),
            perturbation: "none".to_owned(),
            scores: BTreeMap::new(),
        });
        let values = [
            score.auc_scatter,
            score.auc_profile,
            score.variance_r,
            score.log_ratio.abs(),
            (score.zeros.0 - score.zeros.1).abs(),
            score.module_r,
        ];
        let named = metrics().into_iter().zip(values);
        let values = named
            .filter(|(_, value)| value.is_finite())
            .map(|(metric, value)| (metric.described.name, value));
        case.scores
            .insert(score.method.to_owned(), values.collect());
    }
    cases.into_values().collect()
}

/// The model's figures that have a sign.
fn findings(tested: &[Tested<'_>], scores: &[RealismScore]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for known in [true, false] {
        for (study, one) in tested.iter().enumerate() {
            let own = scores.iter().filter(|score| {
                score.method == MODEL && score.study == study && score.known == known
            });
            let n = own.clone().count() as f64;
            if n == 0.0 {
                continue;
            }
            let place = group(one, known);
            let mut add = |what: &str, definition: &str, value: f64| {
                findings.push(Finding {
                    described: defined(&format!("{what}: {place}"), definition),
                    value,
                });
            };
            let mean = |pick: fn(&RealismScore) -> f64| own.clone().map(pick).sum::<f64>() / n;
            add(
                "log variance ratio",
                "Mean over genes of ln(generated variance / real variance); above 0, the model's samples scatter too much.",
                mean(|score| score.log_ratio),
            );
            add(
                "zeros generated",
                "Share of zeros in generated samples.",
                mean(|score| score.zeros.0),
            );
            add(
                "zeros real",
                "Share of zeros in real samples.",
                mean(|score| score.zeros.1),
            );
        }
    }
    findings
}

/// Whether the model's AUC is as near to that of real against real as is asked.
fn requirement(
    auc: &str,
    known: bool,
    split: &RealismBenchmark,
    groups: &[String],
    outcome: &Outcome,
) -> Option<Requirement> {
    let mean = |method| -> Option<f64> {
        let own: Option<Vec<f64>> = groups
            .iter()
            .map(|group| outcome.mean_in(group, method, auc))
            .collect();
        own.filter(|own| !own.is_empty())
            .map(|own| own.iter().sum::<f64>() / own.len() as f64)
    };
    let (own, real) = (mean(MODEL)?, mean(REAL)?);
    let laboratory = if known { "known" } else { "unknown" };
    Some(Requirement {
        asked: format!(
            "{auc} is within {} of real against real, laboratory {laboratory}, mean of the {} studies that nothing was chosen on",
            split.tolerance,
            groups.len()
        ),
        found: format!("{own:.3} against {real:.3}"),
        holds: own - real <= split.tolerance,
    })
}
