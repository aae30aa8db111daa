//! Flags of `refcast annotate`.

use std::path::PathBuf;

use super::ModelFlag;

const INPUT: &str = "Input";
const OUTPUT: &str = "Output";

/// Flags of `refcast annotate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  refcast annotate -i counts.tsv.gz
  refcast annotate -i study.h5ad --layer counts -o annotation.tsv
  refcast annotate -i counts.tsv.gz --fields sex,tissue --json | jq '.samples[0].fields'

Genes that a sample lacks are left out, not taken for zero. A sample that is like none of training is
`unknown` in every field: of samples of studies that training did not see one in twenty is.")]
pub struct AnnotateFlags {
    /// Raw counts: .h5ad, .tsv or .csv, gzipped or not, .h5 or folder of Cell Ranger; `-` for standard
    /// input
    #[arg(
        long, short, env = "REFCAST_INPUT", value_name = "FILE", num_args = 1.., required = true,
        help_heading = INPUT
    )]
    pub input: Vec<PathBuf>,
    /// Only these samples of the input, separated by commas, or the flag given again for each; a name
    /// that holds commas is found as it stands [default: all]
    #[arg(long, env = "REFCAST_SAMPLES", value_name = "NAME,…", help_heading = INPUT)]
    pub samples: Option<Vec<String>>,
    /// The table has a row per sample and a column per gene
    #[arg(long, env = "REFCAST_SAMPLES_IN_ROWS", help_heading = INPUT)]
    pub samples_in_rows: bool,
    /// The genes of transcripts, where the input counts those (quant.sf, abundance.tsv): a table of two
    /// columns, or a GTF
    #[arg(long, env = "REFCAST_TRANSCRIPT_GENES", value_name = "FILE", help_heading = INPUT)]
    pub transcript_genes: Option<PathBuf>,
    /// The layer of the .h5ad that holds the counts [default: X]
    #[arg(long, env = "REFCAST_LAYER", value_name = "NAME", help_heading = INPUT)]
    pub layer: Option<String>,
    /// The counts are in `raw` of the .h5ad
    #[arg(long, env = "REFCAST_RAW", help_heading = INPUT)]
    pub raw: bool,

    /// Only these fields [default: all that the model tells]
    #[arg(
        long,
        env = "REFCAST_FIELDS",
        value_name = "FIELD,…",
        value_delimiter = ','
    )]
    pub fields: Option<Vec<String>>,
    /// The seed of the samples that are generated from the latents [default: drawn, and reported]
    #[arg(
        long,
        env = "REFCAST_SEED",
        value_name = "N",
        allow_hyphen_values = true
    )]
    pub seed: Option<String>,

    /// Where to write: .tsv or .csv (values and probabilities), .json (all probabilities, latents,
    /// a generated sample), .h5ad (values in obs, latents in obsm, the generated sample in X)
    #[arg(long, short, env = "REFCAST_OUTPUT", value_name = "FILE", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,
    /// The model to annotate with.
    #[command(flatten)]
    pub model: ModelFlag,
    /// How many threads to use; the answer does not depend on it [default: one per core]
    #[arg(
        long,
        env = "REFCAST_THREADS",
        value_name = "N",
        allow_hyphen_values = true
    )]
    pub threads: Option<String>,
}
