//! What a set of measured genes shows of the latents.
//!
//! The posterior mean ẑ of a sample's latents is drawn towards 0 as far as the genes leave them
//! open. With Λ = A + D, A what the genes tell and D the prior's precision, ẑ given the latents z
//! is normal about B·z with B = I − Λ⁻¹D and covariance C = Λ⁻¹ − Λ⁻¹DΛ⁻¹. So latents that are
//! spread with covariance S about m show as N(B·m, B·S·Bᵀ + C): a sample of a few hundred genes is
//! judged by what they can tell, and no gene is filled in.

use crate::latent::{Encoder, LatentGroup, LatentModel};
use crate::linalg::{Cholesky, Symmetric};

/// How latents show through the genes that a sample measures.
#[derive(Debug, Clone)]
pub struct LatentView {
    /// B, `[latents × latents]`.
    shown: Vec<f64>,
    /// C.
    blur: Symmetric,
    described: usize,
    perturbed: Vec<f64>,
}

impl LatentView {
    /// The view through an encoder.
    pub fn new(model: &LatentModel, encoder: &Encoder) -> Self {
        let n = model.sizes.total();
        let inverse = encoder.precision().inverse();
        let prior: Vec<f64> = model
            .prior
            .variance()
            .iter()
            .map(|variance| 1.0 / f64::from(*variance))
            .collect();
        let shown = (0..n * n)
            .map(|at| {
                let (row, column) = (at / n, at % n);
                f64::from(u8::from(row == column)) - inverse.get(row, column) * prior[column]
            })
            .collect();
        let blur = Symmetric::from_fn(n, |row, column| {
            let drawn: f64 = (0..n)
                .map(|k| inverse.get(row, k) * prior[k] * inverse.get(k, column))
                .sum();
            inverse.get(row, column) - drawn
        });
        let perturbed = model.range(LatentGroup::Perturbation);
        Self {
            shown,
            blur,
            described: perturbed.start,
            perturbed: model.prior.variance()[perturbed]
                .iter()
                .map(|variance| f64::from(*variance))
                .collect(),
        }
    }

    /// B·m for technical and biological latents m; those of the perturbation are 0.
    pub fn mean(&self, latents: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
        self.shown
            .chunks(self.blur.n())
            .map(|row| row.iter().zip(latents.clone()).map(|(b, m)| b * m).sum())
            .collect()
    }

    /// The factor of B·S·Bᵀ + C, S a covariance of technical and biological latents; those of the
    /// perturbation scatter as treated samples do.
    pub fn covariance(&self, spread: &Symmetric) -> Option<Cholesky> {
        let n = self.blur.n();
        let mut half = vec![0.0; n * n];
        for (own, row) in half.chunks_mut(n).zip(self.shown.chunks(n)) {
            for (k, value) in own.iter_mut().enumerate() {
                *value = match k.checked_sub(self.described) {
                    Some(at) => row[k] * self.perturbed[at],
                    None => (0..self.described).map(|i| row[i] * spread.get(i, k)).sum(),
                };
            }
        }
        let whole = Symmetric::from_fn(n, |row, column| {
            let shown = half[row * n..][..n]
                .iter()
                .zip(&self.shown[column * n..][..n]);
            shown.map(|(h, b)| h * b).sum::<f64>() + self.blur.get(row, column)
        })
        .with_ridge(1e-9);
        whole
            .cholesky()
            .or_else(|| whole.with_eigenvalues_at_least(1e-9).cholesky())
    }
}

/// xᵀ·V⁻¹·x.
pub fn squared_distance(factor: &Cholesky, x: &[f64]) -> f64 {
    factor.solve(x).iter().zip(x).map(|(a, b)| a * b).sum()
}
