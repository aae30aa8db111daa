//! The latent variables of a sample: technical, biological, and of the perturbation.
//!
//! A linear Gaussian model over y = ln(1 + CPM), gene by gene
//!
//! ```text
//! y_g = μ_g + Σ_k W_gk z_k + ε_g,   ε_g ~ N(0, ψ_g),   z ~ N(prior mean by metadata, prior variance)
//! ```
//!
//! with z in three groups. Because it is linear and Gaussian the posterior of z given the genes
//! that a sample happens to measure is exact, so that a gene that is missing is left out and not
//! filled in; see `docs/model-checks.md` for the comparison with a network.

mod posterior;
mod prior;

#[cfg(test)]
mod tests;

pub use posterior::{Encoder, LatentPosterior};
pub use prior::{LatentGroup, MetadataPrior, PriorField};

use half::f16;

use crate::bundle::{LatentSizes, Tensors};
use crate::error::Result;
use crate::linalg::RowMatrix;

/// The decoder, and the noise about it.
#[derive(Debug, Clone)]
pub struct LatentModel {
    /// Sizes of the groups; the order of the latents is technical, biological, perturbation.
    pub sizes: LatentSizes,
    /// μ, `[genes]`, ln(1 + CPM).
    pub mean: Vec<f32>,
    /// W, `[genes × latents]`.
    pub loadings: Vec<f16>,
    /// ψ, `[genes]`: variance about the decoder.
    pub residual_variance: Vec<f32>,
    /// The part of a residual that goes with the laboratory rather than the sample, `[genes]`, 0 to 1.
    pub technical_share: Vec<f32>,
    /// Where z lies before anything is seen.
    pub prior: MetadataPrior,
}

impl LatentModel {
    /// Takes the model out of a bundle's tensors.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape.
    pub fn take(
        tensors: &mut Tensors,
        genes: usize,
        sizes: LatentSizes,
        fields: Vec<PriorField>,
    ) -> Result<Self> {
        Ok(Self {
            sizes,
            mean: tensors.take_f32("latent.mean", &[genes])?,
            loadings: tensors.take_f16("latent.loadings", &[genes, sizes.total()])?,
            residual_variance: tensors.take_positive("latent.residual_variance", &[genes])?,
            technical_share: tensors.take_f32("latent.technical_share", &[genes])?,
            prior: MetadataPrior::take(tensors, sizes, fields)?,
        })
    }

    /// Puts the model among a bundle's tensors.
    pub fn put(&self, tensors: &mut Tensors) {
        let genes = self.genes();
        let latents = self.sizes.total();
        tensors.insert_half("latent.mean", &[genes], self.mean.iter().copied());
        tensors.insert(
            "latent.loadings",
            &[genes, latents],
            crate::bundle::Tensor::F16(self.loadings.clone()),
        );
        tensors.insert_half(
            "latent.residual_variance",
            &[genes],
            self.residual_variance.iter().copied(),
        );
        tensors.insert_half(
            "latent.technical_share",
            &[genes],
            self.technical_share.iter().copied(),
        );
        self.prior.put(tensors);
    }

    /// Genes on the axis.
    pub fn genes(&self) -> usize {
        self.mean.len()
    }

    /// The loadings of one gene, `[latents]`.
    pub fn loadings_of(&self, gene: usize) -> &[f16] {
        let latents = self.sizes.total();
        &self.loadings[gene * latents..(gene + 1) * latents]
    }

    /// The mean of ln(1 + CPM) that a latent vector stands for, `[genes]`; may lie below 0 for a
    /// gene that is not expressed.
    pub fn decode(&self, z: &[f64]) -> Vec<f64> {
        let mut levels = RowMatrix::new(&self.loadings, self.sizes.total()).times(z);
        for (level, mean) in levels.iter_mut().zip(&self.mean) {
            *level += f64::from(*mean);
        }
        levels
    }

    /// Where a group's latents lie in the whole vector.
    pub fn range(&self, group: LatentGroup) -> std::ops::Range<usize> {
        group.range(self.sizes)
    }
}
