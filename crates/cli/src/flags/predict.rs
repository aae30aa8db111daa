//! Flags of `refcast predict`: the fields of the query in kebab case, and the files.

use std::path::PathBuf;

use super::ModelFlag;

const INPUT: &str = "Input";
const OUTPUT: &str = "Output";
const PERTURBATION: &str = "Perturbation";
const GENERATION: &str = "Generation";

/// Flags of `refcast predict`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # Nothing at hand: a reference that the model makes up
  refcast predict --example --perturbation dexamethasone

  # Your counts, all samples, by the name of the drug; effects and intervals in the .h5ad
  refcast predict -i counts.tsv.gz --perturbation dexamethasone \\
      --perturbation-dose '100 nM' --perturbation-time 18h -o treated.h5ad

  # Three realistic replicates of two chosen samples, repeatable, as a table
  refcast predict -i study.h5ad --layer counts --samples donor1,donor2 \\
      --perturbation-ontology-id ENSG00000111537 --perturbation-type 'peptide or biologic' \\
      --sampling-strategy 'sample generation' --num-samples 3 --seed 1 -o treated.tsv.gz

  # In a pipe
  zcat counts.tsv.gz | refcast predict -i - --perturbation IL1B --json | jq .support")]
pub struct PredictFlags {
    /// Raw counts of the references: .tsv or .csv, gzipped or not, .h5ad, .h5mu, .loom, .h5 of Cell
    /// Ranger, or a folder with a .mtx; `-` for standard input; several files of one sample each make
    /// one matrix
    #[arg(long, short, env = "REFCAST_INPUT", value_name = "FILE", num_args = 1.., help_heading = INPUT)]
    pub input: Vec<PathBuf>,
    /// Use a reference that the model generates, instead of --input
    #[arg(long, env = "REFCAST_EXAMPLE", help_heading = INPUT)]
    pub example: bool,
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
    /// The layer of the .h5ad, .h5mu or .loom that holds the counts [default: X]
    #[arg(long, env = "REFCAST_LAYER", value_name = "NAME", help_heading = INPUT)]
    pub layer: Option<String>,
    /// The counts are in `raw` of the .h5ad
    #[arg(long, env = "REFCAST_RAW", help_heading = INPUT)]
    pub raw: bool,

    /// What to do to the references, by name: `dexamethasone`, `IL1B`, `hypoxia`, `control`;
    /// several together joined by `|`
    #[arg(long, env = "REFCAST_PERTURBATION", value_name = "NAME", help_heading = PERTURBATION)]
    pub perturbation: Option<String>,
    /// The same by id: `CHEMBL384467`, `ENSG00000111537`, `NCBITaxon:11320`
    #[arg(long, env = "REFCAST_PERTURBATION_ONTOLOGY_ID", value_name = "ID")]
    #[arg(help_heading = PERTURBATION)]
    pub perturbation_ontology_id: Option<String>,
    /// How it acts: compound, crispr, sirna, infection, control …; needed where the id leaves it open
    #[arg(long, env = "REFCAST_PERTURBATION_TYPE", value_name = "TYPE")]
    #[arg(help_heading = PERTURBATION)]
    pub perturbation_type: Option<String>,
    /// How long: `24h`, `2 days`
    #[arg(long, env = "REFCAST_PERTURBATION_TIME", value_name = "TIME")]
    #[arg(allow_hyphen_values = true, help_heading = PERTURBATION)]
    pub perturbation_time: Option<String>,
    /// How much: `10 uM`, `1 mg/kg`, `100 ng/ml`, `MOI 2`
    #[arg(long, env = "REFCAST_PERTURBATION_DOSE", value_name = "DOSE")]
    #[arg(allow_hyphen_values = true, help_heading = PERTURBATION)]
    pub perturbation_dose: Option<String>,

    /// `mean estimation` (the expected counts) or `sample generation` (realistic replicates, with
    /// measurement error)
    #[arg(long, env = "REFCAST_SAMPLING_STRATEGY", value_name = "STRATEGY")]
    #[arg(default_value = "mean estimation", help_heading = GENERATION)]
    pub sampling_strategy: String,
    /// How many samples to generate per reference [default: 1]
    #[arg(long, short, env = "REFCAST_NUM_SAMPLES", value_name = "N")]
    #[arg(allow_hyphen_values = true, help_heading = GENERATION)]
    pub num_samples: Option<String>,
    /// What to keep of the reference: `biological`, `technical`, both or `none` [default: both]
    #[arg(
        long,
        env = "REFCAST_CONDITIONING",
        value_name = "NAME,…",
        value_delimiter = ','
    )]
    #[arg(help_heading = GENERATION)]
    pub conditioning: Option<Vec<String>>,
    /// Use the means of the latent distributions instead of draws
    #[arg(long, env = "REFCAST_DETERMINISTIC_LATENTS", help_heading = GENERATION)]
    pub deterministic_latents: bool,
    /// The seed of all draws [default: drawn, and reported]
    #[arg(long, env = "REFCAST_SEED", value_name = "N")]
    #[arg(allow_hyphen_values = true, help_heading = GENERATION)]
    pub seed: Option<String>,
    /// Give every sample --total-count counts, instead of its reference's own library size
    #[arg(long, env = "REFCAST_FIXED_TOTAL_COUNT", help_heading = GENERATION)]
    pub fixed_total_count: bool,
    /// The library size with --fixed-total-count [default: 10000000]
    #[arg(long, env = "REFCAST_TOTAL_COUNT", value_name = "N")]
    #[arg(allow_hyphen_values = true, help_heading = GENERATION)]
    pub total_count: Option<String>,

    /// Where to write the generated samples: .h5ad (counts, effects, intervals, latents), .json (the
    /// same), .tsv or .csv (counts), .tsv.gz or .csv.gz [default: only report]
    #[arg(long, short, env = "REFCAST_OUTPUT", value_name = "FILE", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,

    /// The model to predict with.
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
    /// How many references to hold in memory at a time; the answer does not depend on it
    #[arg(
        long,
        env = "REFCAST_BATCH_SIZE",
        value_name = "N",
        allow_hyphen_values = true
    )]
    pub batch_size: Option<String>,
}
