//! Simulated replicates with and without a difference.

use refcast_core::random::{Random, RandomStream};

use super::*;

const GENES: usize = 600;

/// Noise of a simulated laboratory.
#[derive(Clone, Copy)]
struct Noise {
    deviation: f64,
    /// Size of a factor that half of the genes share.
    factor: f64,
    /// Every sample is off by this in every fifth gene.
    shift: f64,
}

const USUAL: Noise = Noise {
    deviation: 0.2,
    factor: 0.0,
    shift: 0.0,
};

fn batches(noise: Noise, seed: u64) -> Vec<ConditionSamples> {
    let random = Random::new(seed);
    let sample = |at: u64| -> Vec<f32> {
        let factor = noise.factor * random.normal(RandomStream(201), at, 0);
        (0..GENES)
            .map(|gene| {
                let own = noise.deviation * random.normal(RandomStream(200), at, gene as u32);
                let shared = if gene % 2 == 0 { factor } else { 0.0 };
                let shift = if gene % 5 == 0 { noise.shift } else { 0.0 };
                (4.0 + own + shared + shift) as f32
            })
            .collect()
    };
    (0..8)
        .map(|condition| ConditionSamples {
            // The reference is a real replicate, whatever the others are.
            reference: (0..GENES)
                .map(|gene| {
                    4.0 + 0.2 * random.normal(RandomStream(202), condition, gene as u32) as f32
                })
                .collect(),
            samples: (0..3).map(|at| sample(condition * 3 + at)).collect(),
        })
        .collect()
}

/// Mean areas over forty pairs of studies, by profile and by scatter.
fn areas(one: Noise, other: Noise) -> (f64, f64) {
    let expressed: Vec<usize> = (0..GENES).collect();
    let mut sums = (0.0, 0.0);
    for seed in 0..40 {
        let (a, b) = (batches(one, 2 * seed), batches(other, 2 * seed + 1));
        let (a, b): (Vec<&ConditionSamples>, Vec<&ConditionSamples>) =
            (a.iter().collect(), b.iter().collect());
        sums.0 += by_profile(&a, &b, &expressed) / 40.0;
        sums.1 += by_scatter(&a, &b, &expressed) / 40.0;
    }
    sums
}

#[test]
fn samples_of_one_source_cannot_be_told_apart() {
    let (profile, scatter) = areas(USUAL, USUAL);
    assert!((profile - 0.5).abs() < 0.06, "{profile}");
    assert!((scatter - 0.5).abs() < 0.06, "{scatter}");
}

#[test]
fn a_fifth_more_deviation_is_found_by_scatter_and_not_by_profile() {
    let wide = Noise {
        deviation: 0.24,
        ..USUAL
    };
    let (profile, scatter) = areas(wide, USUAL);
    assert!((profile - 0.5).abs() < 0.1, "{profile}");
    assert!(scatter > 0.95, "{scatter}");
}

#[test]
fn genes_that_move_together_are_found_by_scatter() {
    let together = Noise {
        deviation: 0.173,
        factor: 0.141,
        ..USUAL
    };
    let (_, scatter) = areas(together, USUAL);
    assert!(scatter > 0.75, "{scatter}");
}

#[test]
fn a_shift_in_all_samples_is_found_by_profile_and_not_by_scatter() {
    let shifted = Noise {
        shift: 0.12,
        ..USUAL
    };
    let (profile, scatter) = areas(shifted, USUAL);
    assert!(profile > 0.8, "{profile}");
    assert!((scatter - 0.5).abs() < 0.06, "{scatter}");
}
