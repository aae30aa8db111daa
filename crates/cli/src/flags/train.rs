//! Flags of `refcast train`.

use std::path::PathBuf;

/// Flags of `refcast train`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  refcast train recipes/gem-1-bulk.toml --corpus ../shared/corpus --output models/gem-1-bulk

The same recipe, corpus and seed give the same bytes on the same device, for any number of threads.")]
pub struct TrainFlags {
    /// The recipe: what to train on and how
    #[arg(env = "REFCAST_RECIPE", value_name = "RECIPE")]
    pub recipe: PathBuf,
    /// The folder of the corpus that the recipe names data sets of
    #[arg(long, env = "REFCAST_CORPUS", value_name = "FOLDER")]
    pub corpus: PathBuf,
    /// The folder that the bundle is written to
    #[arg(long, short, env = "REFCAST_OUTPUT", value_name = "FOLDER")]
    pub output: PathBuf,
    /// The seed, instead of the one in the recipe
    #[arg(long, env = "REFCAST_SEED", value_name = "N")]
    pub seed: Option<u64>,
    /// Where the large products are made: `cpu`, or `gpu` in a build with the feature `gpu`
    #[arg(
        long,
        env = "REFCAST_DEVICE",
        value_name = "DEVICE",
        default_value = "cpu"
    )]
    pub device: String,
    /// How many threads to use [default: one per core]
    #[arg(long, env = "REFCAST_THREADS", value_name = "N")]
    pub threads: Option<String>,
}
