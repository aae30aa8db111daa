//! Training: a model from a recipe and a corpus.

pub mod bank;
mod build;
mod card;
pub mod corpus;
mod dispersion;
mod error;
pub mod evaluate;
mod knowledge;
pub mod latent;
pub mod metadata;
mod noise;
mod ontology;
mod recipe;
mod table;
mod train;
mod training_samples;
pub mod vocabulary;

pub use build::{
    Progress, fit, fit_cell_effects, fit_cell_responses, fit_cells, fit_effects, read,
};
pub use corpus::cells::CellCorpus;
pub use error::{Error, Result};
pub use latent::Device;
pub use ontology::Labels;
pub use recipe::Recipe;
pub use train::train;
