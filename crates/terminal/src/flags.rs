//! Flags that every command takes.

/// Flags that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct CommonFlags {
    /// Print the result for programs, as one JSON object on standard output
    #[arg(long, global = true, env = "REFCAST_JSON", help_heading = "Common")]
    pub json: bool,
    /// Print nothing but errors and what was asked for
    #[arg(
        long,
        short,
        global = true,
        env = "REFCAST_QUIET",
        help_heading = "Common"
    )]
    pub quiet: bool,
}
