//! Only the gene that is targeted changes.

use std::collections::BTreeMap;

use refcast_core::OntologyId;
use refcast_train::bank::Contrast;

use super::training::Direction;
use super::{Baseline, BaselineTraining, Question};

/// The target alone.
pub struct TargetOnly;

impl Baseline for TargetOnly {
    fn name(&self) -> &'static str {
        "target only"
    }

    fn definition(&self) -> &'static str {
        "Δ of the targeted gene is the mean Δ of targeted genes over training samples whose gene is knocked down or out (or over-expressed, where that is asked): of the same study where there are any, else of all studies, each with one vote; 0 for every other gene."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
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
        let mut of_studies: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for contrast in &training.contrasts {
            if Direction::of(contrast.treatment.kind) == direction {
                let changes = of_studies.entry(training.study(contrast)).or_default();
                changes.extend(own(contrast));
            }
        }
        of_studies.retain(|_, changes| !changes.is_empty());
        let in_study = |changes: &Vec<f64>| changes.iter().sum::<f64>() / changes.len() as f64;
        let mean = match of_studies.get(question.study) {
            Some(changes) => in_study(changes),
            None => {
                let means = of_studies.values().map(in_study);
                means.sum::<f64>() / of_studies.len().max(1) as f64
            }
        };
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
