//! A query for each model id, made by the model itself, that runs as it is.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use refcast_core::{
    MetadataField, Perturbation, PerturbationFields, RawQuery, SamplingStrategy, Support,
    SupportLevel,
};
use refcast_model::baseline::NONE;
use refcast_model::vocabulary::Vocabulary;
use refcast_model::{Model, Reference};
use serde_json::{Map, Value, json};

use crate::failure::StartFailure;
use crate::registry::{Interface, Registry, RequestType, Served};

/// Entities whose answers are looked at for one that is well supported.
const LOOKED_AT: usize = 20;
/// The seed of the reference.
const SEED: u64 = 1;

/// The example queries, by model id.
pub struct Examples(BTreeMap<String, Example>);

enum Example {
    Made(Value),
    /// Made when it is first asked for: to find a treatment takes seconds, for which no server waits
    /// at its start.
    Conditioned {
        reference: Reference,
        made: OnceLock<Value>,
    },
}

impl Examples {
    /// One for each id.
    ///
    /// # Errors
    /// A model that cannot make its own example.
    pub fn new(registry: &Registry) -> Result<Self, StartFailure> {
        let examples = registry
            .interfaces()
            .map(|interface| -> Result<_, StartFailure> {
                let example = match interface.request_type {
                    RequestType::Baseline => Example::Made(baseline(&interface.served)),
                    RequestType::ReferenceConditioned => Example::Conditioned {
                        reference: reference(interface)?,
                        made: OnceLock::new(),
                    },
                    RequestType::PredictMetadata => Example::Made(annotation(interface)?),
                };
                Ok((interface.id.clone(), example))
            });
        Ok(Self(examples.collect::<Result<_, _>>()?))
    }

    /// The example for a model id that has one. May take seconds the first time.
    pub fn get(&self, interface: &Interface) -> Option<&Value> {
        Some(match self.0.get(&interface.id)? {
            Example::Made(made) => made,
            Example::Conditioned { reference, made } => {
                made.get_or_init(|| conditioned(&interface.served.model, reference))
            }
        })
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

fn conditioned(model: &Model, reference: &Reference) -> Value {
    json!({
        "inputs": [{
            "counts": counts(reference),
            "metadata": treatment(model, reference),
            "num_samples": 1,
        }],
        "conditioning": ["biological", "technical"],
        "sampling_strategy": "mean estimation",
        "fixed_total_count": false,
        "deterministic_latents": false,
        "seed": SEED,
    })
}

/// What training saw such cells treated with: of the entities with the most samples the first whose
/// answer is well supported, or else the one with the best.
fn treatment(model: &Model, reference: &Reference) -> PerturbationFields {
    let mut entities: Vec<_> = model
        .vocabulary()
        .map_or(&[][..], Vocabulary::trained)
        .iter()
        .collect();
    entities.sort_by_key(|entity| Reverse(entity.samples));
    let mut best: Option<(f32, PerturbationFields)> = None;
    for entity in entities.into_iter().take(LOOKED_AT) {
        let fields = PerturbationFields {
            perturbation_ontology_id: Some(entity.id.to_string()),
            perturbation_type: entity.types.first().map(ToString::to_string),
            ..PerturbationFields::default()
        };
        // What the model cannot be asked is no example.
        let Some(support) = support(model, reference, fields.clone()) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(score, _)| support.score > *score)
        {
            best = Some((support.score, fields));
        }
        if support.level == SupportLevel::Strong {
            break;
        }
    }
    best.map_or_else(|| Perturbation::control().into(), |(_, fields)| fields)
}

fn support(
    model: &Model,
    reference: &Reference,
    perturbation: PerturbationFields,
) -> Option<Support> {
    let raw = RawQuery {
        perturbation,
        sampling_strategy: Some(SamplingStrategy::MeanEstimation.to_string()),
        ..RawQuery::default()
    };
    let plan = model.plan(&raw.check(SEED).ok()?).ok()?;
    model
        .effect(&plan, reference)
        .ok()
        .map(|(_, support)| support)
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
