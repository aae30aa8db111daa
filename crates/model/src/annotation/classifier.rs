//! The values of one field by their probability: a mixture discriminant on the latents, and the
//! genes that the latents describe badly.
//!
//! Each value has a component for every study that it was seen in, N(m, S), and one for a study
//! that was not, N(m̄, S + S_b), S_b the covariance between studies. To the logarithm of a value's
//! density, divided by a temperature, the genes that tell the values apart and that the decoder
//! leaves over add a diagonal discriminant on the residual. Both temperatures were fitted on donors
//! that the components were not made from.

use refcast_core::MetadataField;
use serde::{Deserialize, Serialize};

use super::view::{View, squared_distance};
use crate::bundle::{Tensor, Tensors};
use crate::error::Result;
use crate::linalg::{Cholesky, Symmetric};

/// The part of a value's density that is kept for studies that were not seen.
const NEW_STUDY: f64 = 0.3;
/// Samples that a component must have to count for one half.
const HALF_SAMPLES: f64 = 3.0;

/// What `classifiers.json` says of one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierSettings {
    /// The field.
    pub field: MetadataField,
    /// Its values.
    pub values: Vec<String>,
    /// For each component the place of its value, and its samples.
    pub components: Vec<(usize, u32)>,
    /// What densities are divided by.
    pub temperature: f64,
    /// What the discriminant on genes is divided by.
    pub gene_temperature: f64,
    /// Places of those genes on the axis.
    pub genes: Vec<u32>,
}

/// One field's classifier.
#[derive(Debug, Clone)]
pub struct Classifier {
    /// What is not a tensor.
    pub settings: ClassifierSettings,
    /// Means of the components, `[components × latents]`, technical and biological.
    pub means: Vec<f32>,
    /// S_b, `[latents × latents]`.
    pub between: Symmetric,
    /// Mean residual of each value, `[values × genes]`, ln(1 + CPM).
    pub residuals: Vec<f32>,
    /// Variance of the residual within values, `[genes]`.
    pub variances: Vec<f32>,
}

/// A classifier through a view.
#[derive(Debug, Clone)]
pub struct Viewed {
    /// Value, samples, shown mean.
    components: Vec<(usize, f64, Vec<f64>)>,
    /// Shown mean of each value.
    centres: Vec<Vec<f64>>,
    new_study: Option<Cholesky>,
}

impl Classifier {
    fn latents(&self) -> usize {
        self.between.n()
    }

    pub(super) fn take(
        tensors: &mut Tensors,
        latents: usize,
        settings: ClassifierSettings,
    ) -> Result<Self> {
        let name = |part: &str| format!("classify.{}.{part}", settings.field);
        let (values, genes) = (settings.values.len(), settings.genes.len());
        let between = tensors.take_f32(&name("between"), &[latents, latents])?;
        Ok(Self {
            means: tensors.take_f32(&name("means"), &[settings.components.len(), latents])?,
            between: Symmetric::from_fn(latents, |i, j| f64::from(between[i * latents + j])),
            residuals: tensors.take_f32(&name("residuals"), &[values, genes])?,
            variances: tensors.take_positive(&name("variances"), &[genes])?,
            settings,
        })
    }

    pub(super) fn put(&self, tensors: &mut Tensors) {
        let settings = &self.settings;
        let name = |part: &str| format!("classify.{}.{part}", settings.field);
        let n = self.latents();
        let (values, genes) = (settings.values.len(), settings.genes.len());
        let single = |values: &[f32]| Tensor::F32(values.to_vec());
        let shape = [settings.components.len(), n];
        tensors.insert(name("means"), &shape, single(&self.means));
        let between: Vec<f32> = (0..n * n)
            .map(|at| self.between.get(at / n, at % n) as f32)
            .collect();
        tensors.insert(name("between"), &[n, n], Tensor::F32(between));
        tensors.insert_half(
            name("residuals"),
            &[values, genes],
            self.residuals.iter().copied(),
        );
        tensors.insert(name("variances"), &[genes], single(&self.variances));
    }

