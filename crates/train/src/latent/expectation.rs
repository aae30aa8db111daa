//! The posterior of every sample's latents.

use rayon::prelude::*;
use refcast_model::linalg::Symmetric;

use super::data::Data;
use super::priors::Priors;
use super::products::Products;
use crate::error::Result;

/// Posterior means and, by pattern (study × treated or not), covariances.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Means, `[samples × latents]`.
    pub means: Vec<f64>,
    /// Covariances of the patterns.
    pub covariances: Vec<Symmetric>,
    /// Diagonals of the covariances, `[patterns][latents]`.
    pub variances: Vec<Vec<f64>>,
    /// Pattern of each sample.
    pub pattern: Vec<usize>,
}

/// Takes expectations under loadings `[genes × latents]` and residual variances `[genes]`;
/// `values` holds the centred values.
///
/// # Errors
/// A device that fails at its work.
pub fn expect(
    data: &Data,
    values: &dyn Products,
    priors: &Priors,
    loadings: &[f32],
    residual: &[f32],
) -> Result<Expectation> {
    let latents = priors.sizes.total();
    let weighted: Vec<f32> = loadings
        .par_chunks(latents)
        .zip(residual)
        .flat_map_iter(|(row, variance)| row.iter().map(move |w| w / variance))
        .collect();
    let grams: Vec<Symmetric> = data
        .measured
        .par_iter()
        .map(|measured| gram(loadings, &weighted, measured, latents))
        .collect();
    let covariances: Vec<Symmetric> = (0..2 * grams.len())
        .into_par_iter()
        .map(|pattern| {
            let prior = priors.variance_of(pattern % 2 == 1);
            let data = &grams[pattern / 2];
            let precision = Symmetric::from_fn(latents, |i, j| {
                data.get(i, j) + if i == j { 1.0 / prior[i] } else { 0.0 }
            });
            let factor = precision
                .cholesky()
                .or_else(|| precision.with_eigenvalues_at_least(1e-6).cholesky());
            factor.map_or_else(|| Symmetric::zeros(latents), |factor| factor.inverse())
        })
        .collect();
    let right = values.multiply(&weighted, latents)?;
    let pattern: Vec<usize> = (0..data.samples)
        .map(|sample| 2 * data.study[sample] + usize::from(data.treated[sample]))
        .collect();
    let means = (0..data.samples)
        .into_par_iter()
        .flat_map_iter(|sample| {
            let prior = priors.mean(data, sample);
            let variance = priors.variance_of(data.treated[sample]);
            let row = &right[sample * latents..(sample + 1) * latents];
            let total: Vec<f64> = (0..latents)
                .map(|k| f64::from(row[k]) + prior[k] / variance[k])
                .collect();
            covariances[pattern[sample]].times(&total)
        })
        .collect();
    let variances = covariances
        .iter()
        .map(|c| (0..latents).map(|k| c.get(k, k)).collect())
        .collect();
    Ok(Expectation {
        means,
        covariances,
        variances,
        pattern,
    })
}

/// Σ over measured genes of W_g W_gᵀ / ψ_g.
fn gram(loadings: &[f32], weighted: &[f32], measured: &[bool], latents: usize) -> Symmetric {
    let mut sum = vec![0.0_f64; latents * latents];
    let mut block = vec![0.0_f32; latents * latents];
    for (position, gene) in (0..measured.len())
        .filter(|&gene| measured[gene])
        .enumerate()
    {
        let (w, v) = (
            &loadings[gene * latents..][..latents],
            &weighted[gene * latents..][..latents],
        );
        for row in 0..latents {
            for column in 0..=row {
                block[row * latents + column] += w[row] * v[column];
            }
        }
        // Single precision within a block, double across: exact enough, and twice as fast.
        if position % 256 == 255 {
            flush(&mut block, &mut sum);
        }
    }
    flush(&mut block, &mut sum);
    Symmetric::from_fn(latents, |row, column| sum[row * latents + column])
}

fn flush(block: &mut [f32], sum: &mut [f64]) {
    for (sum, block) in sum.iter_mut().zip(block) {
        *sum += f64::from(*block);
        *block = 0.0;
    }
}
