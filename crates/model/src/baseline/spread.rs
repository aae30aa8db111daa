//! How samples of one description scatter: together, along the latents, and gene by gene.

use serde::{Deserialize, Serialize};

use crate::bundle::{Tensor, Tensors};
use crate::error::Result;
use crate::linalg::{Cholesky, Symmetric};

/// The scatter of one type of sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpreadOf {
    /// The sample type; empty for any.
    pub sample_type: String,
    /// The variance of a gene's residual, relative to [`Spread::residual`].
    pub residual_scale: f64,
}

/// The scatter of samples about the mean of their group.
#[derive(Debug, Clone)]
pub struct Spread {
    /// The types, that of any last.
    pub kinds: Vec<SpreadOf>,
    /// Covariances of the technical and biological latents, a matrix for each type.
    pub covariances: Vec<Symmetric>,
    /// Variance of what the latents do not describe, `[genes]`, ln(1 + CPM)².
    pub residual: Vec<f32>,
}

impl Spread {
    pub(super) fn take(
        tensors: &mut Tensors,
        genes: usize,
        latents: usize,
        kinds: Vec<SpreadOf>,
    ) -> Result<Self> {
        let shape = [kinds.len(), latents, latents];
        let values = tensors.take_f32("baseline.spread", &shape)?;
        let covariances = values.chunks((latents * latents).max(1)).map(|own| {
            Symmetric::from_fn(latents, |row, column| {
                f64::from(own[row * latents + column])
            })
        });
        Ok(Self {
            covariances: covariances.collect(),
            residual: tensors.take_not_negative("baseline.spread_residual", &[genes])?,
            kinds,
        })
    }

    pub(super) fn put(&self, tensors: &mut Tensors) {
        let latents = self.covariances.first().map_or(0, Symmetric::n);
        let mut values = Vec::with_capacity(self.kinds.len() * latents * latents);
        for own in &self.covariances {
            for row in 0..latents {
                values.extend((0..latents).map(|column| own.get(row, column) as f32));
            }
        }
        let shape = [self.kinds.len(), latents, latents];
        tensors.insert("baseline.spread", &shape, Tensor::F32(values));
        let residual = self.residual.iter().copied();
        tensors.insert_half("baseline.spread_residual", &[self.residual.len()], residual);
    }

    /// The place of a sample type; that of any where it was not seen.
    pub fn kind(&self, sample_type: Option<&str>) -> usize {
        let own = self
            .kinds
            .iter()
            .position(|kind| Some(kind.sample_type.as_str()) == sample_type);
        own.unwrap_or(self.kinds.len().saturating_sub(1))
    }

    /// The root of a type's covariance.
    pub fn root(&self, kind: usize) -> Option<Cholesky> {
        let own = self.covariances.get(kind)?;
        own.cholesky()
            .or_else(|| own.with_eigenvalues_at_least(1e-9).cholesky())
    }
}