    /// The classifier as it shows through a view; `within` is S.
    pub fn viewed(&self, view: &View, within: &Symmetric) -> Viewed {
        let n = self.latents();
        let row = |at: usize| self.means[at * n..][..n].iter().map(|m| f64::from(*m));
        let mut centres = vec![vec![0.0; n]; self.settings.values.len()];
        let mut weights = vec![0.0; centres.len()];
        for (at, &(value, samples)) in self.settings.components.iter().enumerate() {
            let weight = f64::from(samples) / (f64::from(samples) + HALF_SAMPLES);
            weights[value] += weight;
            for (sum, own) in centres[value].iter_mut().zip(row(at)) {
                *sum += weight * own;
            }
        }
        for (centre, weight) in centres.iter_mut().zip(&weights) {
            centre
                .iter_mut()
                .for_each(|sum| *sum /= f64::max(*weight, 1e-9));
        }
        let new_study =
            Symmetric::from_fn(n, |i, j| within.get(i, j) + 1.5 * self.between.get(i, j));
        Viewed {
            components: self
                .settings
                .components
                .iter()
                .enumerate()
                .map(|(at, &(value, samples))| (value, f64::from(samples), view.mean(row(at))))
                .collect(),
            centres: centres
                .iter()
                .map(|centre| view.mean(centre.iter().copied()))
                .collect(),
            new_study: view.covariance(&new_study),
        }
    }

    /// The logarithms of the values' densities at posterior means ẑ `[latents]`; `within` is the
    /// factor of the shown S.
    pub fn densities(&self, viewed: &Viewed, within: &Cholesky, latents: &[f64]) -> Vec<f64> {
        let values = self.settings.values.len();
        let mut totals = vec![0.0; values];
        for (value, samples, _) in &viewed.components {
            totals[*value] += samples;
        }
        let mut parts: Vec<Vec<f64>> = vec![Vec::new(); values];
        let n = latents.len() as f64;
        let from =
            |mean: &[f64]| -> Vec<f64> { latents.iter().zip(mean).map(|(z, m)| z - m).collect() };
        for (value, samples, mean) in &viewed.components {
            // The mean of a component of a few samples is itself uncertain.
            let wider = 1.0 + 1.0 / samples;
            let distance = squared_distance(within, &from(mean)) / wider;
            let part = (1.0 - NEW_STUDY) * samples / totals[*value];
            let size = within.log_determinant() + n * libm::log(wider);
            parts[*value].push(libm::log(part) - 0.5 * (distance + size));
        }
        if let Some(factor) = &viewed.new_study {
            for (value, centre) in viewed.centres.iter().enumerate() {
                let distance = squared_distance(factor, &from(centre));
                parts[value]
                    .push(libm::log(NEW_STUDY) - 0.5 * (distance + factor.log_determinant()));
            }
        }
        parts.iter().map(|parts| log_sum(parts)).collect()
    }

    /// What the residuals of the genes add, `[values]`; genes that are not measured add nothing.
    /// `residual` gives the residual of a gene of the axis, if it is measured.
    pub fn gene_evidence(&self, residual: impl Fn(usize) -> Option<f64>) -> Vec<f64> {
        let genes = self.settings.genes.len();
        let mut evidence = vec![0.0; self.settings.values.len()];
        for (at, &gene) in self.settings.genes.iter().enumerate() {
            let Some(own) = residual(gene as usize) else {
                continue;
            };
            let variance = f64::from(self.variances[at]);
            for (value, sum) in evidence.iter_mut().enumerate() {
                let mean = f64::from(self.residuals[value * genes + at]);
                *sum += mean * (own - 0.5 * mean) / variance;
            }
        }
        evidence
    }
}

impl ClassifierSettings {
    /// Probabilities from densities and the evidence of genes, each `[values]`. Values that were
    /// seen more often are somewhat more probable.
    pub fn probabilities(&self, densities: &[f64], genes: &[f64]) -> Vec<f64> {
        let mut samples = vec![0.0; self.values.len()];
        for &(value, n) in &self.components {
            samples[value] += f64::from(n);
        }
        let scores: Vec<f64> = densities
            .iter()
            .zip(genes)
            .zip(&samples)
            .map(|((density, gene), n)| {
                density / self.temperature
                    + gene / self.gene_temperature
                    + 0.5 * libm::log(n.max(1.0))
            })
            .collect();
        softmax(&scores)
    }
}

/// exp(score) over their sum.
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let total = log_sum(scores);
    scores
        .iter()
        .map(|score| libm::exp(score - total))
        .collect()
}

fn log_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return -1e300;
    }
    let sum: f64 = terms.iter().map(|term| libm::exp(term - largest)).sum();
    largest + libm::log(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one_however_far_apart_the_scores_are() {
        // python: scipy.special.softmax([1, 2, 0])
        let expected = [0.244_728_471, 0.665_240_956, 0.090_030_573];
        for (got, expected) in softmax(&[1.0, 2.0, 0.0]).iter().zip(expected) {
            assert!((got - expected).abs() < 1e-8);
        }
        let far = softmax(&[-1e5, 1e5]);
        assert!((far[0] + far[1] - 1.0).abs() < 1e-12 && far[1] > 0.999);
    }
}
