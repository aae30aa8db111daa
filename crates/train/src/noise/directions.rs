//! Directions in which replicates deviate together: the first principal components of the residuals
//! of all groups of replicates.
//!
//! Each study's residuals are scaled to the same mean square first, so that a wide laboratory does
//! not set the directions; a study counts by its samples.

use half::f16;
use rayon::prelude::*;
use refcast_core::random::{Random, RandomStream};
use refcast_model::linalg::Symmetric;
use refcast_model::noise::DIRECTIONS;

use super::{Replicates, level};

/// Where the iteration starts.
const START: RandomStream = RandomStream(230);
/// Rounds of the iteration; directions that are not told apart by then are as good as each other.
const ROUNDS: usize = 60;
/// Degrees of freedom of residuals for each direction: with fewer, what is one sample's own would
/// pass for shared.
const DEGREES_PER_DIRECTION: usize = 8;
/// Of the normal matrix of scores, whose diagonal is 1 where all genes are seen.
const RIDGE: f64 = 1e-3;

/// Shared directions, and how far samples and studies go along them.
pub struct Directions {
    /// `[directions][genes]`, of length 1; zeros where there are too few residuals for so many.
    pub loadings: Vec<Vec<f32>>,
    /// Of each sample, `[groups][samples][directions]`, ln expression.
    pub scores: Vec<Vec<Vec<f64>>>,
    /// Variance of the scores between replicates, `[studies][directions]`.
    pub of_studies: Vec<Vec<f32>>,
    /// The same of a typical study, `[directions]`.
    pub typical: Vec<f32>,
}

