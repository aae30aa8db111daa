//! What the bank says about each gene, prepared once for a set of entries.
//!
//! For a gene with observed means m and error covariance S, and a size s, the posterior of the
//! true effects b of the entries is N(s·U·x, s·U − s²·U·V⁻¹·U) with V = s·U + S and x = V⁻¹·m. An
//! asked effect t = a·b + remainder has mean u·(s·x) and variance s·u_tt − s²·u·V⁻¹·u with u = U·a.
//! Averaging over the posterior of s leaves, per gene, a vector Σ P(s)·s·x and a matrix, neither
//! of which depends on a: so one preparation serves every reference.

use rayon::prelude::*;

use super::bank::{EXPRESSED, EffectBank};
use crate::linalg::{MOST, Small, Symmetric, dot};

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
pub struct Posterior {
    entries: Vec<usize>,
    covariance: Symmetric,
    genes: Vec<Option<Gene>>,
    prior_size: f64,
}

/// One gene that at least one of the entries measures.
#[derive(Debug, Clone)]
struct Gene {
    /// Σ P(s)·s·x, `[entries]`.
    mean: Vec<f32>,
    /// Σ P(s)·s²·(x·xᵀ − V⁻¹), lower triangle by rows.
    spread: Vec<f32>,
    /// Σ P(s)·s.
    size: f64,
}

/// The belief about one gene's effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneEffect {
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
struct Fit {
    log_likelihood: f64,
    x: [f64; MOST],
    factor: Small,
}

impl Posterior {
    /// Prepares the evidence of `entries`, at most [`MOST`] of them.
    pub fn new(bank: &EffectBank, entries: &[usize]) -> Self {
        let covariance = covariance(bank, entries);
        let observed: Vec<Option<Observed>> = (0..bank.genes())
            .into_par_iter()
            .map(|gene| Observed::of(bank, entries, gene))
            .collect();
        let likelihoods: Vec<[f64; SIZES.len()]> = observed
            .par_iter()
            .map(|seen| match seen {
                Some(seen) => likelihoods(&covariance, seen),
                None => [0.0; SIZES.len()],
            })
            .collect();
        let proportions = proportions(bank, entries, &observed, &likelihoods);
        let genes = observed
            .par_iter()
            .zip(&likelihoods)
            .map(|(seen, likelihoods)| {
                let probabilities = posterior_of_sizes(likelihoods, &proportions);
                seen.as_ref()
                    .map(|seen| Gene::new(&covariance, seen, &probabilities))
            })
            .collect();
        Self {
            entries: entries.to_vec(),
            covariance,
            genes,
            prior_size: dot(&proportions, &SIZES),
        }
    }

    /// The entries, in the order that weights are given in.
    pub fn entries(&self) -> &[usize] {
        &self.entries
    }

    /// Covariance of the true effects of the entries.
    pub fn covariance(&self) -> &Symmetric {
        &self.covariance
    }

    /// Prepares the effect Σ weights·b plus a remainder of the given variance relative to the size.
    pub fn target(&self, weights: &[f64], remainder: f64) -> Target<'_> {
        let with_entries = self.covariance.times(weights);
        let variance = dot(&with_entries, weights) + remainder;
        Target {
            posterior: self,
            with_entries,
            variance,
        }
    }
}

/// An asked effect: its covariance with the entries, and its own variance.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    posterior: &'a Posterior,
    with_entries: Vec<f64>,
    variance: f64,
}

impl Target<'_> {
    /// The entries behind the target, in the order of its weights.
    pub fn entries(&self) -> &[usize] {
        &self.posterior.entries
    }

    /// The belief about one gene.
    pub fn gene(&self, gene: usize) -> GeneEffect {
        let Some(known) = &self.posterior.genes[gene] else {
            return GeneEffect {
                mean: 0.0,
                variance: self.posterior.prior_size * self.variance,
            };
        };
        let u = &self.with_entries;
        let mean: f64 = known
            .mean
            .iter()
            .zip(u)
            .map(|(m, u)| f64::from(*m) * u)
            .sum();
        let mut square = 0.0;
        let mut triangle = known.spread.iter();
        for (row, one) in u.iter().enumerate() {
            for (column, other) in u.iter().enumerate().take(row + 1) {
                let value = triangle.next().map_or(0.0, |value| f64::from(*value));
                let twice = if row == column { 1.0 } else { 2.0 };
                square += twice * value * one * other;
            }
        }
        let variance = known.size * self.variance + square - mean * mean;
        GeneEffect {
            mean,
            variance: variance.max(0.0),
        }
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
    fn fit(&self, covariance: &Symmetric, size: f64) -> Option<Fit> {
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
        Some(Fit {
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
) -> [f64; SIZES.len()] {
    let expressed: Vec<usize> = (0..bank.genes())
        .filter(|&gene| {
            observed[gene].is_some() && {
                let levels = entries
                    .iter()
                    .filter_map(|&entry| bank.control(bank.entries()[entry].context, gene));
                levels.fold(0.0, f64::max) > EXPRESSED
            }
        })
        .collect();
    let mut proportions = [1.0 / SIZES.len() as f64; SIZES.len()];
    if expressed.is_empty() {
        return proportions;
    }
    for _ in 0..ROUNDS {
        let mut sum = [0.0; SIZES.len()];
        for &gene in &expressed {
            let probabilities = posterior_of_sizes(&likelihoods[gene], &proportions);
            for (sum, probability) in sum.iter_mut().zip(probabilities) {
                *sum += probability;
            }
        }
        proportions = sum.map(|sum| sum / expressed.len() as f64);
    }
    proportions
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

impl Gene {
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
            mean: mean.iter().take(n).map(|value| *value as f32).collect(),
            spread: whole,
            size: dot(probabilities, &SIZES),
        }
    }
}

#[cfg(test)]
mod tests;
