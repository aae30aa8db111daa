//! A query for each model id, made by the model itself, that runs as it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::failure::StartFailure;
use crate::registry::{Registry, RequestType};

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
        let mut examples = BTreeMap::new();
        for interface in registry.interfaces() {
            if interface.request_type != RequestType::ReferenceConditioned {
                continue;
            }
            let reference = interface
                .served
                .model
                .example_reference(SEED)
                .map_err(|error| StartFailure(format!("{}: {error}", interface.id)))?;
            let query = json!({
                "inputs": [{
                    "counts": {"counts": reference.counts.values()},
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
            });
            examples.insert(interface.id.clone(), query);
        }
        Ok(Self(examples))
    }

    /// The example for a model id that has one.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.0.get(id)
    }
}
