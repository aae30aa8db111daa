//! The command line as typed.

use std::path::PathBuf;

use refcast_terminal::CommonFlags;

/// Measure a recipe on held-out samples, beside simple baselines.
#[derive(Debug, clap::Parser)]
#[command(
    name = "refcast-bench",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Flags {
    #[command(flatten)]
    pub bench: BenchFlags,
    #[command(flatten)]
    pub common: CommonFlags,
}

/// What to measure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo benchmark --list
  cargo benchmark --corpus ../shared/corpus --quick
  cargo benchmark --corpus ../shared/corpus
  cargo benchmark --corpus ../shared/corpus donors --update-recipe
  cargo benchmark --corpus ../shared/corpus --recipe recipes/gem-1-sc.toml

The same recipe, corpus and seed give the same files, for any number of threads. A requirement that
does not hold is a result; with --check the exit code is then 1.")]
pub struct BenchFlags {
    /// Which benchmarks, by name; see --list [default: all of the recipe's modality]
    #[arg(env = "REFCAST_BENCHMARKS", value_name = "NAME", value_delimiter = ',')]
    pub names: Vec<String>,
    /// The folder of the corpus that samples are held out of
    #[arg(
        long,
        env = "REFCAST_CORPUS",
        value_name = "FOLDER",
        required_unless_present = "list"
    )]
    pub corpus: Option<PathBuf>,
    /// The recipe that is measured
    #[arg(
        long,
        env = "REFCAST_RECIPE",
        value_name = "RECIPE",
        default_value = "recipes/gem-1-bulk.toml"
    )]
    pub recipe: PathBuf,
    /// The folder that the report is written to [default: docs/benchmarks, of a recipe of cells
    /// docs/benchmarks/cells; with --quick none]
    #[arg(long, short, env = "REFCAST_OUTPUT", value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// A look in minutes, at a few folds of each; its figures are not those of the benchmark
    #[arg(long, env = "REFCAST_QUICK")]
    pub quick: bool,
    /// The seed of the intervals
    #[arg(long, env = "REFCAST_SEED", value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many threads to use; the report does not depend on it [default: one per core]
    #[arg(long, env = "REFCAST_THREADS", value_name = "N")]
    pub threads: Option<String>,
    /// Put the figures into the recipe, from where training takes them to the manifest and the card
    #[arg(long, env = "REFCAST_UPDATE_RECIPE")]
    pub update_recipe: bool,
    /// End with exit code 1 if a requirement does not hold
    #[arg(long, env = "REFCAST_CHECK")]
    pub check: bool,
    /// List the benchmarks, and run none
    #[arg(long, env = "REFCAST_LIST")]
    pub list: bool,
}
