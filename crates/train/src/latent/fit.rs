//! The loop, and the fitted model as the model crate holds it.

use half::f16;
use rayon::prelude::*;
use refcast_core::random::{Random, RandomStream};
use refcast_model::bundle::LatentSizes;
use refcast_model::latent::{LatentGroup, LatentModel, MetadataPrior};

use super::data::{Data, mean_of_studies};
use super::expectation::{Expectation, expect};
use super::maximisation::maximise;
use super::priors::Priors;
use super::products::Backend;
use crate::corpus::Corpus;
use crate::error::Result;

/// Draws of the starting point.
const START: RandomStream = RandomStream(101);

/// Fits the latents; `progress` is told each round and the mean residual variance.
///
/// # Errors
/// A device that has no room for the values, or fails at its work.
pub fn fit(
    data: &Data,
    backend: &Backend,
    sizes: LatentSizes,
    rounds: usize,
    seed: u64,
    progress: &dyn Fn(usize, f64),
) -> Result<LatentModel> {
    let latents = sizes.total();
    let values = backend.hold(&data.centred, data.samples, data.genes)?;
    let mut priors = Priors::flat(data, sizes);
    let mut residual = vec![0.5; data.genes];
    let mut state = start(data, sizes, seed);
    let mut loadings = Vec::new();
    for round in 0..rounds.max(1) {
        (loadings, residual) = maximise(data, values.as_ref(), latents, &state, &residual)?;
        progress(round, mean_of(&residual));
        state = expect(data, values.as_ref(), &priors, &loadings, &residual)?;
        let variances: Vec<&[f64]> = state
            .pattern
            .iter()
            .map(|&p| state.variances[p].as_slice())
            .collect();
        priors.update(data, &state.means, &variances);
    }
    Ok(finished(data, sizes, &priors, &state, &loadings, &residual))
}

/// A model of the mean profile alone: one latent a group, without loadings.
pub fn flat(corpus: &Corpus) -> LatentModel {
    let sizes = LatentSizes {
        technical: 1,
        biological: 1,
        perturbation: 1,
    };
    let (genes, latents) = (corpus.axis.len(), sizes.total());
    LatentModel {
        sizes,
        mean: mean_of_studies(corpus),
        loadings: vec![f16::ZERO; genes * latents],
        residual_variance: vec![0.5; genes],
        technical_share: vec![0.5; genes],
        prior: MetadataPrior::new(sizes, Vec::new(), vec![1.0; latents], vec![1.0; latents]),
    }
}

fn mean_of(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

/// Random latents that samples of like metadata share: technical ones by study, biological ones by
/// the rest, those of the perturbation by what was done. Each group then finds its own directions.
fn start(data: &Data, sizes: LatentSizes, seed: u64) -> Expectation {
    let latents = sizes.total();
    let random = Random::new(seed);
    let mut means = vec![0.0; data.samples * latents];
    for (at, field) in data.fields.iter().enumerate() {
        for sample in 0..data.samples {
            let Some(code) = data.codes[at][sample] else {
                continue;
            };
            for k in field.group.range(sizes) {
                means[sample * latents + k] +=
                    random.normal(START, (at * 100_000 + code) as u64, k as u32);
            }
        }
    }
    for sample in 0..data.samples {
        for k in LatentGroup::Biological.range(sizes) {
            means[sample * latents + k] +=
                0.3 * random.normal(START, 10_000_000 + sample as u64, k as u32);
        }
    }
    let covariance =
        refcast_model::linalg::Symmetric::from_fn(latents, |i, j| if i == j { 0.1 } else { 0.0 });
    Expectation {
        means,
        variances: vec![vec![0.1; latents]],
        covariances: vec![covariance],
        pattern: vec![0; data.samples],
    }
}

fn finished(
    data: &Data,
    sizes: LatentSizes,
    priors: &Priors,
    state: &Expectation,
    loadings: &[f32],
    residual: &[f32],
) -> LatentModel {
    let latents = sizes.total();
    let fields = data.fields.iter().cloned().zip(&priors.shifts);
    let shifts =
        fields.map(|(field, shifts)| (field, shifts.iter().map(|value| *value as f32).collect()));
    let population = (0..latents)
        .map(|k| {
            let values = (0..data.samples).map(|sample| state.means[sample * latents + k]);
            (values.map(|value| value * value).sum::<f64>() / data.samples as f64) as f32
        })
        .collect();
    let variance = priors.variance.iter().map(|value| *value as f32).collect();
    LatentModel {
        sizes,
        mean: data.mean.clone(),
        loadings: loadings.iter().map(|value| f16::from_f32(*value)).collect(),
        residual_variance: residual.to_vec(),
        technical_share: technical_share(data, latents, state, loadings),
        prior: MetadataPrior::new(sizes, shifts.collect(), variance, population),
    }
}

/// The part of the residuals' variance that lies between studies, by gene.
fn technical_share(data: &Data, latents: usize, state: &Expectation, loadings: &[f32]) -> Vec<f32> {
    let studies = data.measured.len();
    let mut of_study: Vec<Vec<usize>> = vec![Vec::new(); studies];
    for (sample, &study) in data.study.iter().enumerate() {
        of_study[study].push(sample);
    }
    (0..data.genes)
        .into_par_iter()
        .map(|gene| {
            let w = &loadings[gene * latents..][..latents];
            let residual = |sample: usize| {
                let z = &state.means[sample * latents..][..latents];
                let decoded: f64 = w.iter().zip(z).map(|(w, z)| f64::from(*w) * z).sum();
                f64::from(data.centred[sample * data.genes + gene]) - decoded
            };
            let (mut between, mut total) = (0.0, 0.0);
            for (study, samples) in of_study.iter().enumerate() {
                if !data.measured[study][gene] || samples.is_empty() {
                    continue;
                }
                let residuals: Vec<f64> = samples.iter().map(|&sample| residual(sample)).collect();
                let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
                between += mean * mean * residuals.len() as f64;
                total += residuals.iter().map(|value| value * value).sum::<f64>();
            }
            if total > 0.0 {
                (between / total) as f32
            } else {
                0.5
            }
        })
        .collect()
}
