//! The command line as typed: names, help and environment variables, no meaning yet.
//!
//! Values that belong to a query stay text here. They are checked with the rest of the query, so
//! that a person sees all that is wrong with it at once, by the same rules as a client's request.

mod annotate;
mod baseline;
mod model;
mod predict;
mod serve;
mod train;
mod vocab;

use clap::{Parser, Subcommand};

pub use annotate::AnnotateFlags;
pub use baseline::BaselineFlags;
pub use model::{GenesFlags, ModelFlag, ModelsFlags};
pub use predict::PredictFlags;
pub use refcast_terminal::CommonFlags;
pub use serve::{KeysCommand, ServeCommand, ServeFlags, StoreFlags};
pub use train::TrainFlags;
pub use vocab::VocabFlags;

/// Predict what a treatment does to a real RNA-seq sample.
#[derive(Debug, Parser)]
#[command(
    name = "refcast",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "\
First steps:
  refcast predict --example --perturbation dexamethasone
  refcast vocab interferon
  refcast predict -i counts.tsv.gz --perturbation IL1B -o treated.h5ad
  refcast annotate -i counts.tsv.gz
  refcast baseline --tissue liver -n 5 -o livers.h5ad

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 invalid input. Every flag has an environment
variable, shown in its help; the flag wins.")]
pub struct Flags {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate samples as they would look treated, from real ones
    Predict(Box<PredictFlags>),
    /// Generate samples from what is known of them: tissue, cells, sex, disease
    Baseline(Box<BaselineFlags>),
    /// Tell tissue, cells, sex and disease of samples from their counts
    Annotate(Box<AnnotateFlags>),
    /// List the models that are to hand
    Models(ModelsFlags),
    /// Print the genes of a model, in its order
    Genes(GenesFlags),
    /// Search the values that a model knows: perturbations, cell types, tissues …
    Vocab(VocabFlags),
    /// Serve models over HTTP, as existing clients know it
    Serve(Box<ServeFlags>),
    /// Train a model from a recipe and a corpus
    Train(TrainFlags),
}
