//! From the predictions to what the benchmark found.

use std::collections::{BTreeMap, BTreeSet};

use refcast_core::MetadataField;
use refcast_model::annotation::Novelty;

use super::figures::{accuracy, calibration_error, macro_f1};
use super::{AnnotationResults, HeldOutPrediction, SETTINGS};
use crate::benchmark::{AnnotationBenchmark, Benchmark};
use crate::outcome::{CaseScores, Definition, Finding, MetricInfo, Outcome, Requirement};
use crate::run::MODEL;

const USUAL: &str = "most frequent value";
const ACCURACY: &str = "accuracy";
/// Each of the two scores may be passed by this part of familiar samples.
const PASSED: f64 = 0.025;

fn defined(name: impl Into<String>, definition: &str) -> Definition {
    Definition {
        name: name.into(),
        definition: definition.to_owned(),
    }
}

/// What counts in a setting: of studies that were left out, values that another study holds.
fn counted(
    found: &AnnotationResults,
    setting: usize,
    field: MetadataField,
) -> Vec<&HeldOutPrediction> {
    let own = found
        .predictions
        .iter()
        .filter(|own| own.setting == setting && own.field == field);
    own.filter(|own| setting == 0 || own.elsewhere).collect()
}

/// The outcome.
pub(super) fn outcome(
    benchmark: &Benchmark,
    split: &AnnotationBenchmark,
    found: &AnnotationResults,
    shipped: &Novelty,
) -> Outcome {
    let fields: BTreeSet<MetadataField> = found.predictions.iter().map(|own| own.field).collect();
    Outcome {
        name: benchmark.name.clone(),
        title: benchmark.title.clone(),
        question: benchmark.question.clone(),
        methods: vec![
            defined(MODEL, "The most probable value of each field."),
            defined(USUAL, "The value that most training samples have."),
        ],
        metrics: vec![MetricInfo {
            described: defined(
                ACCURACY,
                "Part of the samples of a study whose value is told. Cases are studies, groups fields; the figures over samples are below.",
            ),
            higher_is_better: true,
        }],
        cases: cases(found, &fields),
        comparisons: Vec::new(),
        findings: findings(found, &fields, shipped),
        requirements: requirements(found, split, &fields, shipped),
    }
}

fn cases(found: &AnnotationResults, fields: &BTreeSet<MetadataField>) -> Vec<CaseScores> {
    let mut cases = Vec::new();
    for (setting, name) in SETTINGS.iter().enumerate() {
        for field in fields {
            let own = counted(found, setting, *field);
            let studies: BTreeSet<&str> = own.iter().map(|own| own.study.as_str()).collect();
            for study in studies {
                let of: Vec<&HeldOutPrediction> = own
                    .iter()
                    .filter(|own| own.study == study)
                    .copied()
                    .collect();
                let most_frequent = of
                    .iter()
                    .filter(|own| own.most_frequent == own.truth)
                    .count();
                let score = |value: f64| BTreeMap::from([(ACCURACY.to_owned(), value)]);
                cases.push(CaseScores {
                    group: format!("{name}: {}", field.label()),
                    study: study.to_owned(),
                    sample: format!("{} samples", of.len()),
                    perturbation: "none".to_owned(),
                    scores: BTreeMap::from([
                        (MODEL.to_owned(), score(accuracy(&of))),
                        (
                            USUAL.to_owned(),
                            score(most_frequent as f64 / of.len() as f64),
                        ),
                    ]),
                });
            }
        }
    }
    cases
}

