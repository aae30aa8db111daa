//! The exact posterior of the latents given the genes that a sample measures.

use std::sync::Arc;

use rayon::prelude::*;

use super::LatentModel;
use crate::linalg::{Cholesky, RowMatrix, Symmetric};

/// Genes whose products are added up together; fixed, so that the sum does not depend on threads.
const BLOCK: usize = 1024;

/// The posterior's precision for one set of measured genes, shared by all samples that have it.
///
/// Precision = diag(1 / prior variance) + Σ_{g measured} W_g W_gᵀ / ψ_g.
#[derive(Debug, Clone)]
pub struct Encoder {
    observed: Arc<[bool]>,
    precision: Cholesky,
}

/// What is believed of a sample's latents.
#[derive(Debug, Clone)]
pub struct LatentPosterior {
    /// The mean, `[latents]`.
    pub mean: Vec<f64>,
    precision: Cholesky,
}

impl LatentPosterior {
    /// A draw, from standard normal numbers `[latents]`.
    pub fn draw(&self, normals: &[f64]) -> Vec<f64> {
        let noise = self.precision.solve_transposed(normals);
        self.mean
            .iter()
            .zip(noise)
            .map(|(mean, noise)| mean + noise)
            .collect()
    }
}

impl Encoder {
    /// Prepares for samples that measure the genes of the mask `[genes]`.
    pub fn new(model: &LatentModel, observed: &Arc<[bool]>) -> Self {
        let n = model.sizes.total();
        let precisions: Vec<f64> = (0..model.genes())
            .map(|gene| {
                if observed[gene] {
                    1.0 / f64::from(model.residual_variance[gene])
                } else {
                    0.0
                }
            })
            .collect();
        let blocks: Vec<Symmetric> = model
            .loadings
            .par_chunks(BLOCK * n)
            .zip(precisions.par_chunks(BLOCK))
            .map(|(loadings, precisions)| RowMatrix::new(loadings, n).gram(precisions))
            .collect();
        let variance = model.prior.variance();
        let precision = Symmetric::from_fn(n, |row, column| {
            let data: f64 = blocks.iter().map(|block| block.get(row, column)).sum();
            let prior = if row == column {
                1.0 / f64::from(variance[row])
            } else {
                0.0
            };
            data + prior
        });
        // Positive definite: a positive diagonal plus a sum of squares.
        let factor = precision
            .cholesky()
            .or_else(|| precision.with_eigenvalues_at_least(1e-9).cholesky());
        let precision = factor.unwrap_or_else(|| unreachable!("eigenvalues were raised above 0"));
        Self {
            observed: observed.clone(),
            precision,
        }
    }

    /// The factor of the posterior's precision.
    pub fn precision(&self) -> &Cholesky {
        &self.precision
    }

    /// Whether this is the encoder for samples that measure these genes.
    pub fn fits(&self, observed: &Arc<[bool]>) -> bool {
        Arc::ptr_eq(&self.observed, observed) || self.observed == *observed
    }

    /// The posterior of one sample of ln(1 + expression) `[genes]`, given where its metadata put
    /// the latents before.
    pub fn encode(
        &self,
        model: &LatentModel,
        levels: &[f64],
        prior_mean: &[f64],
    ) -> LatentPosterior {
        let variance = model.prior.variance();
        let mut right: Vec<f64> = prior_mean
            .iter()
            .zip(variance)
            .map(|(mean, variance)| mean / f64::from(*variance))
            .collect();
        for (right, data) in right.iter_mut().zip(self.projected(model, levels).0) {
            *right += data;
        }
        LatentPosterior {
            mean: self.precision.solve(&right),
            precision: self.precision.clone(),
        }
    }

    /// The logarithm of the density of a sample's levels `[genes]` over the measured genes, whatever
    /// its metadata, up to a constant: −½·(Σ d²/ψ − bᵀ·Λ⁻¹·b), d the deviations from the mean,
    /// b = Σ W·d/ψ, Λ the precision.
    pub fn log_density(&self, model: &LatentModel, levels: &[f64]) -> f64 {
        let (data, squares) = self.projected(model, levels);
        let explained: f64 = self
            .precision
            .solve(&data)
            .iter()
            .zip(&data)
            .map(|(mean, data)| mean * data)
            .sum();
        -0.5 * (squares - explained)
    }

    /// Σ W·d/ψ `[latents]` and Σ d²/ψ over the measured genes.
    fn projected(&self, model: &LatentModel, levels: &[f64]) -> (Vec<f64>, f64) {
        let mut squares = 0.0;
        let weighted: Vec<f64> = (0..model.genes())
            .map(|gene| {
                if self.observed[gene] {
                    let deviation = levels[gene] - f64::from(model.mean[gene]);
                    let weighted = deviation / f64::from(model.residual_variance[gene]);
                    squares += deviation * weighted;
                    weighted
                } else {
                    0.0
                }
            })
            .collect();
        let data = RowMatrix::new(&model.loadings, model.sizes.total()).weighted_sum(&weighted);
        (data, squares)
    }
}
