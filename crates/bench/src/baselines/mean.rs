//! The mean effect of the same perturbation.

use super::{Baseline, BaselineTraining, Question};

/// The mean of the same perturbation's training samples.
pub struct PerturbationMean;

impl Baseline for PerturbationMean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ of the training samples of the same perturbation: of the same study, cells, background and time where there are any, else of all other studies, each study with one vote."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let contrasts = training.nearest(question, training.same_perturbation(question));
        (!contrasts.is_empty()).then(|| training.mean(&contrasts, question.genes))
    }
}

/// Half of it: the direction of an effect carries over to another context better than its size.
pub struct HalfMean;

impl Baseline for HalfMean {
    fn name(&self) -> &'static str {
        "half mean"
    }

    fn definition(&self) -> &'static str {
        "Half of the mean: an effect's direction carries over to another context better than its size."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let mean = PerturbationMean.predict(training, question)?;
        Some(mean.into_iter().map(|change| change / 2.0).collect())
    }
}
