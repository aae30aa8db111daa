//! The models that are served: a base model and the interfaces that it answers.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use refcast_core::Fault;
use refcast_core::nearest::nearest;
use refcast_io::GeneResolver;
use refcast_model::Model;
use refcast_model::bundle::BUILT_IN;
use serde::Serialize;
use utoipa::ToSchema;

use crate::failure::StartFailure;
use crate::kept::Kept;

/// What a request to a model id asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestType {
    /// Metadata to expression.
    Baseline,
    /// Reference counts and a perturbation to expression.
    ReferenceConditioned,
    /// A sample of training, by its id, and a perturbation to expression.
    SampleConditioned,
    /// Counts to metadata.
    PredictMetadata,
}

impl RequestType {
    const ALL: [Self; 4] = [
        Self::Baseline,
        Self::ReferenceConditioned,
        Self::SampleConditioned,
        Self::PredictMetadata,
    ];

    /// As the wire protocol and a bundle's capabilities write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::ReferenceConditioned => "reference_conditioned",
            Self::SampleConditioned => "sample_conditioned",
            Self::PredictMetadata => "predict_metadata",
        }
    }

    /// What the id of a base model has appended for it.
    fn suffix(self) -> &'static str {
        match self {
            Self::Baseline => "",
            Self::ReferenceConditioned => "_reference-conditioning",
            Self::SampleConditioned => "_condition-on-sample-ids",
            Self::PredictMetadata => "_predict-metadata",
        }
    }
}

impl fmt::Display for RequestType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A base model with what requests need of it beside the weights.
pub struct Served {
    /// The model.
    pub model: Model,
    /// Finds its genes by the names that clients write.
    pub resolver: GeneResolver,
    /// The ids of its genes in order, as answers give them.
    pub gene_order: Vec<String>,
    /// The same as a JSON array: most of the bytes of a short answer.
    pub gene_order_json: String,
    /// What was prepared for queries before.
    pub kept: Kept,
}

impl Served {
    fn new(model: Model) -> Result<Self, StartFailure> {
        let damaged = |error: &dyn fmt::Display| {
            StartFailure(format!("model {}: {error}", model.manifest().id))
        };
        let vocabulary = model
            .vocabulary()
            .ok_or_else(|| damaged(&"has no vocabulary"))?;
        let resolver =
            refcast::gene_resolver(&model, vocabulary).map_err(|error| damaged(&error))?;
        let gene_order: Vec<String> = model
            .axis()
            .genes()
            .iter()
            .map(|gene| gene.id.to_string())
            .collect();
        Ok(Self {
            resolver,
            gene_order_json: serde_json::to_string(&gene_order).map_err(|error| damaged(&error))?,
            gene_order,
            model,
            kept: Kept::default(),
        })
    }
}

/// One model id: a base model under one of its interfaces.
#[derive(Clone)]
pub struct Interface {
    /// The id that clients name.
    pub id: String,
    /// What a request to it asks for.
    pub request_type: RequestType,
    /// The weights.
    pub served: Arc<Served>,
}

/// Every model id that is served.
#[derive(Default)]
pub struct Registry {
    interfaces: BTreeMap<String, Interface>,
}

impl Registry {
    /// The models in the program, and one in each folder of `models` that holds a `manifest.json`.
    ///
    /// # Errors
    /// A bundle that is damaged, and two that have one id.
    pub fn open(models: Option<&Path>) -> Result<Self, StartFailure> {
        let mut registry = Self::default();
        let mut folders = Vec::new();
        if let Some(models) = models {
            let unreadable =
                |error| StartFailure(format!("models folder {}: {error}", models.display()));
            for entry in std::fs::read_dir(models).map_err(unreadable)? {
                let folder = entry.map_err(unreadable)?.path();
                if folder.join("manifest.json").is_file() {
                    folders.push(folder);
                }
            }
            folders.sort();
        }
        for folder in folders {
            let model = Model::load(&folder)
                .map_err(|error| StartFailure(format!("{}: {error}", folder.display())))?;
            registry.add(model)?;
        }
        for id in BUILT_IN {
            // A folder with a model of the same id is there to take its place.
            let mut known = registry.interfaces.values();
            if known.any(|known| known.served.model.manifest().id == id) {
                continue;
            }
            if let Some(model) = Model::built_in(id) {
                registry.add(model.map_err(|error| StartFailure(error.to_string()))?)?;
            }
        }
        Ok(registry)
    }

    fn add(&mut self, model: Model) -> Result<(), StartFailure> {
        let served = Arc::new(Served::new(model)?);
        let manifest = served.model.manifest();
        let answered = RequestType::ALL.into_iter().filter(|request_type| {
            manifest
                .capabilities
                .iter()
                .any(|name| name == request_type.name())
        });
        for request_type in answered {
            let id = format!("{}{}", manifest.id, request_type.suffix());
            let interface = Interface {
                id: id.clone(),
                request_type,
                served: Arc::clone(&served),
            };
            if self.interfaces.insert(id.clone(), interface).is_some() {
                return Err(StartFailure(format!(
                    "two models have the id {id}: give one of them another in its manifest"
                )));
            }
        }
        Ok(())
    }

    /// All of them, by id.
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.interfaces.values()
    }

    /// The one of that id.
    ///
    /// # Errors
    /// A fault with the nearest ids.
    pub fn get(&self, id: &str) -> Result<&Interface, Fault> {
        self.interfaces.get(id).ok_or_else(|| {
            let known = self.interfaces.keys().map(String::as_str);
            Fault::new(
                "model_id",
                "unknown_model",
                format!(
                    "no model {} is served here (GET /api/models)",
                    refcast_core::quoted(id)
                ),
            )
            .with_nearest(nearest(id, known, 3))
        })
    }
}
