//! The factors on the deviation that make intervals cover what they say.

use std::collections::BTreeMap;

use refcast_model::generate::{Calibration, Factors};

use super::distances::Distances;

/// What the intervals are to cover.
pub const HALF: f64 = 0.5;
/// What the wide intervals are to cover.
pub const NINETY: f64 = 0.9;
/// Halvings of the range that a factor is looked for in.
const HALVINGS: usize = 40;
/// No interval is wider, in deviations.
const WIDEST: f64 = 64.0;

/// The errors of a held-out sample.
#[derive(Debug, Clone, Copy)]
pub struct SampleErrors<'a> {
    /// Its study: all studies count the same, however many samples they have.
    pub study: &'a str,
    /// The part of the effect that the evidence explained, 0 to 1.
    pub explained: f64,
    /// The errors of its genes.
    pub distances: &'a Distances,
}

/// The factors at some parts explained. At each of them the samples between its neighbours count,
/// the nearer the more; one that has no sample near it gets none.
pub fn fit(samples: &[SampleErrors<'_>], knots: &[f64]) -> Calibration {
    let mut sizes: BTreeMap<&str, f64> = BTreeMap::new();
    for sample in samples {
        *sizes.entry(sample.study).or_default() += 1.0;
    }
    let knots = knots.iter().enumerate().filter_map(|(at, &knot)| {
        let near: Vec<(f64, &Distances)> = samples
            .iter()
            .map(|sample| {
                let share = share(knots, at, sample.explained);
                (share / sizes[sample.study], sample.distances)
            })
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        Some(Factors {
            explained: knot,
            half: quantile(&near, HALF)?,
            ninety: quantile(&near, NINETY)?,
        })
    });
    Calibration::new(knots.collect())
}

/// How much a knot counts at a part explained when factors are linear between knots.
fn share(knots: &[f64], at: usize, explained: f64) -> f64 {
    let knot = knots[at];
    let towards = |neighbour: Option<&f64>| match neighbour {
        Some(neighbour) => (1.0 - (explained - knot).abs() / (neighbour - knot).abs()).max(0.0),
        None => 1.0,
    };
    if explained < knot {
        towards(at.checked_sub(1).and_then(|below| knots.get(below)))
    } else {
        towards(knots.get(at + 1))
    }
}

/// The least factor within which a share of the genes lies, samples weighted.
fn quantile(samples: &[(f64, &Distances)], covered: f64) -> Option<f64> {
    let total: f64 = samples.iter().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let within = |factor: f64| {
        let sums = samples
            .iter()
            .map(|(weight, distances)| weight * distances.within(factor).unwrap_or(0.0));
        sums.sum::<f64>() / total
    };
    let (mut low, mut high) = (0.0, WIDEST);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if within(middle) < covered {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use refcast_core::random::{Random, RandomStream};

    const DRAWS: RandomStream = RandomStream(201);

    /// Errors with a Student t of 3 degrees of freedom: z / √(χ²₃ / 3).
    fn student(genes: u32, sample: u64, scale: f64) -> Distances {
        let random = Random::new(5);
        let errors = (0..genes).map(|gene| {
            let normal = |of: u64| random.normal(DRAWS, 8 * sample + of, gene);
            let chi: f64 = (1..4).map(|of| normal(of).powi(2)).sum();
            (scale * normal(0) / (chi / 3.0).sqrt(), 1.0)
        });
        Distances::of(errors)
    }

    #[test]
    fn normal_errors_get_the_quantiles_of_a_normal() {
        let random = Random::new(3);
        let errors = (0..200_000).map(|gene| (0.3 * random.normal(DRAWS, 0, gene), 0.3));
        let distances = Distances::of(errors);
        let errors = SampleErrors {
            study: "a",
            explained: 0.5,
            distances: &distances,
        };
        let found = fit(&[errors], &[0.0, 1.0]).at(0.5);
        assert!((found.half - 0.674_49).abs() < 0.01, "{found:?}");
        assert!((found.ninety - 1.644_85).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn errors_with_heavy_tails_are_covered_at_both_levels_after_fitting() {
        let (fitted, tested) = (student(20_000, 0, 1.0), student(20_000, 1, 1.0));
        let errors = SampleErrors {
            study: "a",
            explained: 0.5,
            distances: &fitted,
        };
        let found = fit(&[errors], &[0.5]).at(0.5);
        // scipy.stats.t.ppf([0.75, 0.95], 3)
        assert!((found.half - 0.764_89).abs() < 0.02, "{found:?}");
        assert!((found.ninety - 2.353_36).abs() < 0.1, "{found:?}");
        let covered = |factor| tested.within(factor).unwrap();
        assert!((covered(found.half) - 0.5).abs() < 0.015);
        assert!((covered(found.ninety) - 0.9).abs() < 0.01);
        // What normal factors would do to them.
        assert!(covered(1.644_85) < 0.82);
    }

    #[test]
    fn a_study_counts_once_however_many_samples_it_has() {
        let (narrow, wide) = (student(5_000, 0, 1.0), student(5_000, 1, 4.0));
        let errors = |study, distances| SampleErrors {
            study,
            explained: 0.0,
            distances,
        };
        let once = fit(&[errors("a", &narrow), errors("b", &wide)], &[0.0]);
        let many = [
            errors("a", &narrow),
            errors("b", &wide),
            errors("b", &wide),
            errors("b", &wide),
        ];
        let (once, many) = (once.at(0.0), fit(&many, &[0.0]).at(0.0));
        assert!((once.ninety - many.ninety).abs() < 1e-9);
    }

    #[test]
    fn factors_follow_the_part_explained() {
        let (near, far) = (student(20_000, 0, 1.0), student(20_000, 1, 2.0));
        let errors = |study, explained, distances| SampleErrors {
            study,
            explained,
            distances,
        };
        let samples = [errors("near", 1.0, &near), errors("far", 0.0, &far)];
        let found = fit(&samples, &[0.0, 0.4, 1.0]);
        // Nothing lies at 0.4; what is there is between its neighbours.
        assert_eq!(found.knots().len(), 2);
        assert!((found.at(0.0).ninety / found.at(1.0).ninety - 2.0).abs() < 0.1);
    }
}
