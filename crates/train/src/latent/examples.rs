//! Samples drawn from a known model, and the likelihood by its definition.

use refcast_core::random::{Random, RandomStream};
use refcast_model::bundle::LatentSizes;
use refcast_model::latent::{LatentGroup, PriorField};
use refcast_model::linalg::{Symmetric, dot};

use super::data::{Data, PERTURBATION};
use super::expectation::Expectation;
use super::priors::Priors;

pub const SIZES: LatentSizes = LatentSizes {
    technical: 1,
    biological: 2,
    perturbation: 1,
};
pub const LATENTS: usize = 4;
const STUDIES: usize = 3;
const TISSUES: usize = 4;

/// Standard normal numbers by what they are for.
fn normal(seed: u64, what: u8, a: usize, b: usize) -> f64 {
    Random::new(seed).normal(RandomStream(200 + what), a as u64, b as u32)
}

/// Three studies of `per_study` samples, of whose genes the second lacks the first three and the
/// third the last five. Half the samples of a study are treated with one of two things.
pub fn draw(seed: u64, genes: usize, per_study: usize, noise: f64) -> Data {
    let samples = STUDIES * per_study;
    let study: Vec<usize> = (0..samples).map(|sample| sample / per_study).collect();
    let tissue = |sample: usize| (sample * 7 + sample / 3) % TISSUES;
    let treated: Vec<bool> = (0..samples).map(|sample| sample % 2 == 1).collect();
    let measured: Vec<Vec<bool>> = (0..STUDIES)
        .map(|study| {
            let lacks = |gene| (study == 1 && gene < 3) || (study == 2 && gene + 5 >= genes);
            (0..genes).map(|gene| !lacks(gene)).collect()
        })
        .collect();
    let mut centred = vec![0.0; samples * genes];
    for sample in 0..samples {
        let z = [
            normal(seed, 0, study[sample], 0),
            normal(seed, 1, tissue(sample), 0) + 0.5 * normal(seed, 2, sample, 0),
            normal(seed, 1, tissue(sample), 1) + 0.5 * normal(seed, 2, sample, 1),
            if treated[sample] {
                normal(seed, 3, sample / 2 % 2, 0) + 1.0
            } else {
                0.0
            },
        ];
        for gene in (0..genes).filter(|&gene| measured[study[sample]][gene]) {
            let w: Vec<f64> = (0..LATENTS)
                .map(|k| 0.7 * normal(seed, 4, gene, k))
                .collect();
            let value = dot(&w, &z) + noise * normal(seed, 5, sample, gene);
            centred[sample * genes + gene] = value as f32;
        }
    }
    let field = |name: &str, group, values: usize| PriorField {
        name: name.to_owned(),
        group,
        values: (0..values).map(|value| value.to_string()).collect(),
    };
    Data {
        samples,
        genes,
        measured,
        mean: vec![6.0; genes],
        centred,
        fields: vec![
            field("study", LatentGroup::Technical, STUDIES),
            field("tissue", LatentGroup::Biological, TISSUES),
            field(PERTURBATION, LatentGroup::Perturbation, 2),
        ],
        codes: vec![
            study.iter().map(|&study| Some(study)).collect(),
            (0..samples).map(|sample| Some(tissue(sample))).collect(),
            (0..samples)
                .map(|sample| treated[sample].then_some(sample / 2 % 2))
                .collect(),
        ],
        study,
        treated,
    }
}

/// The samples at some positions.
pub fn subset(data: &Data, keep: impl Fn(usize) -> bool) -> Data {
    let kept: Vec<usize> = (0..data.samples).filter(|&sample| keep(sample)).collect();
    let rows = kept
        .iter()
        .flat_map(|&at| &data.centred[at * data.genes..(at + 1) * data.genes]);
    Data {
        samples: kept.len(),
        study: kept.iter().map(|&at| data.study[at]).collect(),
        centred: rows.copied().collect(),
        codes: data
            .codes
            .iter()
            .map(|codes| kept.iter().map(|&at| codes[at]).collect())
            .collect(),
        treated: kept.iter().map(|&at| data.treated[at]).collect(),
        ..data.clone()
    }
}

/// Loadings to start from.
pub fn start(data: &Data, seed: u64) -> Vec<f32> {
    let loading = |at: usize| 0.3 * normal(seed, 6, at / LATENTS, at % LATENTS) as f32;
    (0..data.genes * LATENTS).map(loading).collect()
}

/// ln p(values | loadings, residual variances, priors), the latents integrated out: for each
/// sample the density of N(W·m₀, W·P·Wᵀ + Ψ) at the genes that its study measures.
pub fn log_likelihood(data: &Data, priors: &Priors, loadings: &[f64], residual: &[f64]) -> f64 {
    let of_sample = |sample: usize| {
        let genes: Vec<usize> = (0..data.genes)
            .filter(|&gene| data.measured[data.study[sample]][gene])
            .collect();
        let w = |gene: usize| &loadings[gene * LATENTS..][..LATENTS];
        let prior = priors.mean(data, sample);
        let variance = priors.variance_of(data.treated[sample]);
        let covariance = Symmetric::from_fn(genes.len(), |i, j| {
            let weighted: Vec<f64> = w(genes[i])
                .iter()
                .zip(&variance)
                .map(|(w, variance)| w * variance)
                .collect();
            let own = if i == j { residual[genes[i]] } else { 0.0 };
            dot(&weighted, w(genes[j])) + own
        });
        let deviation: Vec<f64> = genes
            .iter()
            .map(|&gene| f64::from(data.centred[sample * data.genes + gene]) - dot(w(gene), &prior))
            .collect();
        let factor = covariance.cholesky().expect("a covariance");
        let square = dot(&deviation, &factor.solve(&deviation));
        let constant = genes.len() as f64 * std::f64::consts::TAU.ln();
        -0.5 * (constant + factor.log_determinant() + square)
    };
    (0..data.samples).map(of_sample).sum()
}

/// The logarithm of the prior that the maximisation puts on a gene: W | ψ ~ N(0, ψ), and ten
/// samples' worth of the variance `typical`.
pub fn log_prior(loadings: &[f64], residual: &[f64], typical: f64) -> f64 {
    let of_gene =
        |(w, psi): (&[f64], &f64)| -0.5 * (dot(w, w) + 10.0 * typical) / psi - 5.0 * psi.ln();
    loadings.chunks(LATENTS).zip(residual).map(of_gene).sum()
}

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

pub fn mean(values: &[f32]) -> f64 {
    wide(values).iter().sum::<f64>() / values.len() as f64
}

/// The posterior variances by sample, as the update of the priors takes them.
pub fn variances(state: &Expectation) -> Vec<&[f64]> {
    let of = |pattern: &usize| state.variances[*pattern].as_slice();
    state.pattern.iter().map(of).collect()
}
