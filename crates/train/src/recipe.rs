//! A recipe: what a model is made of, as a TOML file with two tables beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use refcast_model::Example;
use refcast_model::annotation::Novelty;
use refcast_model::bundle::Latents;
use refcast_model::effects::{Level, Relation};
use refcast_model::generate::Calibration;
use serde::Deserialize;

use crate::error::{Error, Result};

/// What to train, on what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The model's id.
    pub id: String,
    /// `bulk` or `single-cell`.
    pub modality: String,
    /// The seed, where the command line gives none.
    pub seed: u64,
    /// The licence of the weights.
    pub licence: String,
    /// Whom data and tables come from.
    pub attribution: Vec<String>,
    /// The gene axis.
    pub axis: Axis,
    /// The studies.
    pub corpus: Corpus,
    /// The latent variables.
    pub latent: Latent,
    /// How effects carry over.
    #[serde(default)]
    pub relation: Relation,
    /// How a response depends on the reference's level.
    #[serde(default)]
    pub level: Level,
    /// How wide intervals must be, fitted on held-out samples.
    #[serde(default)]
    pub calibration: Calibration,
    /// How metadata are told.
    #[serde(default)]
    pub annotation: Annotation,
    /// The example's reference.
    pub example: Example,
    /// Figures measured on this recipe: benchmark → metric → value. They change no weight.
    #[serde(default)]
    pub benchmarks: BTreeMap<String, BTreeMap<String, f64>>,
    /// The folder that the recipe lies in.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Which genes the axis holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Biotypes of the annotation.
    pub biotypes: Vec<String>,
    /// How many of the corpus' count matrices must measure a gene.
    pub least_studies: usize,
}

/// Which studies are used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// Folders of `atlas/` that give unperturbed samples. All of `bulk/` is used.
    pub atlas: Vec<String>,
    /// The most samples of one atlas study; evenly spaced ones are taken of a larger one.
    pub most_atlas_samples: usize,
    /// Folders of `bulk/_effects_only/` that give changes without samples.
    #[serde(default)]
    pub published: Vec<String>,
    /// The table of `knowledge/` that gives footprints of pathways, if any.
    #[serde(default)]
    pub footprints: Option<String>,
}

/// The latent variables.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latent {
    /// Sizes of the groups.
    pub sizes: Latents,
    /// Rounds of expectation-maximisation.
    pub rounds: usize,
}

/// How metadata are told from a sample.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Annotation {
    /// When a sample is like none of training, measured on studies that were left out.
    pub novelty: Novelty,
}

impl Recipe {
    /// Reads a recipe. The tables `conditions.tsv`, `perturbations.tsv` and `relations.tsv` lie in
    /// the folder of the recipe's name.
    ///
    /// # Errors
    /// A file that cannot be read, or a field that is missing, unknown or of another type.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
        let mut recipe: Self =
            toml::from_str(&text).map_err(|problem| Error::recipe(path, problem.to_string()))?;
        recipe.folder = path.with_extension("");
        Ok(recipe)
    }
}
