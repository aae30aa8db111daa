//! What the bank says about each gene, prepared once for a set of entries.
//!
//! For a gene with observed means m and error covariance S, and a size s, the posterior of the
//! true effects b of the entries is N(s·U·x, s·U − s²·U·V⁻¹·U) with V = s·U + S and x = V⁻¹·m. An
//! asked effect t = a·b + remainder has mean u·(s·x) and variance s·u_tt − s²·u·V⁻¹·u with u = U·a.
//! Averaging over the posterior of s leaves, per gene, a vector Σ P(s)·s·x and a matrix, neither
//! of which depends on a: so one preparation serves every reference.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::bank::EffectBank;
use crate::error::Result;
use crate::linalg::{MOST, RowMatrix, Small, Symmetric, dot};
use crate::unwanted::{GENES_BETWEEN, IsUnwanted, by_gene, go_on};

/// Sizes of the mixture, relative to the mean size of effects over expressed genes. 0 is no effect.
const SIZES: [f64; 9] = [0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 12.0, 30.0];
/// Rounds of expectation-maximisation for the mixture's proportions; they settle in about ten.
const ROUNDS: usize = 25;
/// Off-diagonal covariances are kept to this part: they are measured with few donors.
const KEPT_COVARIANCE: f64 = 0.8;
/// The same for the correlation of errors, so that no combination of entries is free of error.
const KEPT_ERROR_CORRELATION: f64 = 0.98;
/// The least variance of a condition's effects, in ln(1 + CPM)².
const LEAST_SIGNAL: f64 = 1e-4;

/// The prepared evidence of a set of entries.
#[derive(Debug, Clone)]
pub struct EffectPosterior {
    entries: Vec<usize>,
    covariance: Symmetric,
    /// Σ P(s)·s·x, `[genes × entries]`; 0 for a gene that none of the entries measures.
    means: Vec<f32>,
    /// Σ P(s)·s²·(x·xᵀ − V⁻¹), for each gene the lower triangle by rows; 0 as above.
    spreads: Vec<f32>,
    /// Σ P(s)·s, `[genes]`; of the prior, as above.
    sizes: Vec<f64>,
}

/// One gene that at least one of the entries measures: its row of each array of the posterior.
struct MeasuredGene {
    mean: [f64; MOST],
    spread: Vec<f32>,
    size: f64,
}

/// The belief about one gene's effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GenePosterior {
    /// Expected change of ln(1 + CPM).
    pub mean: f64,
    /// Variance of that change.
    pub variance: f64,
}

/// The observations of one gene: which entries have it, their means, the covariance of their errors.
struct Observed {
    rows: Vec<usize>,
    means: Vec<f64>,
    noise: Vec<f64>,
}

/// The fit of one size to one gene.
struct SizeFit {
    log_likelihood: f64,
    x: [f64; MOST],
    factor: Small,
}

impl EffectPosterior {
    /// Prepares the evidence of `entries`, at most [`MOST`] of them.
    ///
    /// # Errors
    /// [`Error::Unwanted`](crate::Error::Unwanted) soon after `is_unwanted`.
    pub fn new(
        bank: &EffectBank,
        entries: &[usize],
        is_unwanted: IsUnwanted<'_>,
    ) -> Result<Arc<Self>> {
        let covariance = covariance(bank, entries);
        let observed = by_gene(bank.genes(), is_unwanted, |gene| {
            Observed::of(bank, entries, gene)
        })?;
        let likelihoods = by_gene(observed.len(), is_unwanted, |gene| match &observed[gene] {
            Some(seen) => likelihoods(&covariance, seen),
            None => [0.0; SIZES.len()],
        })?;
        let proportions = proportions(bank, entries, &observed, &likelihoods, is_unwanted)?;
        let prior_size = dot(&proportions, &SIZES);
        let sizes = |gene: usize| posterior_of_sizes(&likelihoods[gene], &proportions);
        Self::at_sizes(
            entries,
            covariance,
            &observed,
            prior_size,
            sizes,
            is_unwanted,
        )
    }

    /// The posterior under the probabilities of each size, by gene; of the prior's mean size for a
    /// gene that was not observed.
    fn at_sizes(
        entries: &[usize],
        covariance: Symmetric,
        observed: &[Option<Observed>],
        prior_size: f64,
        probabilities: impl Fn(usize) -> [f64; SIZES.len()] + Sync,
        is_unwanted: IsUnwanted<'_>,
    ) -> Result<Arc<Self>> {
        let (n, genes) = (entries.len(), observed.len());
        let triangle = n * (n + 1) / 2;
        let mut means = vec![0.0; genes * n];
        let mut spreads = vec![0.0; genes * triangle];
        let mut sizes = vec![prior_size; genes];
        if n > 0 {
            means
                .par_chunks_mut(n)
                .zip(spreads.par_chunks_mut(triangle))
                .zip(&mut sizes)
                .enumerate()
                .try_for_each(|(gene, ((mean, spread), size))| -> Result<()> {
                    if gene % GENES_BETWEEN == 0 {
                        go_on(is_unwanted)?;
                    }
                    if let Some(seen) = &observed[gene] {
                        let known = MeasuredGene::new(&covariance, seen, &probabilities(gene));
                        for (to, from) in mean.iter_mut().zip(known.mean) {
                            *to = from as f32;
                        }
                        spread.copy_from_slice(&known.spread);
                        *size = known.size;
                    }
                    Ok(())
                })?;
        }
        Ok(Arc::new(Self {
            entries: entries.to_vec(),
            covariance,
            means,
            spreads,
            sizes,
        }))
    }

