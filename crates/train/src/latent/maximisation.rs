//! Loadings and residual variances, gene by gene, given the latents.

use std::collections::BTreeMap;

use rayon::prelude::*;
use refcast_model::linalg::{Cholesky, Symmetric, dot};

use super::data::Data;
use super::expectation::Expectation;
use super::products::Products;
use crate::error::Result;

/// Ridge on the loadings: a gene that few samples measure keeps small ones.
const RIDGE: f64 = 1.0;
/// The least residual variance, in ln(1 + CPM)²: no gene is an exact function of the latents.
const LEAST_VARIANCE: f64 = 0.01;
/// Samples' worth of the mean residual variance that a gene's own is drawn towards.
const PRIOR_SAMPLES: f64 = 10.0;

/// Fits loadings `[genes × latents]` and residual variances `[genes]`; `values` holds the centred
/// values.
///
/// # Errors
/// A device that fails at its work.
pub fn maximise(
    data: &Data,
    values: &dyn Products,
    latents: usize,
    expectation: &Expectation,
    residual: &[f32],
) -> Result<(Vec<f32>, Vec<f32>)> {
    let means: Vec<f32> = expectation
        .means
        .iter()
        .map(|value| *value as f32)
        .collect();
    // Σ y z per gene; values are 0 where not measured.
    let products = values.multiply_transposed(&means, latents)?;
    let moments = second_moments(data, latents, expectation);
    let sizes = sizes_of_studies(data);

    let mut patterns: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for gene in 0..data.genes {
        let pattern = data
            .measured
            .iter()
            .map(|measured| measured[gene])
            .collect();
        patterns.entry(pattern).or_default().push(gene);
    }
    let squares: Vec<f64> = (0..data.genes)
        .into_par_iter()
        .map(|gene| {
            let column =
                (0..data.samples).map(|sample| f64::from(data.centred[sample * data.genes + gene]));
            column.map(|value| value * value).sum()
        })
        .collect();
    let typical = residual
        .iter()
        .map(|variance| f64::from(*variance))
        .sum::<f64>()
        / residual.len() as f64;
    let patterns: Vec<(Vec<bool>, Vec<usize>)> = patterns.into_iter().collect();
    let fitted: Vec<Vec<(usize, Vec<f64>, f64)>> = patterns
        .par_iter()
        .map(|(pattern, genes)| {
            let studies: Vec<usize> = (0..pattern.len()).filter(|&study| pattern[study]).collect();
            let moment = Symmetric::from_fn(latents, |i, j| {
                studies
                    .iter()
                    .map(|&study| moments[study].get(i, j))
                    .sum::<f64>()
                    + if i == j { RIDGE } else { 0.0 }
            });
            let samples: f64 = studies.iter().map(|&study| sizes[study]).sum();
            let factor: Option<Cholesky> = moment.cholesky();
            genes
                .iter()
                .map(|&gene| {
                    let right: Vec<f64> = products[gene * latents..][..latents]
                        .iter()
                        .map(|value| f64::from(*value))
                        .collect();
                    let loadings = factor
                        .as_ref()
                        .map_or_else(|| vec![0.0; latents], |factor| factor.solve(&right));
                    let left = (squares[gene] - dot(&loadings, &right)).max(0.0);
                    let variance = (left + PRIOR_SAMPLES * typical) / (samples + PRIOR_SAMPLES);
                    (gene, loadings, variance.max(LEAST_VARIANCE))
                })
                .collect()
        })
        .collect();
    let mut loadings = vec![0.0; data.genes * latents];
    let mut variances = vec![0.0; data.genes];
    for (gene, own, variance) in fitted.into_iter().flatten() {
        for (to, from) in loadings[gene * latents..][..latents].iter_mut().zip(own) {
            *to = from as f32;
        }
        variances[gene] = variance as f32;
    }
    Ok((loadings, variances))
}

/// Σ over a study's samples of E[z zᵀ].
fn second_moments(data: &Data, latents: usize, expectation: &Expectation) -> Vec<Symmetric> {
    (0..data.measured.len())
        .into_par_iter()
        .map(|study| {
            let mut sum = Symmetric::zeros(latents);
            for sample in (0..data.samples).filter(|&sample| data.study[sample] == study) {
                let z = &expectation.means[sample * latents..][..latents];
                let covariance = &expectation.covariances[expectation.pattern[sample]];
                for i in 0..latents {
                    for j in 0..=i {
                        sum.set(i, j, sum.get(i, j) + z[i] * z[j] + covariance.get(i, j));
                    }
                }
            }
            sum
        })
        .collect()
}

fn sizes_of_studies(data: &Data) -> Vec<f64> {
    let mut sizes = vec![0.0; data.measured.len()];
    for &study in &data.study {
        sizes[study] += 1.0;
    }
    sizes
}
