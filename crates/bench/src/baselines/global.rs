//! The mean effect of everything.

use refcast_train::bank::Contrast;

use super::{Baseline, BaselineTraining, Question};

/// The mean of all conditions: what perturbations have in common (stress, handling).
pub struct GlobalMean;

impl Baseline for GlobalMean {
    fn name(&self) -> &'static str {
        "global mean"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ of all treated training samples: of the same study where there are any, else of all studies, each with one vote."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let all: Vec<&Contrast> = training.contrasts.iter().collect();
        let own: Vec<&Contrast> = all
            .iter()
            .copied()
            .filter(|contrast| training.study(contrast) == question.study)
            .collect();
        let contrasts = if own.is_empty() { all } else { own };
        (!contrasts.is_empty()).then(|| training.mean(&contrasts, question.genes))
    }
}
