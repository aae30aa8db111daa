//! What the loss of any gene does to cells: rules for a gene whose loss was never seen.

use refcast_core::OntologyId;
use refcast_train::bank::Contrast;

use super::training::Direction;
use super::{
    Baseline, BaselineTraining, Question, context, global::GlobalMean, target::TargetOnly,
};

/// The losses of single genes in training, for a question of that kind.
fn losses<'t>(training: &'t BaselineTraining<'_>, question: &Question<'_>) -> Vec<&'t Contrast> {
    let asked = Direction::of(question.treatment.kind) == Direction::Loss;
    training
        .contrasts
        .iter()
        .filter(|contrast| {
            let own = Direction::of(contrast.treatment.kind) == Direction::Loss;
            asked && own && contrast.treatment.entities.len() == 1
        })
        .collect()
}

/// The mean loss in the same cells.
pub struct SystemMean;

impl Baseline for SystemMean {
    fn name(&self) -> &'static str {
        "mean of the system"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ of the losses of other single genes in training, each gene with one vote: of the same study, and in it of the same cells (system), where there are any."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let near = training.nearest(question, losses(training, question));
        let mut of_genes: Vec<(&[OntologyId], Vec<&Contrast>)> = Vec::new();
        for contrast in near {
            let gene = contrast.treatment.entities.as_slice();
            match of_genes.iter_mut().find(|(known, _)| *known == gene) {
                Some((_, own)) => own.push(contrast),
                None => of_genes.push((gene, vec![contrast])),
            }
        }
        let n = of_genes.len() as f64;
        let mut sum = vec![0.0; question.genes.len()];
        for (_, own) in &of_genes {
            for (sum, change) in sum.iter_mut().zip(training.mean(own, question.genes)) {
                *sum += change / n;
            }
        }
        (n > 0.0).then_some(sum)
    }
}

/// The mean loss in all cells, those alike first.
pub struct SystemsByLikeness;

impl Baseline for SystemsByLikeness {
    fn name(&self) -> &'static str {
        "systems by likeness"
    }

    fn definition(&self) -> &'static str {
        "Weighted mean over the training contexts (study × cells) in which single genes were lost of their mean Δ, with weights proportional to exp(40 · Pearson correlation of the control profiles); by gene over the contexts that measure it."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        context::weighted(training, question, losses(training, question))
    }
}

/// The mean of everything, but for the target.
pub struct GlobalMeanAndTarget;

impl Baseline for GlobalMeanAndTarget {
    fn name(&self) -> &'static str {
        "global mean + target"
    }

    fn definition(&self) -> &'static str {
        "The global mean, with the Δ of the targeted gene that of \"target only\"."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let mut mean = GlobalMean.predict(training, question)?;
        let target = TargetOnly.predict(training, question)?;
        for (mean, target) in mean.iter_mut().zip(target) {
            if target != 0.0 {
                *mean = target;
            }
        }
        Some(mean)
    }
}
