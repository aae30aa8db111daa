//! Single cells: sets of them as their files hold them, and what training makes of them: pools of
//! cells to measure effects on, and cells by themselves to fit the latents to.

mod pool;
mod set;

pub use pool::Arms;
pub use set::{CellCounts, CellSet};

use std::path::Path;

use rayon::prelude::*;
use refcast_core::{GeneAxis, GeneId, Modality};

use super::footprint::MODERATION;
use super::{Conditions, Corpus, Expression, Footprint, Study, StudyKind, choose_axis, footprint};
use super::{published, read_studies, unmeasured};
use crate::error::{Error, Result};
use crate::recipe::{CellsRecipe, Recipe};
use crate::table::Row;

/// Everything that the training of a model of cells reads.
#[derive(Debug, Clone)]
pub struct CellCorpus {
    /// The gene axis.
    pub axis: GeneAxis,
    /// The cells.
    pub sets: Vec<CellSet>,
    /// How they are pooled.
    pub recipe: CellsRecipe,
    /// Bulk studies, on the scale of cells.
    pub bulk: Vec<Expression>,
    /// The curated conditions of both.
    pub conditions: Conditions,
    /// Footprints of pathways.
    pub footprints: Vec<Footprint>,
}

impl CellCorpus {
    /// Reads the sets and studies of a recipe.
    ///
    /// # Errors
    /// A file that is missing or does not fit its description; a recipe without cells.
    pub fn read(recipe: &Recipe, folder: &Path) -> Result<Self> {
        let Some(cells) = recipe.cells.clone() else {
            let problem = "a model of single cells needs a section [cells]";
            return Err(Error::recipe(&recipe.folder, problem));
        };
        let read = |own| CellSet::read(&folder.join("sc"), own);
        let sets: Vec<CellSet> = cells.sets.par_iter().map(read).collect::<Result<_>>()?;
        let whole = sets.iter().filter(|set| !set.recipe.panel);
        let axis = choose_axis(recipe, folder, whole.map(|set| set.genes.as_slice()))?;
        let mut conditions = Conditions::read(&recipe.folder.join("conditions.tsv"))?;
        let on = |study: &Study| Expression::on(&axis, study, Modality::SingleCell);
        let mut bulk: Vec<Expression> = read_studies(recipe, folder)?
            .iter()
            .map(on)
            .collect::<Result<_>>()?;
        for name in &recipe.corpus.published {
            let path = folder.join("bulk").join("_effects_only").join(name);
            bulk.push(on(&published::read(&path, name, &mut conditions)?)?);
        }
        unmeasured::mask(&mut bulk, Modality::SingleCell);
        let footprints = match &recipe.corpus.footprints {
            Some(table) => {
                footprint::read(&axis, &folder.join("knowledge").join(table), MODERATION)?
            }
            None => Vec::new(),
        };
        Ok(Self {
            axis,
            sets,
            recipe: cells,
            bulk,
            conditions,
            footprints,
        })
    }

