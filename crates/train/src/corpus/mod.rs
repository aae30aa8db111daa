//! The corpus: studies with their annotation, read onto one gene axis.

mod axis;
pub mod cells;
mod conditions;
mod expression;
mod footprint;
mod published;
mod study;
mod unmeasured;

#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
mod tests;

pub use axis::choose_axis;
pub use conditions::{Conditions, Treatment};
pub use expression::{Expression, SampleAnnotation};
pub use footprint::{Footprint, read as read_footprints};
pub use study::{Study, StudyKind, read_studies};

use std::collections::BTreeSet;
use std::path::Path;

use refcast_core::{GeneAxis, Modality};

use crate::error::Result;
use crate::recipe::Recipe;
use footprint::MODERATION;

/// The samples of one study that a benchmark keeps from training.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldOut {
    /// The study's folder.
    pub study: String,
    /// The donor, as the column `replicate` names it.
    pub donor: String,
}

/// Everything that training reads: an axis, the studies on it, what was done to each sample.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// What the model's samples are of: the scale of the values.
    pub modality: Modality,
    /// Squared error of the change of all cells together over what the spread of its pools says.
    pub pool_error: f64,
    /// The gene axis.
    pub axis: GeneAxis,
    /// The studies, bulk before atlas, each by name.
    pub studies: Vec<Expression>,
    /// The curated conditions.
    pub conditions: Conditions,
    /// Footprints of pathways.
    pub footprints: Vec<Footprint>,
}

impl Corpus {
    /// Reads the studies of a recipe.
    ///
    /// # Errors
    /// A study or table that is missing or does not fit its description.
    pub fn read(recipe: &Recipe, folder: &Path) -> Result<Self> {
        let modality = recipe.modality;
        let studies = read_studies(recipe, folder)?;
        let axis = choose_axis(
            recipe,
            folder,
            studies.iter().map(|study| study.genes.as_slice()),
        )?;
        let mut conditions = Conditions::read(&recipe.folder.join("conditions.tsv"))?;
        let mut studies: Vec<Expression> = studies
            .iter()
            .map(|study| Expression::on(&axis, study, modality))
            .collect::<Result<_>>()?;
        for name in &recipe.corpus.published {
            let path = folder.join("bulk").join("_effects_only").join(name);
            let study = published::read(&path, name, &mut conditions)?;
            studies.push(Expression::on(&axis, &study, modality)?);
        }
        unmeasured::mask(&mut studies, modality);
        let footprints = match &recipe.corpus.footprints {
            Some(table) => {
                footprint::read(&axis, &folder.join("knowledge").join(table), MODERATION)?
            }
            None => Vec::new(),
        };
        Ok(Self {
            modality,
            pool_error: 1.0,
            axis,
            studies,
            conditions,
            footprints,
        })
    }

    /// The corpus without some studies.
    #[must_use]
    pub fn without_studies(&self, names: &[&str]) -> Self {
        let mut kept = self.clone();
        kept.studies
            .retain(|study| !names.contains(&study.name.as_str()));
        kept
    }

    /// The corpus without the samples of some donors: their treated samples, and their controls
    /// unless another donor's treated sample names them as its own (cultures of a line that share
    /// their controls are not donors in that sense).
    #[must_use]
    pub fn without(&self, held_out: &[HeldOut]) -> Self {
        let studies = self
            .studies
            .iter()
            .map(|study| {
                let is_held = |sample: &SampleAnnotation| {
                    held_out.iter().any(|held| {
                        held.study == study.name && held.donor == sample.get("replicate")
                    })
                };
                let shared: BTreeSet<&str> = study
                    .samples
                    .iter()
                    .filter(|sample| !is_held(sample))
                    .flat_map(SampleAnnotation::controls)
                    .collect();
                study.filtered(|sample| {
                    let untreated = matches!(sample.get("perturbation_type"), "" | "control");
                    !is_held(sample) || (untreated && shared.contains(sample.id()))
                })
            })
            .collect();
        Self {
            modality: self.modality,
            pool_error: self.pool_error,
            axis: self.axis.clone(),
            studies,
            conditions: self.conditions.clone(),
            footprints: self.footprints.clone(),
        }
    }
}