    /// The entries, in the order that weights are given in.
    pub fn entries(&self) -> &[usize] {
        &self.entries
    }

    /// Covariance of the true effects of the entries.
    pub fn covariance(&self) -> &Symmetric {
        &self.covariance
    }

    /// Bytes that its arrays take.
    pub fn bytes(&self) -> usize {
        4 * (self.means.len() + self.spreads.len()) + 8 * self.sizes.len()
    }

    /// Prepares the effect Σ weights·b plus a remainder of the given variance relative to the size.
    pub fn target(self: &Arc<Self>, weights: &[f64], remainder: f64) -> TargetEffect {
        let with_entries = self.covariance.times(weights);
        let variance = dot(&with_entries, weights) + remainder;
        let mut products = Vec::with_capacity(weights.len() * (weights.len() + 1) / 2);
        for (row, one) in with_entries.iter().enumerate() {
            for (column, other) in with_entries.iter().enumerate().take(row + 1) {
                // An entry of the lower triangle stands for its mirror as well.
                let twice = if row == column { 1.0 } else { 2.0 };
                products.push(twice * one * other);
            }
        }
        TargetEffect {
            posterior: Arc::clone(self),
            with_entries,
            products,
            variance,
        }
    }
}

/// An asked effect: its covariance with the entries, and its own variance.
#[derive(Debug, Clone)]
pub struct TargetEffect {
    posterior: Arc<EffectPosterior>,
    with_entries: Vec<f64>,
    /// u·uᵀ over the lower triangle, so that uᵀ·S·u is one sum.
    products: Vec<f64>,
    variance: f64,
}

impl TargetEffect {
    /// The entries behind the target, in the order of its weights.
    pub fn entries(&self) -> &[usize] {
        &self.posterior.entries
    }

    /// The belief about one gene.
    pub fn gene(&self, gene: usize) -> GenePosterior {
        self.of_genes(gene..gene + 1)[0]
    }

    /// The belief about every gene, `[genes]`.
    pub fn genes(&self) -> Vec<GenePosterior> {
        self.of_genes(0..self.posterior.sizes.len())
    }

    fn of_genes(&self, genes: Range<usize>) -> Vec<GenePosterior> {
        let posterior = &self.posterior;
        let rows = |values: &'_ [f32], vector: &[f64]| -> Vec<f64> {
            let width = vector.len();
            if width == 0 {
                return vec![0.0; genes.len()];
            }
            let values = &values[genes.start * width..genes.end * width];
            RowMatrix::new(values, width).times(vector)
        };
        let means = rows(&posterior.means, &self.with_entries);
        let squares = rows(&posterior.spreads, &self.products);
        let sizes = &posterior.sizes[genes.clone()];
        let beliefs = means.into_iter().zip(squares).zip(sizes);
        beliefs
            .map(|((mean, square), size)| GenePosterior {
                mean,
                variance: (size * self.variance + square - mean * mean).max(0.0),
            })
            .collect()
    }
}

fn covariance(bank: &EffectBank, entries: &[usize]) -> Symmetric {
    Symmetric::from_fn(entries.len(), |i, j| {
        let signal = bank.signal(entries[i], entries[j]);
        if i == j {
            signal.max(LEAST_SIGNAL)
        } else {
            KEPT_COVARIANCE * signal
        }
    })
    .with_eigenvalues_at_least(0.1 * LEAST_SIGNAL)
}

impl Observed {
    fn of(bank: &EffectBank, entries: &[usize], gene: usize) -> Option<Self> {
        let rows: Vec<usize> = (0..entries.len())
            .filter(|&row| bank.measures(entries[row], gene))
            .collect();
        if rows.is_empty() {
            return None;
        }
        let means = rows
            .iter()
            .filter_map(|&row| bank.mean(entries[row], gene))
            .collect();
        let error = |row: usize| {
            let entry = entries[row];
            bank.deviation(entry, gene).max(1e-3) * bank.entries()[entry].error_scale.sqrt()
        };
        let errors: Vec<f64> = rows.iter().map(|&row| error(row)).collect();
        let mut noise = Vec::with_capacity(rows.len() * rows.len());
        for (&i, one) in rows.iter().zip(&errors) {
            for (&j, other) in rows.iter().zip(&errors) {
                let kept = if i == j { 1.0 } else { KEPT_ERROR_CORRELATION };
                noise.push(kept * bank.error_correlation(entries[i], entries[j]) * one * other);
            }
        }
        Some(Self { rows, means, noise })
    }

