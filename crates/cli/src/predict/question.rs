//! The question that the flags make.

use refcast::{ConditionedAsk, Input, InputOptions, Result, Session};
use refcast_core::{Fault, Faults, PerturbationFields, RawQuery};

use crate::flags::PredictFlags;

/// What `--example` shows when nothing is named: a response that many cells have and biologists
/// know.
const EXAMPLE: &str = "dexamethasone";

/// What to do to the references.
///
/// # Errors
/// As [`ConditionedAsk::new`].
pub fn ask(flags: &PredictFlags, session: &Session) -> Result<ConditionedAsk> {
    let perturbation = PerturbationFields {
        perturbation_ontology_id: flags.perturbation_ontology_id.clone(),
        perturbation_type: flags.perturbation_type.clone(),
        perturbation_time: flags.perturbation_time.clone(),
        perturbation_dose: flags.perturbation_dose.clone(),
    };
    let nothing_named =
        flags.perturbation.is_none() && perturbation == PerturbationFields::default();
    let name = match &flags.perturbation {
        None if flags.example && nothing_named => Some(EXAMPLE),
        name => name.as_deref(),
    };
    let raw = RawQuery {
        perturbation,
        num_samples: flags.num_samples.clone(),
        // A shell likes hyphens better than quotes.
        sampling_strategy: Some(flags.sampling_strategy.replace(['-', '_'], " ")),
        conditioning: flags.conditioning.as_deref().map(conditioning),
        deterministic_latents: Some(flags.deterministic_latents),
        seed: flags.seed.clone(),
        total_count: flags.total_count.clone(),
        fixed_total_count: Some(flags.fixed_total_count),
    };
    ConditionedAsk::new(session, name, raw)
}

/// An empty list cannot be typed; `none` can.
fn conditioning(names: &[String]) -> Vec<String> {
    match names {
        [only] if only.trim().is_empty() || only.trim().eq_ignore_ascii_case("none") => Vec::new(),
        names => names.to_vec(),
    }
}

/// The references. `seed` makes the example; it is known unless the query is wrong.
///
/// # Errors
/// No input or two of them, flags that do not belong to it; as [`Input::open`].
pub fn input(flags: &PredictFlags, session: &Session, seed: Option<u64>) -> Result<Input> {
    match (flags.input.as_slice(), flags.example) {
        ([_, ..], true) => Err(Fault::new(
            "input",
            "contradiction",
            "give either --input or --example: the example needs no input",
        )
        .into()),
        ([], false) => Err(Fault::new(
            "input",
            "missing",
            "name a file of raw counts (-i counts.tsv.gz, .csv, .h5ad, .h5 or a folder of Cell Ranger; - for standard input), or use \
             --example for a reference that the model generates",
        )
        .into()),
        ([], true) => {
            check_example(flags)?;
            Input::example(session, seed.unwrap_or(0))
        }
        (paths, false) => Input::open(paths, flags.into(), session),
    }
}

/// An example takes no flag of a file.
fn check_example(flags: &PredictFlags) -> refcast_core::Result<()> {
    let of_files = [
        (flags.samples.is_some(), "samples"),
        (flags.layer.is_some(), "layer"),
        (flags.raw, "raw"),
        (flags.samples_in_rows, "samples_in_rows"),
        (flags.transcript_genes.is_some(), "transcript_genes"),
    ];
    let mut faults = Faults::new();
    for (_, field) in of_files.into_iter().filter(|(given, _)| *given) {
        faults.add(
            field,
            "contradiction",
            "belongs to an input file; leave it out with --example",
        );
    }
    faults.into_result()
}

impl<'a> From<&'a PredictFlags> for InputOptions<'a> {
    fn from(flags: &'a PredictFlags) -> Self {
        Self {
            samples: flags.samples.as_deref(),
            samples_in_rows: flags.samples_in_rows,
            transcript_genes: flags.transcript_genes.as_deref(),
            layer: flags.layer.as_deref(),
            raw: flags.raw,
        }
    }
}
