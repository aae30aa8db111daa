//! Draws: the same for the same key whatever is around them, and spread as measurements are.

mod support;

use rayon::prelude::*;
use refcast_core::{Perturbation, Prediction, Query};
use refcast_model::{Model, Reference};
use support::*;

fn predict(model: &Model, query: &Query, reference: &Reference) -> Vec<Prediction> {
    let plan = model.plan(query).expect("a plan");
    model.predict(&plan, reference).expect("a prediction")
}

#[test]
fn a_sample_is_a_function_of_seed_name_and_number() {
    let model = model();
    let reference = reference("r", 0, 2e6);
    let three = predict(&model, &drawn(compound(TWO_CONTEXTS), 3, 1), &reference);
    let five = predict(&model, &drawn(compound(TWO_CONTEXTS), 5, 1), &reference);
    assert_eq!(three, five[..3]);
    for (at, one) in five.iter().enumerate() {
        assert_eq!((one.sample as usize, one.seed), (at, 1));
        for other in &five[..at] {
            assert_ne!(one.counts, other.counts);
            assert_ne!(one.effect, other.effect);
        }
    }
}

#[test]
fn another_seed_and_another_name_give_other_draws() {
    let model = model();
    let first = reference("r", 0, 2e6);
    let renamed = Reference {
        name: "s".to_owned(),
        ..first.clone()
    };
    let of = |seed, reference: &Reference| {
        predict(&model, &drawn(compound(TWO_CONTEXTS), 1, seed), reference).remove(0)
    };
    assert_ne!(of(1, &first).counts, of(2, &first).counts);
    assert_ne!(of(1, &first).counts, of(1, &renamed).counts);
    // Seeds that differ in their high half only.
    assert_ne!(of(1, &first).counts, of(1 | 1 << 40, &first).counts);
}

#[test]
fn a_mean_estimate_with_deterministic_latents_depends_on_neither_seed_nor_name() {
    let model = model();
    let first = reference("r", 0, 2e6);
    let renamed = Reference {
        name: "s".to_owned(),
        ..first.clone()
    };
    let of = |seed, reference: &Reference| {
        let query = Query {
            seed,
            ..query(compound(TWO_CONTEXTS))
        };
        predict(&model, &query, reference).remove(0)
    };
    assert_eq!(of(1, &first).counts, of(2, &first).counts);
    assert_eq!(of(1, &first).effect, of(1, &renamed).effect);
}

#[test]
fn neither_threads_nor_other_references_change_a_bit() {
    let model = model();
    let query = drawn(compound(TWO_CONTEXTS), 2, 11);
    let references: Vec<Reference> = (0..9)
        .map(|at| match at % 3 {
            0 => panel(&format!("r{at}"), at % 2, 1e5),
            1 => sparse(&format!("r{at}"), at % 2, 1e5),
            _ => reference(&format!("r{at}"), at % 2, 1e5 * (1 + at) as f64),
        })
        .collect();
    // Each alone, with a plan of its own.
    let alone: Vec<Vec<Prediction>> = references
        .iter()
        .map(|reference| predict(&model, &query, reference))
        .collect();
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let together: Vec<Vec<Prediction>> = pool.build().expect("a pool").install(|| {
            let plan = model.plan(&query).expect("a plan");
            let answer = |reference| model.predict(&plan, reference).expect("a prediction");
            references.par_iter().map(answer).collect()
        });
        assert_eq!(together, alone, "{threads} threads");
    }
}

#[test]
fn drawn_latents_move_the_effect_within_its_interval() {
    let model = model();
    let reference = reference("r", 0, 2e6);
    let certain = predict(&model, &query(compound(TWO_CONTEXTS)), &reference).remove(0);
    let draws = predict(&model, &drawn(compound(TWO_CONTEXTS), 200, 3), &reference);
    let genes = (0..GENES).filter(|&gene| reference.counts.values()[gene] > 1000);
    let (mut inside, mut all) = (0, 0);
    for gene in genes {
        let bounds = certain.effect_lower[gene]..=certain.effect_upper[gene];
        inside += draws
            .iter()
            .filter(|draw| bounds.contains(&draw.effect[gene]))
            .count();
        all += draws.len();
    }
    // The interval is of a measured pair, of which the evidence's doubt is one part.
    assert!(inside as f64 > 0.9 * all as f64, "{inside} of {all}");
}

