//! The effect of the perturbation in the contexts that are most like the one that is asked about.

use refcast_model::effects::correlation;
use refcast_train::bank::Contrast;

use super::{Baseline, BaselineTraining, Question};

/// How sharply the weights fall with the correlation of control profiles; the design's.
const SHARPNESS: f64 = 40.0;

/// A context of training: one study's cells.
struct TrainingContext<'a> {
    contrasts: Vec<&'a Contrast>,
    likeness: f64,
}

/// The contexts of contrasts, with the correlation of control profiles over the
/// genes of the question that both measure.
fn contexts<'a>(
    training: &BaselineTraining<'_>,
    question: &Question<'_>,
    contrasts: Vec<&'a Contrast>,
) -> Vec<TrainingContext<'a>> {
    let mut found: Vec<(usize, String, Vec<&Contrast>)> = Vec::new();
    for contrast in contrasts {
        let cells = training.cells(contrast);
        match found
            .iter_mut()
            .find(|(study, known, _)| *study == contrast.study && *known == cells)
        {
            Some((_, _, own)) => own.push(contrast),
            None => found.push((contrast.study, cells, vec![contrast])),
        }
    }
    found
        .into_iter()
        .map(|(_, _, contrasts)| {
            let profile = |gene: usize| {
                let sum: f64 = contrasts.iter().map(|c| f64::from(c.control[gene])).sum();
                sum / contrasts.len() as f64
            };
            let pairs = question
                .genes
                .iter()
                .filter(|&&gene| training.measures(contrasts[0], gene))
                .map(|&gene| (profile(gene), f64::from(question.control[gene])));
            let pairs: Vec<(f64, f64)> = pairs.collect();
            let likeness = correlation(pairs.iter().copied());
            TrainingContext {
                contrasts,
                likeness,
            }
        })
        .collect()
}

/// The one context that is most alike.
pub struct NearestContext;

impl Baseline for NearestContext {
    fn name(&self) -> &'static str {
        "nearest context"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ of the same perturbation in the training context (study × cells) whose mean control profile has the highest Pearson correlation with the sample's controls, over the genes that are scored."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let contexts = contexts(training, question, training.same_perturbation(question));
        let best = contexts
            .iter()
            .max_by(|a, b| a.likeness.total_cmp(&b.likeness))?;
        Some(training.mean(&best.contrasts, question.genes))
    }
}

/// All of them, weighted by likeness.
pub struct ContextWeighted;

impl Baseline for ContextWeighted {
    fn name(&self) -> &'static str {
        "context-weighted"
    }

    fn definition(&self) -> &'static str {
        "Weighted mean over the training contexts (study × cells) of the same perturbation of their mean Δ, with weights proportional to exp(40 · Pearson correlation of the control profiles); by gene over the contexts that measure it."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        weighted(training, question, training.same_perturbation(question))
    }
}

/// Mean change of each context of some contrasts, weighted by likeness to the question's cells.
pub(super) fn weighted(
    training: &BaselineTraining<'_>,
    question: &Question<'_>,
    contrasts: Vec<&Contrast>,
) -> Option<Vec<f64>> {
    let contexts = contexts(training, question, contrasts);
    let most = contexts
        .iter()
        .map(|context| context.likeness)
        .max_by(f64::total_cmp)?;
    let mut sum = vec![0.0; question.genes.len()];
    let mut total = vec![0.0; question.genes.len()];
    for context in &contexts {
        let weight = (SHARPNESS * (context.likeness - most)).exp();
        let mean = training.mean(&context.contrasts, question.genes);
        for (at, &gene) in question.genes.iter().enumerate() {
            if training.measures(context.contrasts[0], gene) {
                sum[at] += weight * mean[at];
                total[at] += weight;
            }
        }
    }
    let weighted = sum.iter().zip(&total);
    Some(
        weighted
            .map(|(sum, total)| if *total > 0.0 { sum / total } else { 0.0 })
            .collect(),
    )
}
