//! From expression to metadata: the probability of each value of each field, and whether the sample
//! is like anything that training saw at all.

mod broader;
mod classifier;
mod markers;
mod novelty;
mod ranks;
mod view;

use std::sync::Arc;

use refcast_core::MetadataField;
use serde::{Deserialize, Serialize};

pub use broader::{Broader, SURE};
pub use classifier::{Classifier, ClassifierSettings, softmax};
pub use markers::{MarkerSet, Markers};
pub use novelty::{Novelty, TrainingGroups};
pub use view::{LatentView, squared_distance};

use classifier::Viewed;

use crate::bundle::{Tensor, Tensors};
use crate::error::{Error, Result};
use crate::latent::{Encoder, LatentModel};
use crate::linalg::{Cholesky, Symmetric};

/// The file of a bundle that says what the classifiers tell apart.
pub const CLASSIFIERS: &str = "classifiers.json";

/// Every classifier of a model.
#[derive(Debug, Clone)]
pub struct Classifiers {
    /// Those on latents.
    pub fields: Vec<Classifier>,
    /// Those on markers.
    pub markers: Vec<Markers>,
    /// S: covariance of technical and biological latents within groups.
    pub within: Symmetric,
    /// Covariance of groups of one description between studies.
    pub between: Symmetric,
    /// Means of all groups of training, `[groups × latents]`.
    pub groups: Vec<f32>,
    /// When a sample is like none of them.
    pub novelty: Novelty,
}

#[derive(Serialize, Deserialize)]
struct StoredClassifiers {
    fields: Vec<ClassifierSettings>,
    markers: Vec<Markers>,
    groups: usize,
    novelty: Novelty,
}

/// The classifiers as they show through the genes that some samples measure.
#[derive(Debug)]
pub struct PreparedClassifiers {
    /// Makes the posteriors.
    pub encoder: Encoder,
    within: Option<Cholesky>,
    /// Tells whether a sample is like any.
    pub known: TrainingGroups,
    fields: Vec<Viewed>,
}

/// What the classifiers say of one sample.
#[derive(Debug, Clone)]
pub struct Classification {
    /// For each field the probabilities of its values, in their order.
    pub fields: Vec<(MetadataField, Vec<f64>)>,
    /// Squared distance to the nearest group over the number of latents, and mean squared residual
    /// over its variance.
    pub scores: [f64; 2],
    /// The posterior mean of the latents.
    pub latents: Vec<f64>,
}

impl Classifiers {
    /// Takes the classifiers out of a bundle.
    ///
    /// # Errors
    /// A table that does not parse, a tensor that is missing or has another shape.
    pub fn take(tensors: &mut Tensors, latents: usize, json: &[u8]) -> Result<Self> {
        let stored: StoredClassifiers = serde_json::from_slice(json)
            .map_err(|problem| Error::bundle(CLASSIFIERS, problem.to_string()))?;
        let mut square = |name: &str| -> Result<Symmetric> {
            let values = tensors.take_f32(name, &[latents, latents])?;
            Ok(Symmetric::from_fn(latents, |i, j| {
                f64::from(values[i * latents + j])
            }))
        };
        let (within, between) = (square("classify.within")?, square("classify.between")?);
        let fields = stored.fields.into_iter();
        Ok(Self {
            groups: tensors.take_f32("classify.groups", &[stored.groups, latents])?,
            fields: fields
                .map(|settings| Classifier::take(tensors, latents, settings))
                .collect::<Result<_>>()?,
            markers: stored.markers,
            within,
            between,
            novelty: stored.novelty,
        })
    }

    /// Puts the classifiers among a bundle's tensors; the text is that of [`CLASSIFIERS`].
    ///
    /// # Errors
    /// None that classifiers have.
    pub fn put(&self, tensors: &mut Tensors) -> Result<Vec<u8>> {
        let n = self.within.n();
        for (name, own) in [("within", &self.within), ("between", &self.between)] {
            let values = (0..n * n)
                .map(|at| own.get(at / n, at % n) as f32)
                .collect();
            tensors.insert(format!("classify.{name}"), &[n, n], Tensor::F32(values));
        }
        let groups = self.groups.len() / n.max(1);
        let means = Tensor::F32(self.groups.clone());
        tensors.insert("classify.groups", &[groups, n], means);
        for own in &self.fields {
            own.put(tensors);
        }
        let stored = StoredClassifiers {
            fields: self.fields.iter().map(|own| own.settings.clone()).collect(),
            markers: self.markers.clone(),
            groups,
            novelty: self.novelty,
        };
        let mut json = serde_json::to_vec_pretty(&stored)
            .map_err(|problem| Error::bundle(CLASSIFIERS, problem.to_string()))?;
        json.push(b'\n');
        Ok(json)
    }

    /// The values of a field, in the order of the probabilities.
    pub fn values(&self, field: MetadataField) -> &[String] {
        let on_latents = self.fields.iter().find(|own| own.settings.field == field);
        let on_markers = self.markers.iter().find(|own| own.field == field);
        on_latents
            .map(|own| own.settings.values.as_slice())
            .or(on_markers.map(|own| own.values.as_slice()))
            .unwrap_or_default()
    }

    /// Prepares for samples that measure the genes of a mask `[genes]`.
    pub fn prepare(&self, model: &LatentModel, observed: &Arc<[bool]>) -> PreparedClassifiers {
        let encoder = Encoder::new(model, observed);
        let view = LatentView::new(model, &encoder);
        PreparedClassifiers {
            within: view.covariance(&self.within),
            known: TrainingGroups::new(self, &view),
            fields: self
                .fields
                .iter()
                .map(|own| own.viewed(&view, &self.within, observed))
                .collect(),
            encoder,
        }
    }

    /// Classifies a sample by its levels `[genes]`, prepared for by its own mask.
    pub fn classify(
        &self,
        model: &LatentModel,
        prepared: &PreparedClassifiers,
        levels: &[f64],
        observed: &[bool],
    ) -> Classification {
        let nothing_known = vec![0.0; model.sizes.total()];
        let latents = prepared.encoder.encode(model, levels, &nothing_known).mean;
        let decoded = model.decode(&latents);
        let scores = prepared
            .known
            .scores(model, levels, &decoded, observed, &latents, |_| 0.0);
        Classification {
            fields: self.fields_of(prepared, levels, observed, &latents),
            scores,
            latents,
        }
    }

    /// For each field the probabilities of its values, by the levels `[genes]` of a sample and the
    /// posterior mean of its latents.
    pub fn fields_of(
        &self,
        prepared: &PreparedClassifiers,
        levels: &[f64],
        observed: &[bool],
        latents: &[f64],
    ) -> Vec<(MetadataField, Vec<f64>)> {
        let level = |gene: usize| observed[gene].then(|| levels[gene]);
        let mut fields: Vec<(MetadataField, Vec<f64>)> = Vec::new();
        if let Some(within) = &prepared.within {
            for (own, viewed) in self.fields.iter().zip(&prepared.fields) {
                let densities = own.densities(viewed, within, latents);
                let correlations = viewed.correlations(|gene| levels[gene]);
                let probabilities = own.settings.probabilities(&densities, &correlations);
                fields.push((own.settings.field, probabilities));
            }
        }
        let markers = self.markers.iter();
        fields.extend(markers.map(|own| (own.field, own.probabilities(level))));
        fields.sort_by_key(|(field, _)| *field);
        fields
    }
}
