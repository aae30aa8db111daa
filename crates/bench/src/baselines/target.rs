//! Only the gene that is targeted changes.

use refcast_core::OntologyId;
use refcast_train::bank::Contrast;

use super::training::Direction;
use super::{Baseline, Question, Training};

/// The target alone.
pub struct TargetOnly;

impl Baseline for TargetOnly {
    fn name(&self) -> &'static str {
        "target only"
    }

    fn definition(&self) -> &'static str {
        "Δ of the targeted gene is the mean Δ of targeted genes over training samples whose gene is knocked down or out (or over-expressed, where that is asked); 0 for every other gene."
    }

    fn predict(&self, training: &Training<'_>, question: &Question<'_>) -> Option<Vec<f64>> {
        let direction = Direction::of(question.treatment.kind);
        if direction == Direction::Given {
            return None;
        }
        let place = |id: &OntologyId| match id {
            OntologyId::Gene(gene) => training.corpus.axis.index_of(*gene),
            _ => None,
        };
        let own = |contrast: &Contrast| -> Vec<f64> {
            let entities = contrast.treatment.entities.iter().filter_map(place);
            entities
                .map(|index| index.as_usize())
                .filter(|&gene| training.measures(contrast, gene))
                .map(|gene| f64::from(contrast.change[gene]))
                .collect()
        };
        let changes: Vec<f64> = training
            .contrasts
            .iter()
            .filter(|contrast| Direction::of(contrast.treatment.kind) == direction)
            .flat_map(own)
            .collect();
        let mean = changes.iter().sum::<f64>() / changes.len().max(1) as f64;
        let targets: Vec<usize> = question
            .treatment
            .entities
            .iter()
            .filter_map(place)
            .map(|index| index.as_usize())
            .collect();
        let of_gene = |gene: &usize| if targets.contains(gene) { mean } else { 0.0 };
        Some(question.genes.iter().map(of_gene).collect())
    }
}
