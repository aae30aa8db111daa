//! How samples scatter about the mean of their group.

use std::collections::BTreeSet;

use half::f16;
use rayon::prelude::*;
use refcast_core::MetadataField;
use refcast_model::baseline::{Spread, SpreadOf};
use refcast_model::latent::{LatentGroup, LatentModel};
use refcast_model::linalg::Symmetric;

use super::annotated_samples::AnnotatedCorpusSample;
use super::residuals::residuals;
use super::shifts::sex;
use crate::corpus::Corpus;

/// Degrees of freedom that a type's covariance must have to count as much as that of all.
const HALF_FREEDOM: f64 = 40.0;
/// Half a difference between the sexes that matters, ln(1 + CPM).
const TOLD_BY_SEX: f64 = 0.1;
/// What is taken off covariances outside the diagonal.
const SHRINKAGE: f64 = 0.1;

/// The scatter of samples in groups, by sample type.
pub fn fit(
    corpus: &Corpus,
    latent: &LatentModel,
    samples: &[AnnotatedCorpusSample<'_>],
    members: &[Vec<usize>],
    sex_shift: &[f16],
) -> Spread {
    let several: Vec<&Vec<usize>> = members.iter().filter(|own| own.len() > 1).collect();
    let kind = |own: &[usize]| {
        let metadata = &samples[own[0]].metadata;
        metadata
            .get(MetadataField::SampleType)
            .unwrap_or_default()
            .to_owned()
    };
    let kinds: BTreeSet<String> = several.iter().map(|own| kind(own)).collect();
    let (all, _) = covariance(latent, samples, &several);
    let (residual, _) = residual_variance(corpus, latent, samples, &several, sex_shift);
    let typical: f64 =
        residual.iter().map(|v| f64::from(*v)).sum::<f64>() / residual.len().max(1) as f64;
    let (mut of_kinds, mut covariances) = (Vec::new(), Vec::new());
    for own in kinds.into_iter().filter(|own| !own.is_empty()) {
        let groups: Vec<&Vec<usize>> = several.iter().filter(|g| kind(g) == own).copied().collect();
        let (matrix, freedom) = covariance(latent, samples, &groups);
        let part = freedom / (freedom + HALF_FREEDOM);
        covariances.push(Symmetric::from_fn(all.n(), |i, j| {
            part * matrix.get(i, j) + (1.0 - part) * all.get(i, j)
        }));
        let (_, mean) = residual_variance(corpus, latent, samples, &groups, sex_shift);
        of_kinds.push(SpreadOf {
            sample_type: own,
            residual_scale: mean / typical.max(1e-9),
        });
    }
    of_kinds.push(SpreadOf {
        sample_type: String::new(),
        residual_scale: 1.0,
    });
    covariances.push(all);
    Spread {
        kinds: of_kinds,
        covariances,
        residual,
    }
}

/// The covariance of technical and biological latents within groups, and its degrees of freedom.
pub fn covariance(
    latent: &LatentModel,
    samples: &[AnnotatedCorpusSample<'_>],
    groups: &[&Vec<usize>],
) -> (Symmetric, f64) {
    let n = latent.range(LatentGroup::Perturbation).start;
    let mut deviations: Vec<Vec<f64>> = Vec::new();
    let mut freedom = 0.0;
    for own in groups {
        let size = own.len() as f64;
        let mean: Vec<f64> = (0..n)
            .map(|k| own.iter().map(|&at| samples[at].latents[k]).sum::<f64>() / size)
            .collect();
        for &at in own.iter() {
            let off = samples[at].latents.iter().zip(&mean);
            deviations.push(off.map(|(z, m)| z - m).collect());
        }
        freedom += size - 1.0;
    }
    let matrix = Symmetric::from_fn(n, |i, j| {
        let sum: f64 = deviations.iter().map(|off| off[i] * off[j]).sum();
        let kept = if i == j { 1.0 } else { 1.0 - SHRINKAGE };
        let own = kept * sum / f64::max(freedom, 1.0);
        if i == j { own.max(1e-4) } else { own }
    });
    (matrix, freedom)
}

/// Variance of residuals within groups beyond what sex does, `[genes]`, and its mean over genes.
/// Of a gene that differs between the sexes only samples of a known one count.
fn residual_variance(
    corpus: &Corpus,
    latent: &LatentModel,
    samples: &[AnnotatedCorpusSample<'_>],
    groups: &[&Vec<usize>],
    sex_shift: &[f16],
) -> (Vec<f32>, f64) {
    let genes = corpus.axis.len();
    let parts: Vec<(Vec<f64>, Vec<f64>)> = groups
        .par_iter()
        .map(|own| {
            let rows: Vec<Vec<f32>> = own
                .iter()
                .map(|&at| residuals(latent, &samples[at]))
                .collect();
            let measured = &corpus.studies[samples[own[0]].study].measured;
            let sexes: Vec<Option<f64>> = own.iter().map(|&at| sex(&samples[at])).collect();
            let sums = (0..genes).map(|gene| {
                let shift = sex_shift[gene].to_f64();
                let levels: Vec<f64> = rows
                    .iter()
                    .zip(&sexes)
                    .filter(|(_, sex)| sex.is_some() || shift.abs() < TOLD_BY_SEX)
                    .map(|(row, sex)| f64::from(row[gene]) - 2.0 * sex.unwrap_or(0.0) * shift)
                    .collect();
                if !measured[gene] || levels.len() < 2 {
                    return (0.0, 0.0);
                }
                let size = levels.len() as f64;
                let mean = levels.iter().sum::<f64>() / size;
                let squares = levels.iter().map(|level| (level - mean).powi(2));
                (squares.sum(), size - 1.0)
            });
            sums.unzip()
        })
        .collect();
    let variance: Vec<f32> = (0..genes)
        .map(|gene| {
            let sum: f64 = parts.iter().map(|own| own.0[gene]).sum();
            let freedom: f64 = parts.iter().map(|own| own.1[gene]).sum();
            if freedom > 0.0 {
                (sum / freedom) as f32
            } else {
                0.0
            }
        })
        .collect();
    let mean = variance.iter().map(|v| f64::from(*v)).sum::<f64>() / genes.max(1) as f64;
    (variance, mean)
}
