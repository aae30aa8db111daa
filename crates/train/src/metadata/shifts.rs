//! What sex and age do to each gene, within groups of samples that are described alike.

use half::f16;
use rayon::prelude::*;
use refcast_core::MetadataField;
use refcast_model::baseline::REFERENCE_AGE;

use super::annotated_samples::AnnotatedCorpusSample;
use crate::corpus::Corpus;

/// A change of fewer standard errors than this is taken for none (positive part of James and Stein,
/// by gene).
const LEAST_ERRORS: f64 = 2.0;

/// A regression within groups.
#[derive(Debug, Clone)]
pub struct Slopes {
    /// Change of ln(1 + CPM) by one of the covariate, `[genes]`.
    pub slope: Vec<f64>,
    /// Variance about it within groups, `[genes]`.
    pub variance: Vec<f64>,
    /// Sum of squares of the covariate about its means, `[genes]`.
    pub weight: Vec<f64>,
}

impl Slopes {
    /// The slopes drawn to 0, `[genes]`.
    pub fn shrunk(&self) -> Vec<f16> {
        let genes = self.slope.iter().zip(&self.variance).zip(&self.weight);
        genes
            .map(|((slope, variance), weight)| {
                let error = variance / weight.max(1e-9);
                let kept = 1.0 - LEAST_ERRORS * LEAST_ERRORS * error / (slope * slope).max(1e-12);
                f16::from_f64(slope * kept.max(0.0))
            })
            .collect()
    }
}

/// +½ for a male, −½ for a female.
pub fn sex(sample: &AnnotatedCorpusSample<'_>) -> Option<f64> {
    match sample.metadata.get(MetadataField::Sex) {
        Some("male") => Some(0.5),
        Some("female") => Some(-0.5),
        _ => None,
    }
}

/// Decades from the reference age.
pub fn decades(sample: &AnnotatedCorpusSample<'_>) -> Option<f64> {
    let years: f64 = sample.metadata.get(MetadataField::AgeYears)?.parse().ok()?;
    Some((years - REFERENCE_AGE) / 10.0)
}

/// Regresses every gene on a covariate within strata; samples without it are left out.
pub fn slopes(
    corpus: &Corpus,
    samples: &[AnnotatedCorpusSample<'_>],
    strata: &[Vec<usize>],
    covariate: fn(&AnnotatedCorpusSample<'_>) -> Option<f64>,
) -> Slopes {
    // Members of each stratum with the covariate about its mean.
    let strata: Vec<Vec<(usize, f64)>> = strata
        .iter()
        .map(|members| {
            let known: Vec<(usize, f64)> = members
                .iter()
                .filter_map(|&at| Some((at, covariate(&samples[at])?)))
                .collect();
            let mean = known.iter().map(|(_, x)| x).sum::<f64>() / known.len().max(1) as f64;
            known.into_iter().map(|(at, x)| (at, x - mean)).collect()
        })
        .filter(|known: &Vec<(usize, f64)>| known.iter().any(|(_, x)| x.abs() > 1e-9))
        .collect();
    let by_gene: Vec<(f64, f64, f64)> = (0..corpus.axis.len())
        .into_par_iter()
        .map(|gene| {
            let (mut xy, mut xx, mut yy, mut freedom) = (0.0, 0.0, 0.0, 0.0);
            for known in &strata {
                if !corpus.studies[samples[known[0].0].study].measured[gene] {
                    continue;
                }
                let level = |at: usize| f64::from(samples[at].values[gene]);
                let mean = known.iter().map(|(at, _)| level(*at)).sum::<f64>() / known.len() as f64;
                for &(at, x) in known {
                    let y = level(at) - mean;
                    xy += x * y;
                    xx += x * x;
                    yy += y * y;
                }
                freedom += known.len() as f64 - 1.0;
            }
            let slope = if xx > 0.0 { xy / xx } else { 0.0 };
            let left = (yy - slope * xy).max(0.0) / f64::max(freedom - 1.0, 1.0);
            (slope, left, xx)
        })
        .collect();
    Slopes {
        slope: by_gene.iter().map(|own| own.0).collect(),
        variance: by_gene.iter().map(|own| own.1).collect(),
        weight: by_gene.iter().map(|own| own.2).collect(),
    }
}
