//! From expression to metadata: the probability of each value of each field, and whether the sample
//! is like anything that training saw at all.

mod broader;
mod classifier;
mod markers;
mod ranks;
mod view;

use std::sync::Arc;

use refcast_core::MetadataField;
use serde::{Deserialize, Serialize};

pub use broader::{Broader, SURE};
pub use classifier::{Classifier, ClassifierSettings, softmax};
pub use markers::{MarkerSet, Markers};
pub use view::{View, squared_distance};

use classifier::Viewed;

use crate::bundle::{Tensor, Tensors};
use crate::error::{Error, Result};
use crate::latent::{Encoder, LatentModel};
use crate::linalg::{Cholesky, Symmetric};

/// The file of a bundle that says what the classifiers tell apart.
pub const CLASSIFIERS: &str = "classifiers.json";

/// The scores beyond which a sample counts as like none of training: each is passed by one in forty
/// samples of studies that were left out of it (`refcast bench annotation`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Novelty {
    /// Squared distance to the nearest group over the number of latents.
    pub distance: f64,
    /// Mean over genes of the squared residual over its variance.
    pub residual: f64,
}

impl Default for Novelty {
    fn default() -> Self {
        Self {
            distance: 3.0,
            residual: 8.0,
        }
    }
}

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
struct Stored {
    fields: Vec<ClassifierSettings>,
    markers: Vec<Markers>,
    groups: usize,
    novelty: Novelty,
}

/// The classifiers as they show through the genes that some samples measure.
#[derive(Debug)]
pub struct Prepared {
    /// Makes the posteriors.
    pub encoder: Encoder,
    within: Option<Cholesky>,
    anywhere: Option<Cholesky>,
    groups: Vec<Vec<f64>>,
    fields: Vec<Viewed>,
}

/// What the classifiers say of one sample.
#[derive(Debug, Clone)]
pub struct Said {
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
        let stored: Stored = serde_json::from_slice(json)
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
        let stored = Stored {
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
    pub fn prepare(&self, model: &LatentModel, observed: &Arc<[bool]>) -> Prepared {
        let encoder = Encoder::new(model, observed);
        let view = View::new(model, &encoder);
        let n = self.within.n();
        let anywhere = Symmetric::from_fn(n, |i, j| self.within.get(i, j) + self.between.get(i, j));
        let groups = self.groups.chunks(n.max(1));
        Prepared {
            within: view.covariance(&self.within),
            anywhere: view.covariance(&anywhere),
            groups: groups
                .map(|own| view.mean(own.iter().map(|m| f64::from(*m))))
                .collect(),
            fields: self
                .fields
                .iter()
                .map(|own| own.viewed(&view, &self.within, observed))
                .collect(),
            encoder,
        }
    }

    /// What is said of a sample, prepared for by its own mask.
    pub fn say(
        &self,
        model: &LatentModel,
        prepared: &Prepared,
        levels: &[f64],
        observed: &[bool],
    ) -> Said {
        let nothing_known = vec![0.0; model.sizes.total()];
        let latents = prepared.encoder.encode(model, levels, &nothing_known).mean;
        let decoded = model.decode(&latents);
        let level = |gene: usize| observed[gene].then(|| levels[gene]);
        let residual = |gene: usize| level(gene).map(|own| own - decoded[gene].max(0.0));
        let mut fields: Vec<(MetadataField, Vec<f64>)> = Vec::new();
        if let Some(within) = &prepared.within {
            for (own, viewed) in self.fields.iter().zip(&prepared.fields) {
                let densities = own.densities(viewed, within, &latents);
                let correlations = viewed.correlations(|gene| levels[gene]);
                let probabilities = own.settings.probabilities(&densities, &correlations);
                fields.push((own.settings.field, probabilities));
            }
        }
        let markers = self.markers.iter();
        fields.extend(markers.map(|own| (own.field, own.probabilities(level))));
        fields.sort_by_key(|(field, _)| *field);
        Said {
            fields,
            scores: [
                self.distance(prepared, &latents),
                residual_score(model, residual),
            ],
            latents,
        }
    }

    /// Squared distance to the nearest group over the number of latents.
    fn distance(&self, prepared: &Prepared, latents: &[f64]) -> f64 {
        let Some(factor) = &prepared.anywhere else {
            return 0.0;
        };
        let nearest = prepared
            .groups
            .iter()
            .map(|mean| {
                let off: Vec<f64> = latents.iter().zip(mean).map(|(z, m)| z - m).collect();
                squared_distance(factor, &off)
            })
            .fold(f64::INFINITY, f64::min);
        if nearest.is_finite() {
            nearest / latents.len() as f64
        } else {
            0.0
        }
    }
}

/// Mean over the measured genes of the squared residual over its variance.
fn residual_score(model: &LatentModel, residual: impl Fn(usize) -> Option<f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (gene, variance) in model.residual_variance.iter().enumerate() {
        if let Some(own) = residual(gene) {
            sum += own * own / f64::from(*variance);
            n += 1.0;
        }
    }
    sum / f64::max(n, 1.0)
}

impl Novelty {
    /// How new scores are: 1 at the threshold.
    pub fn of(&self, scores: [f64; 2]) -> f64 {
        (scores[0] / self.distance).max(scores[1] / self.residual)
    }
}
