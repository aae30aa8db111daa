//! Many samples to their latents and back: the products of [`Encoder`] and [`LatentModel`] for
//! batches of samples at once, in single precision.

use std::sync::Arc;

use rayon::prelude::*;
use refcast_model::latent::{Encoder, LatentModel};

use super::products::Backend;
use crate::corpus::Expression;
use crate::error::Result;

/// Samples that are taken at a time.
const BATCH: usize = 256;

/// A model, laid out for batches.
pub struct Batches<'a> {
    latent: &'a LatentModel,
    /// Wᵀ, `[latents × genes]`,
    loadings: Vec<f32>,
    /// and W / ψ, `[genes × latents]`.
    weighted: Vec<f32>,
}

impl<'a> Batches<'a> {
    /// Of a model.
    pub fn of(latent: &'a LatentModel) -> Self {
        let (genes, latents) = (latent.genes(), latent.sizes.total());
        let mut loadings = vec![0.0; genes * latents];
        let mut weighted = vec![0.0; genes * latents];
        for gene in 0..genes {
            for (k, loading) in latent.loadings_of(gene).iter().enumerate() {
                let loading = loading.to_f32();
                loadings[k * genes + gene] = loading;
                weighted[gene * latents + k] = loading / latent.residual_variance[gene];
            }
        }
        Self {
            latent,
            loadings,
            weighted,
        }
    }

    /// Calls `each` with the samples of every batch of a study, and the levels `[samples × genes]`
    /// that the means of their latents stand for, nothing known of them but their values.
    ///
    /// # Errors
    /// Those of the products.
    pub fn decoded(
        &self,
        study: &Expression,
        mut each: impl FnMut(std::ops::Range<usize>, Vec<f32>),
    ) -> Result<()> {
        let (genes, latents) = (self.latent.genes(), self.latent.sizes.total());
        let observed: Arc<[bool]> = study.measured.clone().into();
        let encoder = Encoder::new(self.latent, &observed);
        for first in (0..study.values.len()).step_by(BATCH) {
            let samples = first..(first + BATCH).min(study.values.len());
            let mut centred = vec![0.0_f32; samples.len() * genes];
            let rows = centred
                .par_chunks_mut(genes)
                .zip(&study.values[samples.clone()]);
            rows.for_each(|(row, values)| {
                for gene in (0..genes).filter(|&gene| observed[gene]) {
                    row[gene] = values[gene] - self.latent.mean[gene];
                }
            });
            let right = Backend::Cpu
                .hold(&centred, samples.len(), genes)?
                .multiply(&self.weighted, latents)?;
            let means: Vec<f32> = right
                .par_chunks(latents)
                .flat_map_iter(|right| {
                    let right: Vec<f64> = right.iter().map(|value| f64::from(*value)).collect();
                    let mean = encoder.precision().solve(&right);
                    mean.into_iter().map(|z| z as f32)
                })
                .collect();
            let mut levels = Backend::Cpu
                .hold(&means, samples.len(), latents)?
                .multiply(&self.loadings, genes)?;
            levels.par_chunks_mut(genes).for_each(|row| {
                for (level, mean) in row.iter_mut().zip(&self.latent.mean) {
                    *level += mean;
                }
            });
            each(samples, levels);
        }
        Ok(())
    }
}
