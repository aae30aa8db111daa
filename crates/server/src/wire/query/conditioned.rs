//! Reference conditioning: counts, and what to do to them.

use refcast_core::{Fault, Faults, PerturbationFields, PerturbationType, Query};
use refcast_io::AlignmentReport;
use refcast_model::Reference;
use refcast_model::vocabulary::Understood;

use super::metadata::PERTURBATION_KEYS;
use super::shared::Shared;
use super::{Limits, inputs, keys, metadata, notes};
use crate::registry::Served;
use crate::wire::body::Body;
use crate::wire::json::Fields;

/// The keys of a query; others are reported and ignored, so that newer clients still work.
pub(super) const KEYS: [&str; 11] = [
    "inputs",
    "gene_order",
    "conditioning",
    "sampling_strategy",
    "fixed_total_count",
    "total_count",
    "deterministic_latents",
    "seed",
    "alignment_report",
    // Clients add who they are and, some, which of several operations they mean.
    "source",
    "operation",
];
/// The keys of one input.
const INPUT_KEYS: [&str; 4] = ["counts", "gene_ids", "metadata", "num_samples"];

/// One input: a reference and what to do with it.
#[derive(Debug, Clone)]
pub struct Conditioned {
    /// The reference, on the model's axis.
    pub reference: Reference,
    /// What to do.
    pub query: Query,
    /// What was understood of the perturbation.
    pub understood: Vec<Understood>,
    /// How its genes were matched, where the query asks for it.
    pub alignment: Option<AlignmentReport>,
    /// What was ignored, left out, or understood where it was not said.
    pub warnings: Vec<String>,
}

impl Conditioned {
    /// How many samples it asks for.
    pub fn samples(&self) -> u64 {
        u64::from(self.query.num_samples)
    }
}

pub(super) fn read(
    body: &Body<'_>,
    served: &Served,
    shared: &Shared,
    limits: Limits,
    faults: &mut Faults,
) -> Vec<Conditioned> {
    let holds = "`counts`, `metadata` and `num_samples`";
    let Some(list) = inputs::list(body, holds, limits, faults) else {
        // What all inputs share is checked all the same, beside a stand-in.
        let control = PerturbationFields {
            perturbation_type: Some(PerturbationType::Control.to_string()),
            ..PerturbationFields::default()
        };
        faults.keep("", shared.conditioned(control, None).check(shared.seed));
        return Vec::new();
    };
    let tasks = inputs::read(list, faults, |input, position, path| {
        task(input, position, path, served, shared)
    });
    let samples = tasks.iter().map(Conditioned::samples).sum();
    inputs::check_samples(samples, limits, faults);
    tasks
}

fn task(
    input: &Fields,
    position: usize,
    path: &str,
    served: &Served,
    shared: &Shared,
) -> Result<Conditioned, Vec<Fault>> {
    let mut faults = Faults::new();
    keys::refuse_unknown(input, path, &INPUT_KEYS, &mut faults);
    let aligned = inputs::counts(input, shared.gene_order.as_ref(), path, served, &mut faults);
    let query = query(input, path, served, shared, &mut faults);
    match (aligned, query) {
        (Some(aligned), Some((query, understood))) => faults
            .finish(Conditioned {
                warnings: [aligned.warnings, notes(&understood)].concat(),
                reference: Reference {
                    // Part of the key of every draw; the same wherever the input came from.
                    name: position.to_string(),
                    counts: aligned.counts,
                },
                query,
                understood,
                alignment: aligned.report.filter(|_| shared.alignment_report),
            })
            .map_err(|error| error.into_faults("")),
        _ => Err(faults.into_error().into_faults("")),
    }
}

fn query(
    input: &Fields,
    path: &str,
    served: &Served,
    shared: &Shared,
    faults: &mut Faults,
) -> Option<(Query, Vec<Understood>)> {
    let num_samples = inputs::num_samples(input, path, faults);
    let at = format!("{path}.metadata");
    let metadata = metadata::object(input, &at, faults)?;
    keys::refuse_unknown(&metadata, &at, &PERTURBATION_KEYS, faults);
    let given = metadata::perturbation(&metadata, &at, faults);
    let (fields, understood) = metadata::completed(given, &at, served, faults);
    match shared.conditioned(fields, num_samples).check(shared.seed) {
        Ok(query) => Some(query).zip(understood),
        Err(error) => {
            for fault in error.into_faults("") {
                let of_metadata = |field: &str| PERTURBATION_KEYS.contains(&field);
                faults.push(metadata::placed(fault, path, of_metadata));
            }
            None
        }
    }
}
