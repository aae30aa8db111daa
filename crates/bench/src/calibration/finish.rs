//! From the held-out samples to what the benchmark found.

use std::collections::BTreeMap;

use refcast_core::SupportLevel;
use refcast_model::generate::{Calibration, Factors};

use super::coverage::{self, covered_name};
use super::fit::{HALF, NINETY};
use super::sample::CalibrationSample;
use super::{factors, metrics, nothing, support};
use crate::benchmark::{Benchmark, CalibrationBenchmark};
use crate::outcome::{CaseScores, Definition, Finding, Outcome};
use crate::run::{MODEL, Options};

/// The levels, the strongest first: the groups of the tables.
pub(super) const LEVELS: [SupportLevel; 4] = [
    SupportLevel::Strong,
    SupportLevel::Moderate,
    SupportLevel::Weak,
    SupportLevel::None,
];
/// All that the outcome is made from.
pub struct CalibrationResults<'a> {
    pub benchmark: &'a Benchmark,
    pub split: &'a CalibrationBenchmark,
    pub samples: &'a [CalibrationSample],
    /// The factors of each sample, fitted without its study.
    pub factors: &'a [Factors],
    /// The factors fitted on all samples.
    pub fitted: &'a Calibration,
    /// Those of the recipe.
    pub shipped: &'a Calibration,
    pub refused: usize,
    pub options: &'a Options,
}

pub fn outcome(found: &CalibrationResults<'_>) -> Outcome {
    let mut cases: Vec<CaseScores> = found
        .samples
        .iter()
        .zip(found.factors)
        .map(|(sample, factors)| scores(sample, factors))
        .collect();
    let place = |case: &CaseScores| {
        LEVELS
            .iter()
            .position(|level| level.to_string() == case.group)
    };
    cases.sort_by(|a, b| {
        (place(a), &a.study, &a.perturbation, &a.sample).cmp(&(
            place(b),
            &b.study,
            &b.perturbation,
            &b.sample,
        ))
    });
    let mut outcome = Outcome {
        name: found.benchmark.name.clone(),
        title: found.benchmark.title.clone(),
        question: found.benchmark.question.clone(),
        methods: vec![Definition {
            name: MODEL.to_owned(),
            definition: "The recipe's model, trained without what is held out: the mean estimate \
                         on the mean of the sample's controls, with its intervals."
                .to_owned(),
        }],
        metrics: metrics::named(&found.benchmark.metrics),
        cases,
        comparisons: Vec::new(),
        findings: Vec::new(),
        requirements: Vec::new(),
    };
    coverage::judge(found, &mut outcome);
    support::judge(found, &mut outcome);
    nothing::judge(found, &mut outcome);
    factors::judge(found, &mut outcome);
    let refused = "Held-out samples whose query the model refused; they have no interval.";
    add(&mut outcome, "refused", refused, found.refused as f64);
    outcome
}

fn scores(sample: &CalibrationSample, factors: &Factors) -> CaseScores {
    let found = [
        (covered_name(NINETY), sample.bins[0].within(factors.ninety)),
        (covered_name(HALF), sample.bins[0].within(factors.half)),
        (
            "width of 90 %".to_owned(),
            Some(2.0 * factors.ninety * sample.deviation),
        ),
        ("support".to_owned(), Some(f64::from(sample.support.score))),
        ("EV".to_owned(), sample.ev),
        ("expected EV".to_owned(), Some(sample.expected_ev)),
        ("relative error".to_owned(), sample.relative_error()),
    ];
    let scores: BTreeMap<String, f64> = found
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    CaseScores {
        group: sample.support.level.to_string(),
        study: sample.study.clone(),
        sample: sample.id.clone(),
        perturbation: sample.perturbation.clone(),
        scores: BTreeMap::from([(MODEL.to_owned(), scores)]),
    }
}

/// Adds a finding.
pub(super) fn add(outcome: &mut Outcome, name: &str, definition: &str, value: f64) {
    outcome.findings.push(Finding {
        described: Definition {
            name: name.to_owned(),
            definition: definition.to_owned(),
        },
        value,
    });
}
