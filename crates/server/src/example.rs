//! A query for each model id, made by the model itself, that runs as it is.

use std::collections::BTreeMap;

use refcast_core::MetadataField;
use refcast_model::baseline::NONE;
use serde_json::{Map, Value, json};

use crate::failure::StartFailure;
use crate::registry::{Interface, Registry, RequestType, Served};

/// The response that many cells have and biologists know.
const DEXAMETHASONE: &str = "CHEMBL384467";
/// The seed of the reference.
const SEED: u64 = 1;

/// The example queries, by model id.
pub struct Examples(BTreeMap<String, Value>);

impl Examples {
    /// Generates one for each id.
    ///
    /// # Errors
    /// A model that cannot make its own example.
    pub fn new(registry: &Registry) -> Result<Self, StartFailure> {
        let examples = registry
            .interfaces()
            .map(|interface| -> Result<_, StartFailure> {
                let query = match interface.request_type {
                    RequestType::Baseline => baseline(&interface.served),
                    RequestType::ReferenceConditioned => conditioned(interface)?,
                    RequestType::PredictMetadata => annotation(interface)?,
                };
                Ok((interface.id.clone(), query))
            });
        Ok(Self(examples.collect::<Result<_, _>>()?))
    }

    /// The example for a model id that has one.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.0.get(id)
    }
}

/// Counts of a sample that the model makes up.
fn counts(interface: &Interface) -> Result<Value, StartFailure> {
    let reference = interface
        .served
        .model
        .example_reference(SEED)
        .map_err(|error| StartFailure(format!("{}: {error}", interface.id)))?;
    Ok(json!({"counts": reference.counts.values()}))
}

fn conditioned(interface: &Interface) -> Result<Value, StartFailure> {
    Ok(json!({
        "inputs": [{
            "counts": counts(interface)?,
            "metadata": {
                "perturbation_ontology_id": DEXAMETHASONE,
                "perturbation_type": "compound",
                "perturbation_time": "24 h",
                "perturbation_dose": "100 nM",
            },
            "num_samples": 1,
        }],
        "conditioning": ["biological", "technical"],
        "sampling_strategy": "mean estimation",
        "fixed_total_count": false,
        "deterministic_latents": false,
        "seed": SEED,
    }))
}

fn annotation(interface: &Interface) -> Result<Value, StartFailure> {
    Ok(json!({"inputs": [{"counts": counts(interface)?}], "seed": SEED}))
}

/// What most of the untreated samples of training were, without the study: a description that the
/// model knows well.
fn baseline(served: &Served) -> Value {
    let groups = served
        .model
        .baseline_model()
        .map_or(&[][..], |own| &own.groups);
    // Of equals the first, so that the example stays the same.
    let largest = groups.iter().rev().max_by_key(|group| group.samples);
    let metadata: Map<String, Value> = largest
        .into_iter()
        .flat_map(|group| group.metadata.iter())
        .filter(|(field, value)| *field != MetadataField::Study && *value != NONE)
        .map(|(field, value)| (field.name().to_owned(), json!(value)))
        .collect();
    json!({
        "inputs": [{"metadata": metadata, "num_samples": 1}],
        "sampling_strategy": "mean estimation",
        "fixed_total_count": false,
        "deterministic_latents": false,
        "seed": SEED,
    })
}
