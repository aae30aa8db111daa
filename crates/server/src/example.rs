//! A query for each model id, made by the model itself, that runs as it is.

use std::collections::BTreeMap;

use refcast_core::{Counts, MetadataField, Perturbation, PerturbationFields};
use refcast_model::baseline::NONE;
use refcast_model::{Model, Reference, SAMPLE_FIELD};
use serde_json::{Map, Value, json};

use crate::failure::StartFailure;
use crate::registry::{Interface, Registry, RequestType, Served};

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
                    RequestType::SampleConditioned => by_sample_id(interface)?,
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

/// A sample that the model makes up.
fn reference(interface: &Interface) -> Result<Reference, StartFailure> {
    let made = interface.served.model.example_reference(SEED);
    made.map_err(|error| StartFailure(format!("{}: {error}", interface.id)))
}

fn counts(reference: &Reference) -> Value {
    json!({"counts": reference.counts.values()})
}

fn conditioned(interface: &Interface) -> Result<Value, StartFailure> {
    let reference = reference(interface)?;
    let metadata = treatment(&interface.served.model, &reference.counts);
    Ok(of_input(json!({
        "counts": counts(&reference),
        "metadata": metadata,
        "num_samples": 1,
    })))
}

/// A sample with an id that many know how to look up, and a treatment that its cells were seen with.
fn by_sample_id(interface: &Interface) -> Result<Value, StartFailure> {
    let model = &interface.served.model;
    let failed = |why: &dyn std::fmt::Display| StartFailure(format!("{}: {why}", interface.id));
    let nothing = || failed(&"keeps no samples of training");
    let samples = model.training_samples().ok_or_else(nothing)?;
    let all = samples.samples();
    let public = all.iter().position(|own| own.id.starts_with("SRR"));
    let at = public.unwrap_or(0);
    let id = all.get(at).map(|own| own.id.clone()).ok_or_else(nothing)?;
    let reference = model.training_reference(samples, at, id.clone());
    let reference = reference.map_err(|error| failed(&error))?;
    Ok(of_input(json!({
        SAMPLE_FIELD: id,
        "metadata": treatment(model, &reference.counts),
        "num_samples": 1,
    })))
}

fn of_input(input: Value) -> Value {
    json!({
        "inputs": [input],
        "conditioning": ["biological", "technical"],
        "sampling_strategy": "mean estimation",
        "fixed_total_count": false,
        "deterministic_latents": false,
        "seed": SEED,
    })
}

/// What the most samples of the nearest cells of training were treated with; no more than a look at
/// the bank, since every start waits for it.
fn treatment(model: &Model, counts: &Counts) -> PerturbationFields {
    let bank = model.effects();
    let levels = model.measurement().levels(counts, 1.0);
    let nearness = model
        .profiles()
        .correlations(bank, &levels, counts.observed());
    let treated = bank.entries().iter().filter(|entry| {
        entry.samples > 0 && entry.entities.len() == 1 && entry.background.is_none()
    });
    // Of equals the first, so that the example stays the same.
    let nearest = treated.rev().max_by(|a, b| {
        let by_cells = nearness[a.context].total_cmp(&nearness[b.context]);
        by_cells.then(a.samples.cmp(&b.samples))
    });
    match nearest {
        Some(entry) => PerturbationFields {
            perturbation_ontology_id: Some(entry.entities[0].to_string()),
            perturbation_type: Some(entry.kind.to_string()),
            ..PerturbationFields::default()
        },
        None => Perturbation::control().into(),
    }
}

fn annotation(interface: &Interface) -> Result<Value, StartFailure> {
    Ok(json!({"inputs": [{"counts": counts(&reference(interface)?)}], "seed": SEED}))
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