/// Learns the directions from groups of replicates of `studies` studies.
pub fn fit(groups: &[Replicates<'_>], studies: usize, genes: usize) -> Directions {
    let residuals: Vec<Vec<Vec<f32>>> =
        groups.par_iter().map(|one| residuals(one, genes)).collect();
    let rows = scaled(groups, &residuals, studies);
    let degrees: usize = groups.iter().map(|group| group.samples.len() - 1).sum();
    let mut loadings = principal(&rows, genes);
    for direction in loadings.iter_mut().skip(degrees / DEGREES_PER_DIRECTION) {
        direction.fill(0.0);
    }
    let scores: Vec<Vec<Vec<f64>>> = residuals
        .par_iter()
        .map(|samples| scores(samples, &loadings))
        .collect();
    let of_studies: Vec<Vec<f32>> = (0..studies)
        .map(|study| {
            let own = groups.iter().zip(&scores);
            let own: Vec<_> = own.filter(|(group, _)| group.position == study).collect();
            let degrees: usize = own.iter().map(|(group, _)| group.samples.len() - 1).sum();
            let square = |at: usize| {
                let samples = own.iter().flat_map(|(_, samples)| samples.iter());
                samples.map(|score| score[at] * score[at]).sum::<f64>()
            };
            let variance = |at| (square(at) / degrees.max(1) as f64) as f32;
            (0..DIRECTIONS).map(variance).collect()
        })
        .collect();
    Directions {
        typical: typical(&of_studies),
        loadings,
        scores,
        of_studies,
    }
}

/// Residuals of ln expression about the group's mean, `[samples][genes]`; 0 where shot noise hides
/// them.
fn residuals(group: &Replicates<'_>, genes: usize) -> Vec<Vec<f32>> {
    let mut residuals = vec![vec![0.0; genes]; group.samples.len()];
    for gene in 0..genes {
        let Some((level, slope, _)) = level(group, gene) else {
            continue;
        };
        for (residual, &sample) in residuals.iter_mut().zip(&group.samples) {
            let own = f64::from(group.study.values[sample][gene]);
            residual[gene] = ((own - level) / slope) as f32;
        }
    }
    residuals
}

/// The residuals of all groups, each study's with the same mean square.
fn scaled(groups: &[Replicates<'_>], residuals: &[Vec<Vec<f32>>], studies: usize) -> Vec<Vec<f32>> {
    let mut sums = vec![(0.0_f64, 0.0_f64); studies];
    for (group, samples) in groups.iter().zip(residuals) {
        for value in samples.iter().flatten().filter(|value| **value != 0.0) {
            sums[group.position].0 += f64::from(*value).powi(2);
            sums[group.position].1 += 1.0;
        }
    }
    let mut rows = Vec::new();
    for (group, samples) in groups.iter().zip(residuals) {
        let (square, n) = sums[group.position];
        let scale = if square > 0.0 {
            (n / square).sqrt() as f32
        } else {
            0.0
        };
        rows.extend(
            samples
                .iter()
                .map(|row| row.iter().map(|value| scale * value).collect()),
        );
    }
    rows
}

/// The first principal components of rows, `[directions][genes]`, by orthogonal iteration on the
/// products of the rows.
fn principal(rows: &[Vec<f32>], genes: usize) -> Vec<Vec<f32>> {
    let product = |a: &[f32], b: &[f32]| {
        let terms = a.iter().zip(b);
        terms
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum::<f64>()
    };
    let n = rows.len();
    let lower: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|row| {
            (0..=row)
                .map(|other| product(&rows[row], &rows[other]))
                .collect()
        })
        .collect();
    let gram = Symmetric::from_fn(n, |row, column| lower[row][column]);
    let random = Random::new(0);
    let start = |at: u64| {
        (0..n)
            .map(|row| random.normal(START, at, row as u32))
            .collect()
    };
    let mut vectors: Vec<Vec<f64>> = (0..DIRECTIONS as u64).map(start).collect();
    for _ in 0..ROUNDS {
        vectors = vectors.iter().map(|vector| gram.times(vector)).collect();
        orthonormalise(&mut vectors);
    }
    vectors
        .par_iter()
        .map(|vector| {
            let mut direction = vec![0.0_f64; genes];
            for (row, weight) in rows.iter().zip(vector) {
                for (sum, value) in direction.iter_mut().zip(row) {
                    *sum += weight * f64::from(*value);
                }
            }
            let length = direction
                .iter()
                .map(|value| value * value)
                .sum::<f64>()
                .sqrt();
            // As a bundle keeps them.
            let kept = |value: f64| f16::from_f64(value / length.max(f64::MIN_POSITIVE)).to_f32();
            direction.into_iter().map(kept).collect()
        })
        .collect()
}

/// Gram-Schmidt; what is left of a vector that the others span is 0.
fn orthonormalise(vectors: &mut [Vec<f64>]) {
    for at in 0..vectors.len() {
        let (done, rest) = vectors.split_at_mut(at);
        let own = &mut rest[0];
        let before = own.iter().map(|value| value * value).sum::<f64>().sqrt();
        for other in done.iter() {
            let shared: f64 = own.iter().zip(other).map(|(a, b)| a * b).sum();
            for (value, other) in own.iter_mut().zip(other) {
                *value -= shared * other;
            }
        }
        let length = own.iter().map(|value| value * value).sum::<f64>().sqrt();
        let scale = if length > 1e-9 * before {
            1.0 / length
        } else {
            0.0
        };
        for value in own.iter_mut() {
            *value *= scale;
        }
    }
}

/// Least squares of a group's residuals on the directions over the genes that the group shows.
fn scores(samples: &[Vec<f32>], loadings: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let genes = samples.first().map_or(0, Vec::len);
    let seen: Vec<usize> = (0..genes)
        .filter(|&gene| samples.iter().any(|sample| sample[gene] != 0.0))
        .collect();
    let product = |a: &[f32], b: &[f32]| -> f64 {
        let terms = seen
            .iter()
            .map(|&gene| f64::from(a[gene]) * f64::from(b[gene]));
        terms.sum()
    };
    let normal = Symmetric::from_fn(loadings.len(), |row, column| {
        let ridge = if row == column { RIDGE } else { 0.0 };
        ridge + product(&loadings[row], &loadings[column])
    });
    let solved = normal.cholesky();
    samples
        .iter()
        .map(|sample| {
            let right: Vec<f64> = loadings.iter().map(|own| product(own, sample)).collect();
            let none = || vec![0.0; loadings.len()];
            solved
                .as_ref()
                .map_or_else(none, |cholesky| cholesky.solve(&right))
        })
        .collect()
}

/// The mean over studies, brought to the median of their totals: each direction is strong in few.
fn typical(of_studies: &[Vec<f32>]) -> Vec<f32> {
    let mut sorted: Vec<f32> = of_studies.iter().map(|own| own.iter().sum()).collect();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let mean = |at: usize| {
        let sum: f32 = of_studies.iter().map(|own| own[at]).sum();
        sum / of_studies.len().max(1) as f32
    };
    let means: Vec<f32> = (0..DIRECTIONS).map(mean).collect();
    let total: f32 = means.iter().sum();
    let scale = if total > 0.0 { middle / total } else { 0.0 };
    means.into_iter().map(|own| scale * own).collect()
}
