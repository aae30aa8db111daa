//! Flags of `refcast baseline`.

use std::path::PathBuf;

use super::ModelFlag;

const SAMPLE: &str = "Sample";
const OUTPUT: &str = "Output";
const PERTURBATION: &str = "Perturbation";
const GENERATION: &str = "Generation";

/// Flags of `refcast baseline`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # Five livers of women of 45, as they might come from a sequencer
  refcast baseline --tissue liver --sex female --age 45 -n 5 -o livers.h5ad

  # The expected profile of a cell line, by name or id
  refcast baseline --cell-line CVCL_0395 --sampling-strategy 'mean estimation' -o lncap.tsv.gz

  # Macrophages under interferon, at 5 million reads
  refcast baseline --cell-type macrophage --set 'sample_type=primary cells' \\
      --perturbation IFNG --perturbation-time 18h --total-count 5000000 --seed 1 -o ifng.json

What is not given is averaged over; what was not seen is answered from its nearest relatives, and the
answer says so.")]
pub struct BaselineFlags {
    /// Tissue, by name or UBERON id
    #[arg(long, env = "REFCAST_TISSUE", value_name = "NAME|ID", help_heading = SAMPLE)]
    pub tissue: Option<String>,
    /// Cell type, by name or CL id
    #[arg(long, env = "REFCAST_CELL_TYPE", value_name = "NAME|ID", help_heading = SAMPLE)]
    pub cell_type: Option<String>,
    /// Cell line, by name or Cellosaurus id
    #[arg(long, env = "REFCAST_CELL_LINE", value_name = "NAME|ID", help_heading = SAMPLE)]
    pub cell_line: Option<String>,
    /// Disease, by name or MONDO id; `normal` for none
    #[arg(long, env = "REFCAST_DISEASE", value_name = "NAME|ID", help_heading = SAMPLE)]
    pub disease: Option<String>,
    /// `male` or `female`
    #[arg(long, env = "REFCAST_SEX", value_name = "SEX", help_heading = SAMPLE)]
    pub sex: Option<String>,
    /// Age in years
    #[arg(long, env = "REFCAST_AGE", value_name = "YEARS", help_heading = SAMPLE)]
    #[arg(allow_hyphen_values = true)]
    pub age: Option<String>,
    /// `primary tissue`, `primary cells`, `cell line`, `organoid` …
    #[arg(long, env = "REFCAST_SAMPLE_TYPE", value_name = "TYPE", help_heading = SAMPLE)]
    pub sample_type: Option<String>,
    /// Any other field of the metadata: `study=GTEx_RNAseqDB`; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = SAMPLE)]
    pub set: Vec<String>,

    /// What to do to the samples, by name; several together joined by `|`
    #[arg(long, env = "REFCAST_PERTURBATION", value_name = "NAME", help_heading = PERTURBATION)]
    pub perturbation: Option<String>,
    /// The same by id
    #[arg(long, env = "REFCAST_PERTURBATION_ONTOLOGY_ID", value_name = "ID")]
    #[arg(help_heading = PERTURBATION)]
    pub perturbation_ontology_id: Option<String>,
    /// How it acts; needed where the id leaves it open
    #[arg(long, env = "REFCAST_PERTURBATION_TYPE", value_name = "TYPE")]
    #[arg(help_heading = PERTURBATION)]
    pub perturbation_type: Option<String>,
    /// How long: `24h`, `2 days`
    #[arg(long, env = "REFCAST_PERTURBATION_TIME", value_name = "TIME")]
    #[arg(allow_hyphen_values = true, help_heading = PERTURBATION)]
    pub perturbation_time: Option<String>,
    /// How much: `10 uM`, `100 ng/ml`
    #[arg(long, env = "REFCAST_PERTURBATION_DOSE", value_name = "DOSE")]
    #[arg(allow_hyphen_values = true, help_heading = PERTURBATION)]
    pub perturbation_dose: Option<String>,

    /// `sample generation` (samples that scatter as real ones do) or `mean estimation`
    #[arg(long, env = "REFCAST_SAMPLING_STRATEGY", value_name = "STRATEGY")]
    #[arg(default_value = "sample generation", help_heading = GENERATION)]
    pub sampling_strategy: String,
    /// How many samples to generate [default: 1]
    #[arg(long, short, env = "REFCAST_NUM_SAMPLES", value_name = "N")]
    #[arg(allow_hyphen_values = true, help_heading = GENERATION)]
    pub num_samples: Option<String>,
    /// Measurement error alone, about one expected profile
    #[arg(long, env = "REFCAST_DETERMINISTIC_LATENTS", help_heading = GENERATION)]
    pub deterministic_latents: bool,
    /// The seed of all draws [default: drawn, and reported]
    #[arg(long, env = "REFCAST_SEED", value_name = "N")]
    #[arg(allow_hyphen_values = true, help_heading = GENERATION)]
    pub seed: Option<String>,
    /// The library size [default: 10000000 for bulk, 10000 for single cells]
    #[arg(long, env = "REFCAST_TOTAL_COUNT", value_name = "N")]
    #[arg(allow_hyphen_values = true, help_heading = GENERATION)]
    pub total_count: Option<String>,

    /// Where to write the samples: .h5ad, .json, .tsv, .csv, .tsv.gz or .csv.gz [default: only report]
    #[arg(long, short, env = "REFCAST_OUTPUT", value_name = "FILE", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,
    /// The model to generate with.
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
