//! Conditioning: a reference, and what to do to it.

use refcast::answer::InputFacts;
use refcast_core::{Faults, PerturbationFields, PerturbationType, Query};
use refcast_io::AlignmentReport;
use refcast_model::vocabulary::Understood;

use super::inputs::Limits;
use super::metadata::PERTURBATION_KEYS;
use super::metadata::notes;
use super::reference::{Found, Origin};
use super::shared::Shared;
use super::{inputs, keys, metadata};
use crate::registry::Served;
use crate::wire::body::Body;
use crate::wire::held::HeldReference;
use crate::wire::json::Fields;

/// One input: a reference and what to do with it.
#[derive(Debug, Clone)]
pub struct Conditioned {
    /// The reference.
    pub reference: HeldReference,
    /// The sample of training that it is, where it is one.
    pub sample_id: Option<String>,
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

    /// What is said of each of its samples. `says_alignment` is whether any input of the query says
    /// how its genes were matched.
    pub fn facts(&self, position: usize, says_alignment: bool) -> InputFacts<'_> {
        InputFacts {
            name: None,
            position: Some(position as u64),
            sample_id: self.sample_id.as_deref(),
            understood: &self.understood,
            warnings: &self.warnings,
            alignment: says_alignment.then_some(self.alignment.as_ref()),
        }
    }
}

pub(super) fn read(
    body: &Body<'_>,
    served: &Served,
    shared: &Shared,
    limits: Limits,
    origin: Origin,
    faults: &mut Faults,
) -> Vec<Conditioned> {
    let Some(list) = inputs::list(body, origin.input_words(), limits, faults) else {
        // What all inputs share is checked all the same, beside a stand-in.
        let control = PerturbationFields {
            perturbation_type: Some(PerturbationType::Control.to_string()),
            ..PerturbationFields::default()
        };
        faults.keep("", shared.conditioned(control, None).check(shared.seed));
        return Vec::new();
    };
    let tasks = inputs::read(list, faults, |input, position, path| {
        let mut faults = Faults::new();
        keys::refuse_unknown(input, path, origin.input_keys(), &mut faults);
        let found = origin.find(input, position, path, served, shared, &mut faults);
        let query = query(input, path, served, shared, &mut faults);
        match (found, query) {
            (Some(found), Some((query, understood))) => faults
                .finish(task(found, query, understood))
                .map_err(|error| error.into_faults("")),
            _ => Err(faults.into_error().into_faults("")),
        }
    });
    let samples = tasks.iter().map(Conditioned::samples).sum();
    inputs::check_samples(samples, limits, faults);
    tasks
}

fn task(found: Found, mut query: Query, understood: Vec<Understood>) -> Conditioned {
    if let (Some(sample), false) = (&found.sample, query.fixed_total_count) {
        query.fixed_total_count = true;
        query.total_count = Some(sample.library_size);
    }
    Conditioned {
        warnings: [found.warnings, notes(&understood)].concat(),
        reference: found.reference,
        sample_id: found.sample.map(|sample| sample.id),
        query,
        understood,
        alignment: found.alignment,
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