#[test]
fn samples_of_a_control_scatter_as_the_noise_model_says() {
    let model = model();
    let noise = noise();
    let noise = noise.of_study(None);
    for library_size in [2e4, 2e6] {
        let reference = reference("r", 0, library_size);
        let samples = predict(&model, &drawn(Perturbation::control(), 1500, 5), &reference);
        let levels: Vec<_> = samples
            .iter()
            .map(|sample| sample.counts.log_cpm())
            .collect();
        let mut ratios = Vec::new();
        for gene in 0..GENES {
            let values: Vec<f64> = levels.iter().map(|level| level.values()[gene]).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values
                .iter()
                .map(|value| (value - mean).powi(2))
                .sum::<f64>()
                / n;
            let cpm = mean.exp_m1();
            ratios.push(variance / noise.variance(gene, cpm, library_size));
        }
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!((mean - 1.0).abs() < 0.08, "{library_size}: {mean}");
        let all_near = ratios.iter().all(|ratio| (ratio - 1.0).abs() < 0.35);
        assert!(all_near, "{library_size}: {ratios:?}");
    }
}

#[test]
fn a_drawn_sample_keeps_what_lasts_of_the_reference_and_not_its_noise() {
    let model = model();
    let noise = noise();
    let reference = sparse("r", 0, 2e6);
    let own = reference.counts.log_cpm();
    let library_size = reference.counts.library_size() as f64;
    let samples = predict(&model, &drawn(Perturbation::control(), 1500, 9), &reference);
    let encoder = refcast_model::latent::Encoder::new(model.latent(), own.observed());
    let posterior = encoder.encode(model.latent(), own.values(), &vec![0.0; SIZES.total()]);
    let decoded = model.latent().decode(&posterior.mean);
    let squares = (0..GENES).filter(|&gene| own.observed()[gene]).map(|gene| {
        let residual = own.values()[gene] - decoded[gene];
        let typical = decoded[gene].max(0.0).exp_m1();
        let noise = noise.of_study(Some(0));
        noise.relative_square(gene, residual, typical, library_size)
    });
    let squares: Vec<f64> = squares.collect();
    let strangeness = (squares.iter().sum::<f64>() / squares.len() as f64).max(1.0);
    let lasting: Vec<f64> = (0..GENES)
        .map(|gene| {
            let count = reference.counts.values()[gene] as f64;
            let typical = decoded[gene].exp_m1();
            let noise = noise.of_study(Some(0));
            let persistence =
                noise.persistence(gene, own.values()[gene] - decoded[gene], strangeness);
            noise.second_sample(gene, typical, count, library_size, persistence)
        })
        .collect();
    let total: f64 = lasting.iter().sum();
    for (gene, lasting) in lasting.iter().enumerate() {
        let counts = samples
            .iter()
            .map(|sample| sample.counts.values()[gene] as f64);
        let mean = counts.sum::<f64>() / samples.len() as f64;
        // Gene 20 was not seen in the reference, and is expected in the next sample.
        let expected = lasting / total * library_size;
        // Four standard errors of the reads beside the deviation between samples.
        let reads = 4.0 * (expected / samples.len() as f64).sqrt();
        assert!(
            (mean - expected).abs() < 0.05 * expected + reads,
            "gene {gene}: {mean} {expected}"
        );
    }
}

#[test]
fn the_example_reference_is_a_function_of_the_seed() {
    let model = model();
    let of = |seed| model.example_reference(seed).expect("a reference").counts;
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    assert_eq!(of(1).library_size(), 1_000_000);
}
