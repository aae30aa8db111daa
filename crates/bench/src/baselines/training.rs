//! What a baseline may see: the samples of training and their effects, and a question without its
//! answer.

use std::sync::OnceLock;

use refcast_core::{OntologyId, PerturbationType};
use refcast_train::bank::{Contrast, contrasts};
use refcast_train::corpus::{Corpus, Treatment};

use super::features::GeneSetFeatures;
use super::learned::Learned;
use super::vae::TrainedVae;
use crate::benchmark::Class;
use crate::error::Result;
use crate::split::cells_of;

/// The training samples of a fold, and their effects.
pub struct BaselineTraining<'a> {
    /// The corpus without what is held out.
    pub corpus: &'a Corpus,
    /// Its contrasts.
    pub contrasts: Vec<Contrast>,
    /// Classes of perturbations.
    pub classes: &'a [Class],
    /// Features of entities.
    pub features: &'a GeneSetFeatures,
    pub(super) learned: OnceLock<Learned>,
    pub(super) vae: OnceLock<Option<TrainedVae>>,
}

/// A held-out sample as a baseline sees it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The study.
    pub study: &'a str,
    /// The cells, as [`cells_of`] names them.
    pub cells: &'a str,
    /// What is done.
    pub treatment: &'a Treatment,
    /// Ids that count as the perturbation; empty if only its own entities do.
    pub same: &'a [OntologyId],
    /// Ids of the other members of its class.
    pub class: &'a [OntologyId],
    /// Mean ln(1 + CPM) of the controls, `[genes of the axis]`.
    pub control: &'a [f32],
    /// Genes to predict, as places on the axis.
    pub genes: &'a [usize],
}

/// Which way a perturbation moves its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Knocked out or down.
    Loss,
    /// Over-expressed.
    Gain,
    /// Given to the sample.
    Given,
}

impl Direction {
    /// That of a type of perturbation.
    pub fn of(kind: PerturbationType) -> Self {
        use PerturbationType as T;
        match kind {
            T::Crispr | T::Genetic | T::Shrna | T::Sirna => Self::Loss,
            T::Overexpression => Self::Gain,
            _ => Self::Given,
        }
    }
}

impl<'a> BaselineTraining<'a> {
    /// The effects of a corpus.
    ///
    /// # Errors
    /// A treated sample without a curated condition.
    pub fn of(
        corpus: &'a Corpus,
        classes: &'a [Class],
        features: &'a GeneSetFeatures,
    ) -> Result<Self> {
        Ok(Self {
            corpus,
            contrasts: contrasts(corpus)?,
            classes,
            features,
            learned: OnceLock::new(),
            vae: OnceLock::new(),
        })
    }

    /// The study of a contrast.
    pub fn study(&self, contrast: &Contrast) -> &str {
        &self.corpus.studies[contrast.study].name
    }

    /// The cells of a contrast.
    pub fn cells(&self, contrast: &Contrast) -> String {
        cells_of(&self.corpus.studies[contrast.study].samples[contrast.treated])
    }

    /// Whether the study of a contrast measures a gene.
    pub fn measures(&self, contrast: &Contrast, gene: usize) -> bool {
        self.corpus.studies[contrast.study].measured[gene]
    }

    /// The contrasts of the perturbation that is asked for, moved the same way.
    pub fn same_perturbation(&self, question: &Question<'_>) -> Vec<&Contrast> {
        let direction = Direction::of(question.treatment.kind);
        self.contrasts
            .iter()
            .filter(|contrast| {
                Direction::of(contrast.treatment.kind) == direction
                    && question.is_same(&contrast.treatment.entities)
            })
            .collect()
    }

    /// Those of the contrasts that are nearest to the question: of the same study if there are any,
    /// of these of the same cells, background and time if there are any, in this order.
    pub fn nearest<'c>(
        &self,
        question: &Question<'_>,
        mut contrasts: Vec<&'c Contrast>,
    ) -> Vec<&'c Contrast> {
        let tests: [&dyn Fn(&Contrast) -> bool; 4] = [
            &|contrast| self.study(contrast) == question.study,
            &|contrast| self.cells(contrast) == question.cells,
            &|contrast| contrast.treatment.background == question.treatment.background,
            &|contrast| contrast.treatment.time == question.treatment.time,
        ];
        for (at, test) in tests.iter().enumerate() {
            let met: Vec<&Contrast> = contrasts.iter().copied().filter(|c| test(c)).collect();
            if !met.is_empty() {
                contrasts = met;
            } else if at == 0 {
                // Of other studies all count: none is of the same conditions in any sense.
                break;
            }
        }
        contrasts
    }

    /// The mean change of the perturbed, over the genes of the question: of the same study where it
    /// holds three perturbations or more, else of all studies, each with one vote. With fewer the
    /// mean would be the perturbation that is asked for rather than what perturbations share.
    pub fn perturbed_mean(&self, question: &Question<'_>) -> Option<Vec<f64>> {
        let all: Vec<&Contrast> = self.contrasts.iter().collect();
        let own: Vec<&Contrast> = all
            .iter()
            .copied()
            .filter(|contrast| self.study(contrast) == question.study)
            .collect();
        let mut treatments: Vec<&[OntologyId]> = own
            .iter()
            .map(|contrast| contrast.treatment.entities.as_slice())
            .collect();
        treatments.sort();
        treatments.dedup();
        let contrasts = if treatments.len() < 3 { all } else { own };
        (!contrasts.is_empty()).then(|| self.mean(&contrasts, question.genes))
    }

    /// Mean change over contrasts, each study with one vote, over the genes of the question: 0 for
    /// a gene that none measures.
    pub fn mean(&self, contrasts: &[&Contrast], genes: &[usize]) -> Vec<f64> {
        let mut of_studies: Vec<(usize, Vec<&Contrast>)> = Vec::new();
        for contrast in contrasts {
            match of_studies
                .iter_mut()
                .find(|(study, _)| *study == contrast.study)
            {
                Some((_, own)) => own.push(contrast),
                None => of_studies.push((contrast.study, vec![contrast])),
            }
        }
        genes
            .iter()
            .map(|&gene| {
                let (mut sum, mut studies) = (0.0, 0.0);
                for (study, own) in &of_studies {
                    if self.corpus.studies[*study].measured[gene] {
                        let total: f64 = own.iter().map(|c| f64::from(c.change[gene])).sum();
                        sum += total / own.len() as f64;
                        studies += 1.0;
                    }
                }
                if studies > 0.0 { sum / studies } else { 0.0 }
            })
            .collect()
    }
}

impl Question<'_> {
    /// Whether entities are those that are asked for.
    pub fn is_same(&self, entities: &[OntologyId]) -> bool {
        if self.same.is_empty() {
            let asked = &self.treatment.entities;
            asked.len() == entities.len() && asked.iter().all(|id| entities.contains(id))
        } else {
            !entities.is_empty() && entities.iter().all(|id| self.same.contains(id))
        }
    }
}
