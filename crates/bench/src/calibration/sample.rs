//! A held-out sample with what the model said of it.

use refcast_core::Support;
use refcast_model::generate::PredictedEffect;
use refcast_train::bank::Contrast;
use refcast_train::evaluate::explained;

use super::distances::Distances;
use crate::benchmark::Condition;
use crate::case::HeldOutCase;
use crate::run::{FoldInputs, words};

/// Genes with the largest |predicted change|.
const LARGEST: usize = 200;
/// The sets of genes that coverage is reported for.
pub const BINS: [&str; 4] = [
    "all genes",
    "lowest third of expression",
    "highest third of expression",
    "200 largest predictions",
];

/// A held-out sample.
#[derive(Debug, Clone)]
pub struct CalibrationSample {
    /// The study.
    pub study: String,
    /// Its id.
    pub id: String,
    /// What was done to it.
    pub perturbation: String,
    /// Whether it is of the condition without an effect, and of the one that is held beside it.
    pub is: (bool, bool),
    /// What the answer rests on.
    pub support: Support,
    /// The errors of the genes of each of [`BINS`].
    pub bins: [Distances; BINS.len()],
    /// Mean deviation over genes.
    pub deviation: f64,
    /// Explained fraction; none for a truth of no change at all.
    pub ev: Option<f64>,
    /// The explained fraction that the prediction itself expects: its mean square over that and
    /// the mean square of the deviation.
    pub expected_ev: f64,
    /// Root mean square of the predicted change, and the largest.
    pub predicted: (f64, f64),
}

impl CalibrationSample {
    /// The sample of a contrast, over the genes that its case scores.
    pub(crate) fn of(
        inputs: &FoldInputs<'_>,
        conditions: (&Condition, &Condition),
        contrast: &Contrast,
        (effect, support): (&PredictedEffect, Support),
    ) -> Self {
        let study = &inputs.corpus.studies[contrast.study];
        let sample = &study.samples[contrast.treated];
        let case = HeldOutCase::of(inputs.corpus, contrast, String::new());
        let n = case.genes.len();
        let predicted: Vec<f64> = case.genes.iter().map(|&gene| effect.mean[gene]).collect();
        let ordered = |key: &dyn Fn(usize) -> f64| {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
            order
        };
        let by_level = ordered(&|at| f64::from(contrast.control[case.genes[at]]));
        let by_size = ordered(&|at| -predicted[at].abs());
        let distances = |places: &[usize]| {
            let errors = places.iter().map(|&at| {
                let deviation = effect.deviation[case.genes[at]];
                (case.truth[at] - predicted[at], deviation)
            });
            Distances::of(errors)
        };
        let third = n / 3;
        let mean = |of: &dyn Fn(usize) -> f64| (0..n).map(of).sum::<f64>() / n.max(1) as f64;
        let is = |condition: &Condition| {
            let treatment = &contrast.treatment;
            let hours = treatment.time.map(refcast_core::Duration::hours);
            study.name == condition.study
                && treatment.entities == condition.entities
                && (condition.hours.is_none() || condition.hours == hours)
        };
        let square = mean(&|at| predicted[at] * predicted[at]);
        let error = mean(&|at| effect.deviation[case.genes[at]].powi(2));
        let changes = case.truth.iter().any(|&change| change != 0.0);
        Self {
            study: study.name.clone(),
            id: sample.id().to_owned(),
            perturbation: words(sample.get("condition"), &contrast.treatment),
            is: (is(conditions.0), is(conditions.1)),
            support,
            bins: [
                distances(&by_level),
                distances(&by_level[..third]),
                distances(&by_level[n - third..]),
                distances(&by_size[..n.min(LARGEST)]),
            ],
            deviation: mean(&|at| effect.deviation[case.genes[at]]),
            ev: changes.then(|| explained(&predicted, &case.truth)),
            expected_ev: if square > 0.0 {
                square / (square + error)
            } else {
                0.0
            },
            predicted: (
                square.sqrt(),
                predicted.iter().fold(0.0, |most, own| most.max(own.abs())),
            ),
        }
    }

    /// Root mean square error relative to that of no change.
    pub fn relative_error(&self) -> Option<f64> {
        self.ev.map(|ev| (1.0 - ev).max(0.0).sqrt())
    }
}
