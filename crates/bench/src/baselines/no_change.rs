//! No change.

use super::{Baseline, BaselineTraining, Question};

/// The treated sample is as its controls.
pub struct NoChange;

impl Baseline for NoChange {
    fn name(&self) -> &'static str {
        "no change"
    }

    fn definition(&self) -> &'static str {
        "Δ = 0 for every gene."
    }

    fn predict(&self, _: &BaselineTraining<'_>, question: &Question<'_>) -> Option<Vec<f64>> {
        Some(vec![0.0; question.genes.len()])
    }
}
