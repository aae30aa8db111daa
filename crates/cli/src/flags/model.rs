//! Which model, and the commands that only look at it.

/// The model to use.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelFlag {
    /// A model's id, or the folder of a bundle
    #[arg(
        long,
        env = "REFCAST_MODEL",
        value_name = "ID|FOLDER",
        default_value = "gem-1-bulk"
    )]
    pub model: String,
}

/// Flags of `refcast models`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  refcast models
  refcast models --model my-bundle/ --card")]
pub struct ModelsFlags {
    /// The folder of a bundle to list beside the built-in model
    #[arg(long, env = "REFCAST_MODEL", value_name = "ID|FOLDER")]
    pub model: Option<String>,
    /// Print the card of the model: what it was trained on, how good it is, when not to trust it
    #[arg(long, env = "REFCAST_CARD")]
    pub card: bool,
}

/// Flags of `refcast genes`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  refcast genes > genes.tsv
  refcast genes --model my-bundle/ | grep -w TP53")]
pub struct GenesFlags {
    /// Whose genes.
    #[command(flatten)]
    pub model: ModelFlag,
}