    /// V⁻¹·m and the logarithm of the likelihood at a size, with the factor of V.
    fn fit(&self, covariance: &Symmetric, size: f64) -> Option<SizeFit> {
        let n = self.rows.len();
        let mut factor = Small::from_fn(n, |i, j| {
            size * covariance.get(self.rows[i], self.rows[j]) + self.noise[i * n + j]
        });
        if !factor.factor() {
            return None;
        }
        let mut x = [0.0; MOST];
        x[..n].copy_from_slice(&self.means);
        factor.solve_lower(&mut x);
        let square: f64 = x.iter().map(|value| value * value).sum();
        let log_likelihood = -0.5 * (factor.log_determinant() + square);
        factor.solve_upper(&mut x);
        Some(SizeFit {
            log_likelihood,
            x,
            factor,
        })
    }
}

fn likelihoods(covariance: &Symmetric, seen: &Observed) -> [f64; SIZES.len()] {
    let log = |size| {
        seen.fit(covariance, size)
            .map_or(f64::MIN, |fit| fit.log_likelihood)
    };
    let logs = SIZES.map(log);
    let most = logs.iter().copied().fold(f64::MIN, f64::max);
    logs.map(|log| libm::exp(log - most))
}

/// Proportions of the sizes by expectation-maximisation over the expressed genes.
fn proportions(
    bank: &EffectBank,
    entries: &[usize],
    observed: &[Option<Observed>],
    likelihoods: &[[f64; SIZES.len()]],
    is_unwanted: IsUnwanted<'_>,
) -> Result<[f64; SIZES.len()]> {
    let expressed: Vec<usize> = (0..bank.genes())
        .filter(|&gene| {
            observed[gene].is_some() && {
                let levels = entries
                    .iter()
                    .filter_map(|&entry| bank.control(bank.entries()[entry].context, gene));
                levels.fold(0.0, f64::max) > bank.expressed()
            }
        })
        .collect();
    let mut proportions = [1.0 / SIZES.len() as f64; SIZES.len()];
    if expressed.is_empty() {
        return Ok(proportions);
    }
    for _ in 0..ROUNDS {
        go_on(is_unwanted)?;
        let mut sum = [0.0; SIZES.len()];
        for &gene in &expressed {
            let probabilities = posterior_of_sizes(&likelihoods[gene], &proportions);
            for (sum, probability) in sum.iter_mut().zip(probabilities) {
                *sum += probability;
            }
        }
        proportions = sum.map(|sum| sum / expressed.len() as f64);
    }
    Ok(proportions)
}

fn posterior_of_sizes(
    likelihoods: &[f64; SIZES.len()],
    proportions: &[f64; SIZES.len()],
) -> [f64; SIZES.len()] {
    let mut joint = *likelihoods;
    for (joint, proportion) in joint.iter_mut().zip(proportions) {
        *joint *= proportion;
    }
    let total: f64 = joint.iter().sum();
    if total > 0.0 {
        joint.map(|value| value / total)
    } else {
        *proportions
    }
}

impl MeasuredGene {
    fn new(covariance: &Symmetric, seen: &Observed, probabilities: &[f64; SIZES.len()]) -> Self {
        let (n, m) = (covariance.n(), seen.rows.len());
        let mut mean = [0.0; MOST];
        // Over the entries that measure the gene: Σ P(s)·s²·(x·xᵀ − V⁻¹).
        let mut spread = [[0.0; MOST]; MOST];
        for (&size, &probability) in SIZES.iter().zip(probabilities) {
            // A size without weight changes no digit that is kept.
            if size == 0.0 || probability < 1e-6 {
                continue;
            }
            let Some(fit) = seen.fit(covariance, size) else {
                continue;
            };
            let scale = probability * size * size;
            fit.factor.add_inverse(-scale, &mut spread);
            for (i, (own, x)) in spread.iter_mut().zip(&fit.x).enumerate().take(m) {
                mean[seen.rows[i]] += probability * size * x;
                for (sum, other) in own.iter_mut().zip(&fit.x).take(i + 1) {
                    *sum += scale * x * other;
                }
            }
        }
        let mut whole = vec![0.0; n * (n + 1) / 2];
        for (i, &row) in seen.rows.iter().enumerate() {
            for (j, &column) in seen.rows.iter().enumerate().take(i + 1) {
                whole[row * (row + 1) / 2 + column] = spread[i][j] as f32;
            }
        }
        Self {
            mean,
            spread: whole,
            size: dot(probabilities, &SIZES),
        }
    }
}

#[cfg(test)]
mod tests;
