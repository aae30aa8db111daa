//! Metadata from counts.

use refcast::answer::InputFacts;
use refcast_core::{AnnotationQuery, Fault, Faults};
use refcast_io::AlignmentReport;

use super::inputs::Limits;
use super::shared::Shared;
use super::{inputs, keys};
use crate::registry::Served;
use crate::wire::body::Body;
use crate::wire::held::HeldReference;
use crate::wire::json::Fields;

/// The keys of a query; others are reported and ignored, so that newer clients still work.
pub(super) const KEYS: [&str; 7] = [
    "inputs",
    "gene_order",
    "fields",
    "seed",
    "alignment_report",
    "source",
    "operation",
];
/// The keys of one input.
const INPUT_KEYS: [&str; 2] = ["counts", "gene_ids"];

/// Samples to annotate, all in one way.
#[derive(Debug, Clone)]
pub struct AnnotationTasks {
    /// What to say of them.
    pub query: AnnotationQuery,
    /// The samples.
    pub inputs: Vec<Annotated>,
}

/// One input: a sample.
#[derive(Debug, Clone)]
pub struct Annotated {
    /// The sample.
    pub reference: HeldReference,
    /// How its genes were matched, where the query asks for it.
    pub alignment: Option<AlignmentReport>,
    /// What was ignored or left out.
    pub warnings: Vec<String>,
}

impl Annotated {
    /// What is said of it. `says_alignment` is whether any input of the query says how its genes were
    /// matched.
    pub fn facts(&self, position: usize, says_alignment: bool) -> InputFacts<'_> {
        InputFacts {
            position: Some(position as u64),
            warnings: &self.warnings,
            alignment: says_alignment.then_some(self.alignment.as_ref()),
            ..InputFacts::default()
        }
    }
}

pub(super) fn read(
    body: &Body<'_>,
    served: &Served,
    shared: &Shared,
    limits: Limits,
    faults: &mut Faults,
) -> AnnotationTasks {
    let query = faults.keep("", shared.annotation().check(shared.seed));
    let inputs = match inputs::list(body, "`counts`", limits, faults) {
        Some(list) => inputs::read(list, faults, |input, position, path| {
            annotated(input, position, path, served, shared)
        }),
        None => Vec::new(),
    };
    inputs::check_samples(inputs.len() as u64, limits, faults);
    AnnotationTasks {
        // Of a query with faults nothing is answered.
        query: query.unwrap_or(AnnotationQuery {
            fields: None,
            seed: shared.seed,
        }),
        inputs,
    }
}

fn annotated(
    input: &Fields,
    position: usize,
    path: &str,
    served: &Served,
    shared: &Shared,
) -> Result<Annotated, Vec<Fault>> {
    let mut faults = Faults::new();
    keys::refuse_unknown(input, path, &INPUT_KEYS, &mut faults);
    match inputs::counts(input, shared.gene_order.as_ref(), path, served, &mut faults) {
        Some(aligned) => faults
            .finish(Annotated {
                warnings: aligned.warnings,
                // The name is the same wherever the input came from.
                reference: HeldReference::of_counts(position.to_string(), &aligned.counts),
                alignment: aligned.report.filter(|_| shared.alignment_report),
            })
            .map_err(|error| error.into_faults("")),
        None => Err(faults.into_error().into_faults("")),
    }
}