fn findings(
    found: &AnnotationResults,
    fields: &BTreeSet<MetadataField>,
    shipped: &Novelty,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |name: String, definition: &str, value: f64| {
        findings.push(Finding {
            described: defined(name, definition),
            value,
        });
    };
    for (setting, name) in SETTINGS.iter().enumerate() {
        for field in fields {
            let own = counted(found, setting, *field);
            if own.is_empty() {
                continue;
            }
            let place = format!("{}, {name}", field.label());
            add(
                format!("accuracy: {place}"),
                "Part of all samples whose value is told.",
                accuracy(&own),
            );
            add(
                format!("macro F1: {place}"),
                "Mean over values of F1 = 2·TP / (2·TP + FP + FN).",
                macro_f1(&own),
            );
            add(
                format!("calibration error: {place}"),
                "Expected calibration error of the probability of the value that is told, 15 bins of equal width.",
                calibration_error(&own),
            );
            add(
                format!("samples: {place}"),
                "Samples that count.",
                own.len() as f64,
            );
        }
    }
    let sex = sex_of_tissue(found);
    if !sex.is_empty() {
        add(
            "accuracy: sex of atlas tissue, donors left out".to_owned(),
            "Part of the primary tissue samples of the atlas whose sex is told.",
            accuracy(&sex),
        );
    }
    let thresholds = thresholds(found);
    if let Some([distance, residual]) = thresholds {
        let definition = "The value that one in forty samples of studies that were left out passes: what the recipe's novelty should be.";
        add("novelty: distance".to_owned(), definition, distance);
        add("novelty: residual".to_owned(), definition, residual);
        for (shuffled, name) in [(false, "left-out studies"), (true, "shuffled genes")] {
            add(
                format!("called unlike all of training: {name}"),
                "Part of the samples whose novelty is above 1 at the recipe's thresholds.",
                called(found, shuffled, shipped),
            );
        }
    }
    findings
}

fn sex_of_tissue(found: &AnnotationResults) -> Vec<&HeldOutPrediction> {
    let own = counted(found, 0, MetadataField::Sex).into_iter();
    own.filter(|own| own.is_atlas_tissue).collect()
}

fn thresholds(found: &AnnotationResults) -> Option<[f64; 2]> {
    let quantile = |score: usize| {
        let own = found.novelty.iter().filter(|own| !own.shuffled);
        let mut scores: Vec<f64> = own.map(|own| own.scores[score]).collect();
        scores.sort_by(f64::total_cmp);
        let place = ((1.0 - PASSED) * scores.len() as f64).ceil() as usize;
        scores.get(place.saturating_sub(1)).copied()
    };
    Some([quantile(0)?, quantile(1)?])
}

/// The part of samples that are called new.
fn called(found: &AnnotationResults, shuffled: bool, novelty: &Novelty) -> f64 {
    let own: Vec<f64> = found
        .novelty
        .iter()
        .filter(|own| own.shuffled == shuffled)
        .map(|own| novelty.of(own.scores))
        .collect();
    own.iter().filter(|novelty| **novelty > 1.0).count() as f64 / own.len().max(1) as f64
}

fn requirements(
    found: &AnnotationResults,
    split: &AnnotationBenchmark,
    fields: &BTreeSet<MetadataField>,
    shipped: &Novelty,
) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    let percent = |value: f64| format!("{:.0} %", 100.0 * value);
    let mut least = |what: &str, own: &[&HeldOutPrediction], least: Option<f64>| {
        if let Some(least) = least.filter(|_| !own.is_empty()) {
            let value = accuracy(own);
            requirements.push(Requirement {
                asked: format!(
                    "{what}, donors left out, is told of {} or more",
                    percent(least)
                ),
                found: format!("{:.1} % of {}", 100.0 * value, own.len()),
                holds: value >= least,
            });
        }
    };
    least("sex of atlas tissue", &sex_of_tissue(found), split.sex);
    let tissue = counted(found, 0, MetadataField::Tissue);
    least("tissue", &tissue, split.tissue);
    let errors = fields.iter().map(|field| {
        let own = counted(found, 0, *field);
        (calibration_error(&own), field.label())
    });
    if let Some((error, field)) = errors.max_by(|a, b| a.0.total_cmp(&b.0)) {
        requirements.push(Requirement {
            asked: format!(
                "expected calibration error of every field, donors left out, is at most {}",
                split.calibration_error
            ),
            found: format!("{error:.3} at most, of {field}"),
            holds: error <= split.calibration_error,
        });
    }
    if let Some(false_alarms) = split.false_alarms.filter(|_| !found.novelty.is_empty()) {
        let alarms = called(found, false, shipped);
        requirements.push(Requirement {
            asked: format!(
                "samples of studies that were left out are called unlike all of training in {} or fewer",
                percent(false_alarms)
            ),
            found: format!("{:.1} %", 100.0 * alarms),
            holds: alarms <= false_alarms,
        });
        let shuffled = called(found, true, shipped);
        requirements.push(Requirement {
            asked: "samples with their genes exchanged are called unlike all of training in 99 % or more".to_owned(),
            found: format!("{:.1} %", 100.0 * shuffled),
            holds: shuffled >= 0.99,
        });
    }
    requirements
}
