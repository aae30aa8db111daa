//! The values of one field by their probability: a mixture discriminant on the latents, and the
//! order of the genes that tell the values apart.
//!
//! Each value has a component for every study that it was seen in, N(m, S), and one for a study
//! that was not, N(m̄, S + S_b), m̄ its level rid of the studies' offsets and S_b their covariance.
//! To the logarithm of a value's density, divided by a temperature, Spearman's correlation of the
//! sample with the value's profile over those genes is added, with a weight: densities tell what is
//! like the samples of training best, ranks what another laboratory made (as SingleR does, Aran et
//! al. 2019, doi:10.1038/s41590-018-0276-y). Both were fitted on donors and studies that the
//! components were not made from.

use refcast_core::MetadataField;
use serde::{Deserialize, Serialize};

use super::ranks::unit_ranks;
use super::view::{LatentView, squared_distance};
use crate::bundle::{Tensor, Tensors};
use crate::error::Result;
use crate::linalg::{Cholesky, Symmetric};

/// The part of a value's density that is kept for studies that were not seen.
const NEW_STUDY: f64 = 0.3;
/// Genes that a sample must measure for their order to say anything.
const LEAST_GENES: usize = 10;

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
    /// What a correlation of ranks counts.
    pub rank_weight: f64,
    /// Places of the genes that are ranked on the axis.
    pub genes: Vec<u32>,
}

/// One field's classifier.
#[derive(Debug, Clone)]
pub struct Classifier {
    /// What is not a tensor.
    pub settings: ClassifierSettings,
    /// Means of the components, `[components × latents]`, technical and biological.
    pub means: Vec<f32>,
    /// Centres of the values, rid of what the studies add that they were seen in,
    /// `[values × latents]`.
    pub centres: Vec<f32>,
    /// S_b, `[latents × latents]`.
    pub between: Symmetric,
    /// Level of those genes in each value, rid of what studies add, `[values × genes]`: ln(1 + CPM)
    /// or ln(1 + CP10k).
    pub levels: Vec<f32>,
}

/// A classifier through a view.
#[derive(Debug, Clone)]
pub struct Viewed {
    /// Value, samples, shown mean.
    components: Vec<(usize, f64, Vec<f64>)>,
    /// Shown mean of each value.
    centres: Vec<Vec<f64>>,
    new_study: Option<Cholesky>,
    /// The genes that are ranked, of those that are measured.
    genes: Vec<u32>,
    /// Their ranks in each value.
    ranks: Vec<Vec<f64>>,
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
            centres: tensors.take_f32(&name("centres"), &[values, latents])?,
            between: Symmetric::from_fn(latents, |i, j| f64::from(between[i * latents + j])),
            levels: tensors.take_f32(&name("levels"), &[values, genes])?,
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
        tensors.insert(name("centres"), &[values, n], single(&self.centres));
        let between: Vec<f32> = (0..n * n)
            .map(|at| self.between.get(at / n, at % n) as f32)
            .collect();
        tensors.insert(name("between"), &[n, n], Tensor::F32(between));
        let levels = self.levels.iter().copied();
        tensors.insert_half(name("levels"), &[values, genes], levels);
    }

    /// The classifier as it shows through a view of the genes that are observed `[genes]`; `within`
    /// is S.
    pub fn viewed(&self, view: &LatentView, within: &Symmetric, observed: &[bool]) -> Viewed {
        let n = self.latents();
        let row = |rows: &'_ [f32], at: usize| -> Vec<f64> {
            let own = rows[at * n..][..n].iter();
            own.map(|mean| f64::from(*mean)).collect()
        };
        let new_study =
            Symmetric::from_fn(n, |i, j| within.get(i, j) + 1.5 * self.between.get(i, j));
        let all = self.settings.genes.iter().enumerate();
        let measured: Vec<(usize, u32)> = all
            .filter(|(_, gene)| observed[**gene as usize])
            .map(|(at, gene)| (at, *gene))
            .collect();
        let ranks = |value: usize| {
            let own = &self.levels[value * self.settings.genes.len()..];
            let levels = measured.iter().map(|(at, _)| f64::from(own[*at]));
            unit_ranks(&levels.collect::<Vec<f64>>())
        };
        let values = 0..self.settings.values.len();
        Viewed {
            ranks: values.map(ranks).collect(),
            genes: measured.iter().map(|(_, gene)| *gene).collect(),
            components: self
                .settings
                .components
                .iter()
                .enumerate()
                .map(|(at, &(value, samples))| {
                    let mean = view.mean(row(&self.means, at).into_iter());
                    (value, f64::from(samples), mean)
                })
                .collect(),
            centres: (0..self.settings.values.len())
                .map(|value| view.mean(row(&self.centres, value).into_iter()))
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
            let centres = viewed.centres.iter().enumerate();
            for (value, centre) in centres.filter(|(value, _)| totals[*value] > 0.0) {
                let distance = squared_distance(factor, &from(centre));
                parts[value]
                    .push(libm::log(NEW_STUDY) - 0.5 * (distance + factor.log_determinant()));
            }
        }
        parts.iter().map(|parts| log_sum(parts)).collect()
    }
}

impl Viewed {
    /// Spearman's correlation of a sample with each value, `[values]`; 0 where too few of the genes
    /// are measured. `level` gives the level of a gene of the axis.
    pub fn correlations(&self, level: impl Fn(usize) -> f64) -> Vec<f64> {
        if self.genes.len() < LEAST_GENES {
            return vec![0.0; self.ranks.len()];
        }
        let levels: Vec<f64> = self
            .genes
            .iter()
            .map(|gene| level(*gene as usize))
            .collect();
        let own = unit_ranks(&levels);
        let product = |ranks: &Vec<f64>| ranks.iter().zip(&own).map(|(a, b)| a * b).sum();
        self.ranks.iter().map(product).collect()
    }
}

impl ClassifierSettings {
    /// Probabilities from logarithms of densities and correlations of ranks, each `[values]`. Values
    /// that were seen more often are somewhat more probable.
    pub fn probabilities(&self, densities: &[f64], correlations: &[f64]) -> Vec<f64> {
        let mut samples = vec![0.0; self.values.len()];
        for &(value, n) in &self.components {
            samples[value] += f64::from(n);
        }
        let scores: Vec<f64> = densities
            .iter()
            .zip(correlations)
            .zip(&samples)
            .map(|((density, correlation), n)| {
                density / self.temperature
                    + self.rank_weight * correlation
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
