//! What a prediction came to, gathered while it is made: for people as text, for programs as JSON.

mod effects;
mod gene_lines;
mod genes_text;
pub mod layout;
mod support;
mod text;

use std::path::PathBuf;

use refcast::InputSummary;
use refcast_core::Query;
use refcast_io::AlignmentReport;
use refcast_model::vocabulary::Understood;
use serde::Serialize;

pub use effects::{EffectSummary, Effects, GeneEffect};
pub use support::{SupportSummary, Supports};

/// Everything that `refcast predict` reports, in the order in which people read it.
#[derive(Debug, Serialize)]
pub struct PredictionSummary {
    /// What was predicted with.
    pub model: ModelName,
    /// What was predicted from.
    pub references: InputSummary,
    /// How the genes of the input met those of the model; none for a generated reference.
    pub alignment: Option<AlignmentReport>,
    /// What was asked for, with the seed in force.
    pub query: Query,
    /// What each name that was given stands for.
    pub perturbation: Vec<Understood>,
    /// How far the answer can be trusted.
    pub support: SupportSummary,
    /// The genes that change most.
    pub effect: EffectSummary,
    /// The file that was written.
    pub output: Option<Written>,
}

/// A model by id and version.
#[derive(Debug, Clone, Serialize)]
pub struct ModelName {
    /// The id.
    pub id: String,
    /// The hash of its content.
    pub version: String,
    /// How many genes it has.
    pub genes: usize,
}

/// A file that was written.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    /// The file.
    pub file: PathBuf,
    /// Generated samples in it.
    pub samples: usize,
    /// Genes in it.
    pub genes: usize,
}