    /// The corpus with the cells that pass, by the name of their set and their annotation.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str, &Row) -> bool) -> Self {
        let sets = self.sets.iter();
        Self {
            sets: sets
                .map(|set| set.filtered(|row| keep(&set.recipe.name, row)))
                .collect(),
            ..self.clone()
        }
    }

    /// The part of a cell's molecules that are of a gene: of the pooled molecules of each set, the
    /// mean over the sets that measure the gene, `[genes]`; adds up to 1.
    pub fn share(&self) -> Vec<f32> {
        let genes = self.axis.len();
        let (mut sums, mut sets) = (vec![0.0_f64; genes], vec![0.0_f64; genes]);
        for set in self.sets.iter().filter(|set| !set.recipe.panel) {
            let places = places(&self.axis, &set.genes);
            let mut own = vec![0.0_f64; genes];
            for cell in &set.counts {
                for (gene, count) in cell.on(&places) {
                    own[gene] += count;
                }
            }
            let total: f64 = own.iter().sum();
            for place in places.iter().flatten() {
                sums[*place] += own[*place] / total.max(1.0);
                sets[*place] += 1.0;
            }
        }
        let means = sums.iter().zip(&sets).map(|(sum, n)| sum / n.max(1.0));
        let total: f64 = means.clone().sum();
        means.map(|mean| (mean / total) as f32).collect()
    }

    /// What effects are measured on: pools of cells of one kind, condition and replicate beside the
    /// bulk studies, as ln(1 + CP10k).
    ///
    /// # Errors
    /// A pool without a count on the axis.
    pub fn pools(&self) -> Result<Corpus> {
        let share = self.share();
        let mut studies: Vec<Expression> = self
            .sets
            .par_iter()
            .filter_map(|set| {
                let study = pool::pools(set, &self.recipe, &self.axis, &share);
                let is_empty = study.samples.is_empty();
                (!is_empty).then(|| Expression::on(&self.axis, &study, Modality::SingleCell))
            })
            .collect::<Result<_>>()?;
        studies.extend(self.bulk.iter().cloned());
        Ok(self.corpus(studies))
    }

    /// The treated cells of each set whose molecules were counted, by kind and condition, beside
    /// the untreated ones.
    pub fn arms(&self) -> Vec<Arms<'_>> {
        let counted = self.sets.iter().filter(|set| !set.recipe.reads);
        counted
            .flat_map(|set| pool::arms(set, &self.axis))
            .collect()
    }

    /// What the latents are fitted to: cells by themselves, at most so many of each set, as
    /// ln(1 + CP10k).
    ///
    /// # Errors
    /// A cell without a count on the axis.
    pub fn cells(&self) -> Result<Corpus> {
        let share = self.share();
        let sets = self.sets.par_iter().filter(|set| !set.recipe.panel);
        let studies = sets
            .map(|set| {
                let study = set.study(&self.axis, &share, self.recipe.most_cells);
                Expression::on(&self.axis, &study, Modality::SingleCell)
            })
            .collect::<Result<_>>()?;
        Ok(self.corpus(studies))
    }

    /// The sets and studies, for the card: cells of a set, samples of a study.
    pub fn studies(&self) -> Vec<refcast_model::bundle::TrainingStudy> {
        let sets = self.sets.iter().map(|set| {
            let accession = set.rows.first().and_then(|row| row.get("study"));
            refcast_model::bundle::TrainingStudy {
                name: set.recipe.name.clone(),
                accession: accession.cloned().unwrap_or_default(),
                samples: set.rows.len(),
                genes: places(&self.axis, &set.genes).iter().flatten().count(),
            }
        });
        let bulk = crate::train::studies(&self.corpus(self.bulk.clone()));
        sets.chain(bulk).collect()
    }

    fn corpus(&self, studies: Vec<Expression>) -> Corpus {
        Corpus {
            modality: Modality::SingleCell,
            pool_error: self.recipe.pool_error,
            axis: self.axis.clone(),
            studies,
            conditions: self.conditions.clone(),
            footprints: self.footprints.clone(),
        }
    }
}

/// Where the genes of a file are on the axis.
fn places(axis: &GeneAxis, genes: &[GeneId]) -> Vec<Option<usize>> {
    let place = |gene: &GeneId| axis.index_of(*gene).map(|index| index.as_usize());
    genes.iter().map(place).collect()
}

/// The part of a mean cell's molecules that are of the genes of a file.
fn share_of(places: &[Option<usize>], share: &[f32]) -> f64 {
    let on_axis = places
        .iter()
        .flatten()
        .map(|place| f64::from(share[*place]));
    on_axis.sum::<f64>().clamp(1e-6, 1.0)
}

/// Whether a set holds treated cells beside untreated ones.
fn kind_of(rows: &[Row]) -> StudyKind {
    let treated = |row: &Row| {
        let kind = row.get("perturbation_type").map_or("", String::as_str);
        !matches!(kind, "" | "control")
    };
    if rows.iter().any(treated) {
        StudyKind::Perturbation
    } else {
        StudyKind::Atlas
    }
}
