//! A recipe: what a model is made of, as a TOML file with two tables beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use refcast_core::Modality;
use refcast_io::input;
use refcast_model::Example;
use refcast_model::annotation::Novelty;
use refcast_model::bundle::LatentSizes;
use refcast_model::effects::{Level, SimilarityParameters};
use refcast_model::generate::Calibration;
use serde::Deserialize;

use crate::error::{Error, Result};

/// What to train, on what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The model's id.
    pub id: String,
    /// What the model's samples are of.
    pub modality: Modality,
    /// The seed, where the command line gives none.
    pub seed: u64,
    /// The licence of the weights.
    pub licence: String,
    /// Whom data and tables come from.
    pub attribution: Vec<String>,
    /// The gene axis.
    pub axis: AxisRecipe,
    /// The studies.
    pub corpus: CorpusRecipe,
    /// The latent variables.
    pub latent: LatentRecipe,
    /// The cells, for a model of them.
    #[serde(default)]
    pub cells: Option<CellsRecipe>,
    /// How effects carry over.
    #[serde(default)]
    pub relation: SimilarityParameters,
    /// How a response depends on the reference's level.
    #[serde(default)]
    pub level: Level,
    /// How wide intervals must be, fitted on held-out samples.
    #[serde(default)]
    pub calibration: Calibration,
    /// How metadata are told.
    #[serde(default)]
    pub annotation: AnnotationRecipe,
    /// The example's reference.
    pub example: Example,
    /// Figures measured on this recipe: benchmark → metric → value. They change no weight.
    #[serde(default)]
    pub benchmarks: BTreeMap<String, BTreeMap<String, f64>>,
    /// The recipe whose tables are used, if not its own.
    #[serde(default)]
    pub tables: Option<String>,
    /// The folder of its tables.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Which genes the axis holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxisRecipe {
    /// Biotypes of the annotation.
    pub biotypes: Vec<String>,
    /// How many of the corpus' count matrices must measure a gene.
    pub least_studies: usize,
    /// The same for a gene that codes for a protein, if fewer do.
    #[serde(default)]
    pub least_studies_coding: Option<usize>,
}

/// Which studies are used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusRecipe {
    /// Folders of `atlas/` that give unperturbed samples. All of `bulk/` is used.
    pub atlas: Vec<String>,
    /// Whether the studies of `bulk/` are used.
    #[serde(default = "yes")]
    pub bulk: bool,
    /// The most samples of one atlas study; evenly spaced ones are taken of a larger one.
    pub most_atlas_samples: usize,
    /// Folders of `bulk/_effects_only/` that give changes without samples.
    #[serde(default)]
    pub published: Vec<String>,
    /// The table of `knowledge/` that gives footprints of pathways, if any.
    #[serde(default)]
    pub footprints: Option<String>,
}

/// The cells that a model of single cells is made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellsRecipe {
    /// Files of `sc/`.
    pub sets: Vec<CellSetRecipe>,
    /// The most cells of one set that the latents are fitted to; evenly spaced ones of a larger one.
    pub most_cells: usize,
    /// Cells of each arm that make one replicate of a condition,
    pub least_cells: usize,
    /// and the most replicates that they are divided into.
    pub most_replicates: usize,
    /// Squared error of the change of all cells together over what the spread of the replicates
    /// says: small pools scatter by their few molecules.
    pub pool_error: f64,
}

/// One file of cells.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellSetRecipe {
    /// The file's name, without its ending; the study of `conditions.tsv`.
    pub name: String,
    /// Some hundreds of genes: it gives effects only.
    #[serde(default)]
    pub panel: bool,
    /// Its counts are of reads, not of molecules: they say nothing of how molecules scatter.
    #[serde(default)]
    pub reads: bool,
    /// The column of `obs` that tells replicates apart: the donor, the lane. Without one the cells
    /// are dealt out.
    #[serde(default)]
    pub replicate: Option<String>,
    /// The column of `obs` with the molecules of all genes, where the file has a panel of them.
    #[serde(default)]
    pub library: Option<String>,
}

/// The latent variables.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentRecipe {
    /// Sizes of the groups.
    pub sizes: LatentSizes,
    /// Rounds of expectation-maximisation.
    pub rounds: usize,
}

/// How metadata are told from a sample.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnnotationRecipe {
    /// When a sample is like none of training, measured on studies that were left out.
    pub novelty: Novelty,
}

/// The most bytes of a recipe; those of the models in the program have a hundredth of it.
const MOST_BYTES: u64 = 1 << 20;

impl Recipe {
    /// The text of a recipe.
    ///
    /// # Errors
    /// What is no file, cannot be read, is larger than any recipe or no UTF-8.
    pub fn text(path: &Path) -> Result<String> {
        let bytes = input::read(path, MOST_BYTES).map_err(|source| Error::file(path, source))?;
        String::from_utf8(bytes).map_err(|_| Error::recipe(path, "is not UTF-8 text"))
    }

    /// Refuses what is no file, or larger than any recipe is, before long work begins.
    ///
    /// # Errors
    /// With what it is.
    pub fn check_file(path: &Path) -> refcast_core::Result<()> {
        Self::text(path).map(drop).map_err(|error| {
            let message = format!("{error}: name the file of a recipe");
            refcast_core::Error::one("recipe", "no_such_file", message)
        })
    }

    /// Reads a recipe. The tables `conditions.tsv`, `perturbations.tsv` and `relations.tsv` lie in
    /// the folder of the recipe's name.
    ///
    /// # Errors
    /// A file that cannot be read, or a field that is missing, unknown or of another type.
    pub fn read(path: &Path) -> Result<Self> {
        let text = Self::text(path)?;
        let mut recipe: Self =
            toml::from_str(&text).map_err(|problem| Error::recipe(path, problem.to_string()))?;
        recipe.folder = match &recipe.tables {
            Some(other) => path.with_file_name(other),
            None => path.with_extension(""),
        };
        Ok(recipe)
    }
}

fn yes() -> bool {
    true
}
