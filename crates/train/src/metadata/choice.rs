//! Which covariance of descriptions tells profiles best that it was not given: of a fixed number of
//! random ones that with the least squared error over groups that are left out, alone and with all
//! of their study.

use rayon::prelude::*;
use refcast_core::MetadataField;
use refcast_core::random::{Random, RandomStream};
use refcast_model::baseline::{Kernel, Point, SampleGroup, Space};
use refcast_model::linalg::Symmetric;
use refcast_model::terms::Terms;

/// Draws of the candidates.
const CANDIDATES: RandomStream = RandomStream(120);
/// How many are tried beside the usual one.
const TRIED: u64 = 96;

/// The kernel for groups with profiles `[groups][genes]` about μ `[genes]`.
pub fn choose(
    terms: &Terms,
    groups: &[SampleGroup],
    profiles: &[Vec<f32>],
    mean: &[f32],
    seed: u64,
) -> Kernel {
    let products = products(profiles, mean);
    let mut candidates = vec![Kernel::default()];
    candidates.extend((0..TRIED).map(|at| candidate(Random::new(seed), at)));
    let decays: Vec<(f64, Vec<Point>)> = [0.5, 0.7, 0.85]
        .into_iter()
        .map(|decay| {
            let seen = groups.iter().map(|group| &group.metadata);
            let space = Space::new(terms, seen.clone(), decay);
            (decay, seen.map(|own| space.point(terms, own)).collect())
        })
        .collect();
    let errors: Vec<f64> = candidates
        .par_iter()
        .map(|kernel| {
            let own = decays.iter().find(|(decay, _)| *decay == kernel.decay);
            own.map_or(f64::INFINITY, |(_, points)| {
                error(kernel, points, groups, &products)
            })
        })
        .collect();
    let best = errors.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    best.map_or_else(Kernel::default, |(at, _)| candidates[at])
}

/// Each variance from 0.02 to 2, evenly on the scale of its logarithm.
fn candidate(random: Random, at: u64) -> Kernel {
    let mut place = 0;
    let mut drawn = |largest: f64| {
        place += 1;
        0.02 * (largest / 0.02).powf(random.uniform(CANDIDATES, at, place))
    };
    Kernel {
        constant: drawn(2.0),
        tissue: drawn(2.0),
        cell_type: drawn(2.0),
        cell_line: drawn(2.0),
        disease: drawn(2.0),
        sample_type: drawn(2.0),
        joint: drawn(4.0),
        study: drawn(2.0),
        group: drawn(2.0),
        sample: drawn(2.0),
        decay: [0.5, 0.7, 0.85][(at % 3) as usize],
    }
}

/// Σ over genes of the products of the deviations from μ, `[groups × groups]`.
fn products(profiles: &[Vec<f32>], mean: &[f32]) -> Symmetric {
    let rows: Vec<Vec<f64>> = (0..profiles.len())
        .into_par_iter()
        .map(|i| {
            (0..=i)
                .map(|j| {
                    let pairs = profiles[i].iter().zip(&profiles[j]).zip(mean);
                    pairs
                        .map(|((a, b), m)| f64::from(a - m) * f64::from(b - m))
                        .sum()
                })
                .collect()
        })
        .collect();
    Symmetric::from_fn(profiles.len(), |i, j| rows[i.max(j)][i.min(j)])
}

/// Mean over groups of the squared error relative to that of μ.
fn error(kernel: &Kernel, points: &[Point], groups: &[SampleGroup], products: &Symmetric) -> f64 {
    let n = groups.len();
    let covariance = Symmetric::from_fn(n, |i, j| kernel.covariance(&points[i], &points[j]));
    let of_fields = |i: usize, j: usize| kernel.of_fields(&points[i], &points[j]);
    let mut total = 0.0;
    for held in 0..n {
        let study = groups[held].metadata.get(MetadataField::Study);
        let others = |left_out: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..n).filter(|at| *at != held && !left_out(*at)).collect()
        };
        let alone = others(&|_| false);
        let with_study = others(&|at| groups[at].metadata.get(MetadataField::Study) == study);
        for kept in [&alone, &with_study] {
            let matrix = Symmetric::from_fn(kept.len(), |i, j| {
                let noise = if i == j {
                    kernel.noise(groups[kept[i]].samples)
                } else {
                    0.0
                };
                covariance.get(kept[i], kept[j]) + noise
            });
            let Some(factor) = matrix.cholesky() else {
                return f64::INFINITY;
            };
            let right: Vec<f64> = kept
                .iter()
                .map(|&at| {
                    if kept.len() == alone.len() {
                        covariance.get(held, at)
                    } else {
                        of_fields(held, at)
                    }
                })
                .collect();
            let weights = factor.solve(&right);
            let own = products.get(held, held);
            let mut error = own;
            for (i, &a) in kept.iter().enumerate() {
                error -= 2.0 * weights[i] * products.get(held, a);
                for (j, &b) in kept.iter().enumerate() {
                    error += weights[i] * weights[j] * products.get(a, b);
                }
            }
            total += error / own.max(1e-9);
        }
    }
    total / (2 * n) as f64
}
