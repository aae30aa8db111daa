//! Flags of `refcast vocab`.

use super::ModelFlag;

/// Flags of `refcast vocab`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  refcast vocab dexamethasone
  refcast vocab --field perturbation_type
  refcast vocab --field perturbation_ontology_id interferon --limit 50")]
pub struct VocabFlags {
    /// Text to look for in values, labels and synonyms; everything when left out
    #[arg(value_name = "SEARCH")]
    pub search: Option<String>,
    /// Only this field of the query, for example `perturbation_ontology_id`
    #[arg(long, env = "REFCAST_FIELD", value_name = "FIELD")]
    pub field: Option<String>,
    /// Print at most this many values (0: all)
    #[arg(long, env = "REFCAST_LIMIT", value_name = "N", default_value = "20")]
    pub limit: usize,
    /// Whose vocabulary.
    #[command(flatten)]
    pub model: ModelFlag,
}
