//! Expression from metadata alone.

use refcast::answer::InputFacts;
use refcast_core::{BaselineQuery, Fault, Faults, MetadataField, PerturbationFields};
use refcast_model::vocabulary::Understood;

use super::inputs::Limits;
use super::metadata::PERTURBATION_KEYS;
use super::metadata::notes;
use super::shared::Shared;
use super::{inputs, keys, metadata};
use crate::registry::Served;
use crate::wire::body::Body;
use crate::wire::json::Fields;

/// The keys of a query; others are reported and ignored, so that newer clients still work.
pub(super) const KEYS: [&str; 8] = [
    "inputs",
    "sampling_strategy",
    // Taken, since clients send it with every query.
    "fixed_total_count",
    "total_count",
    "deterministic_latents",
    "seed",
    "source",
    "operation",
];
/// The keys of one input.
const INPUT_KEYS: [&str; 2] = ["metadata", "num_samples"];

/// One input: the description of a sample.
#[derive(Debug, Clone)]
pub struct Described {
    /// What to generate.
    pub query: BaselineQuery,
    /// What was understood of the perturbation; none where nothing is done.
    pub understood: Vec<Understood>,
    /// What was ignored, or understood where it was not said.
    pub warnings: Vec<String>,
}

impl Described {
    /// How many samples it asks for.
    pub fn samples(&self) -> u64 {
        u64::from(self.query.num_samples)
    }

    /// What is said of each of its samples.
    pub fn facts(&self, position: u32) -> InputFacts<'_> {
        InputFacts {
            position: Some(position.into()),
            understood: &self.understood,
            warnings: &self.warnings,
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
) -> Vec<Described> {
    let Some(list) = inputs::list(body, "`metadata` and `num_samples`", limits, faults) else {
        // What all inputs share is checked all the same, beside an empty description.
        let nothing = PerturbationFields::default();
        let raw = shared.baseline(Vec::new(), nothing, None);
        faults.keep("", raw.check(shared.seed));
        return Vec::new();
    };
    let tasks = inputs::read(list, faults, |input, _, path| {
        task(input, path, served, shared)
    });
    let samples = tasks.iter().map(Described::samples).sum();
    inputs::check_samples(samples, limits, faults);
    tasks
}

fn task(
    input: &Fields,
    path: &str,
    served: &Served,
    shared: &Shared,
) -> Result<Described, Vec<Fault>> {
    let mut faults = Faults::new();
    keys::refuse_unknown(input, path, &INPUT_KEYS, &mut faults);
    let num_samples = inputs::num_samples(input, path, &mut faults);
    let at = format!("{path}.metadata");
    let Some(metadata) = metadata::object(input, &at, &mut faults) else {
        return Err(faults.into_error().into_faults(""));
    };
    let known: Vec<&str> = MetadataField::ALL
        .map(MetadataField::name)
        .into_iter()
        .chain(PERTURBATION_KEYS)
        .collect();
    keys::refuse_unknown(&metadata, &at, &known, &mut faults);
    let described: Vec<(String, String)> = MetadataField::ALL
        .map(MetadataField::name)
        .into_iter()
        .filter_map(|key| {
            let value = metadata::value(&metadata, key, &at, &mut faults)?;
            Some((key.to_owned(), value))
        })
        .collect();
    let given = metadata::perturbation(&metadata, &at, &mut faults);
    let (fields, understood) = if given.is_empty() {
        (PerturbationFields::default(), Some(Vec::new()))
    } else {
        metadata::completed(given, &at, served, &mut faults)
    };
    match shared
        .baseline(described, fields, num_samples)
        .check(shared.seed)
    {
        Ok(query) => {
            let understood = understood.unwrap_or_default();
            faults
                .finish(Described {
                    query,
                    warnings: notes(&understood),
                    understood,
                })
                .map_err(|error| error.into_faults(""))
        }
        Err(error) => {
            for fault in error.into_faults("") {
                let of_metadata = |field: &str| known.contains(&field);
                faults.push(metadata::placed(fault, path, of_metadata));
            }
            Err(faults.into_error().into_faults(""))
        }
    }
}
