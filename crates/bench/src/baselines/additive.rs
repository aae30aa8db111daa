//! A combination as the sum of its parts.

use super::{Baseline, BaselineTraining, Question};

/// The sum of the single effects.
pub struct Additive;

impl Baseline for Additive {
    fn name(&self) -> &'static str {
        "additive"
    }

    fn definition(&self) -> &'static str {
        "Sum over the entities of the mean Δ of each alone, in training samples of the same study, cells, background and time where there are any."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let mut sum = vec![0.0; question.genes.len()];
        for entity in &question.treatment.entities {
            let alone = training
                .contrasts
                .iter()
                .filter(|contrast| contrast.treatment.entities == [entity.clone()])
                .collect();
            let alone = training.nearest(question, alone);
            if alone.is_empty() {
                return None;
            }
            for (sum, change) in sum.iter_mut().zip(training.mean(&alone, question.genes)) {
                *sum += change;
            }
        }
        Some(sum)
    }
}
