//! Expectation-maximisation on samples whose model is known.

use std::sync::Arc;

use refcast_core::LogCpm;
use refcast_model::bundle::Tensors;
use refcast_model::latent::{Encoder, LatentModel};

use super::examples::{
    LATENTS, SIZES, draw, log_likelihood, log_prior, mean, start, subset, variances, wide,
};
use super::expectation::expect;
use super::maximisation::maximise;
use super::priors::Priors;
use super::*;

fn fitted(data: &Data, rounds: usize, seed: u64) -> LatentModel {
    fit(data, &Backend::Cpu, SIZES, rounds, seed, &|_, _| ()).expect("the processor does not fail")
}

/// One round from given loadings with the priors held fixed: the next loadings and variances.
fn round(data: &Data, priors: &Priors, loadings: &[f32], residual: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let values = Backend::Cpu
        .hold(&data.centred, data.samples, data.genes)
        .expect("held");
    let state = expect(data, values.as_ref(), priors, loadings, residual).expect("expectation");
    maximise(data, values.as_ref(), LATENTS, &state, residual).expect("maximisation")
}

/// Mean squared error of the genes that the encoder was not shown, and of the mean for them.
fn errors_of_hidden_genes(model: &LatentModel, data: &Data) -> (f64, f64) {
    let (mut own, mut of_mean, mut n) = (0.0, 0.0, 0.0);
    for sample in 0..data.samples {
        let measured = &data.measured[data.study[sample]];
        let shown: Arc<[bool]> = (0..data.genes)
            .map(|gene| measured[gene] && gene % 3 != 0)
            .collect();
        let row = &data.centred[sample * data.genes..][..data.genes];
        let level = |gene: usize| (f64::from(data.mean[gene] + row[gene])).max(0.0);
        let values = (0..data.genes).map(|gene| if shown[gene] { level(gene) } else { 0.0 });
        let sample = LogCpm::new(values.collect(), shown.clone()).expect("a sample");
        let posterior = Encoder::new(model, &shown).encode(model, sample.values(), &[0.0; LATENTS]);
        let decoded = model.decode(&posterior.mean);
        for gene in (0..data.genes).filter(|&gene| measured[gene] && !shown[gene]) {
            own += (level(gene) - decoded[gene]).powi(2);
            of_mean += f64::from(row[gene]).powi(2);
            n += 1.0;
        }
    }
    (own / n, of_mean / n)
}

#[test]
fn hidden_genes_of_new_samples_are_reconstructed_nearly_to_the_noise() {
    let all = draw(1, 60, 40, 0.3);
    let model = fitted(&subset(&all, |sample| sample % 4 != 0), 40, 5);
    let (own, of_mean) = errors_of_hidden_genes(&model, &subset(&all, |sample| sample % 4 == 0));
    assert!(of_mean > 0.5, "{of_mean}");
    // The noise's variance is 0.09.
    assert!(own < 0.13 && own < 0.2 * of_mean, "{own} against {of_mean}");
}

#[test]
fn residual_variances_come_out_as_the_noise_that_was_put_in() {
    let data = draw(2, 60, 60, 0.4);
    let model = fitted(&data, 40, 5);
    let typical = mean(&model.residual_variance);
    assert!((typical / 0.16 - 1.0).abs() < 0.1, "{typical}");
}

#[test]
fn no_round_lowers_the_posterior_density_of_loadings_and_variances() {
    let data = draw(3, 30, 20, 0.5);
    let priors = Priors::flat(&data, SIZES);
    let (mut loadings, mut residual) = (start(&data, 9), vec![0.5; data.genes]);
    let (mut first, mut last) = (f64::NAN, f64::NAN);
    for at in 0..40 {
        let typical = mean(&residual);
        let density = |loadings: &[f32], residual: &[f32]| {
            let (w, psi) = (wide(loadings), wide(residual));
            log_likelihood(&data, &priors, &w, &psi) + log_prior(&w, &psi, typical)
        };
        let before = density(&loadings, &residual);
        let (next, left) = round(&data, &priors, &loadings, &residual);
        last = density(&next, &left);
        // Products are in single precision.
        assert!(
            last >= before - 1e-5 * before.abs(),
            "round {at}: {before} to {last}"
        );
        if at == 0 {
            first = before;
        }
        (loadings, residual) = (next, left);
    }
    assert!(last > first + 100.0, "{first} to {last}");
}

#[test]
fn the_likelihood_rises_over_rounds_that_learn_the_priors_too() {
    let data = draw(4, 30, 20, 0.5);
    let values = Backend::Cpu
        .hold(&data.centred, data.samples, data.genes)
        .expect("held");
    let mut priors = Priors::flat(&data, SIZES);
    let (mut loadings, mut residual) = (start(&data, 9), vec![0.5; data.genes]);
    let mut reached = Vec::new();
    for _ in 0..40 {
        let state = expect(&data, values.as_ref(), &priors, &loadings, &residual).expect("state");
        priors.update(&data, &state.means, &variances(&state));
        (loadings, residual) =
            maximise(&data, values.as_ref(), LATENTS, &state, &residual).expect("maximum");
        reached.push(log_likelihood(
            &data,
            &priors,
            &wide(&loadings),
            &wide(&residual),
        ));
    }
    let rise = reached[39] - reached[0];
    assert!(rise > 100.0, "{reached:?}");
    // Shifts are centred and drawn to 0, which is no step of the likelihood: it may give a little.
    for pair in reached.windows(2) {
        assert!(pair[1] > pair[0] - 2e-3 * rise, "{reached:?}");
    }
}

#[test]
fn at_convergence_the_gradient_by_finite_differences_vanishes() {
    let data = draw(5, 24, 20, 0.7);
    let priors = Priors::flat(&data, SIZES);
    let (mut loadings, mut residual) = (start(&data, 9), vec![0.5; data.genes]);
    let first = (loadings.clone(), residual.clone());
    for _ in 0..800 {
        (loadings, residual) = round(&data, &priors, &loadings, &residual);
    }
    let gradient = |loadings: &[f32], residual: &[f32], at: usize| {
        let (w, psi) = (wide(loadings), wide(residual));
        let moved = |by: f64| {
            let mut w = w.clone();
            w[at] += by;
            log_likelihood(&data, &priors, &w, &psi) + log_prior(&w, &psi, mean(residual))
        };
        (moved(1e-4) - moved(-1e-4)) / 2e-4
    };
    for at in [0, 7, 22, 41, 58, 95] {
        let before = gradient(&first.0, &first.1, at).abs();
        let after = gradient(&loadings, &residual, at).abs();
        assert!(before > 0.5, "loading {at}: {before}");
        assert!(after < 0.02, "loading {at}: {after}, from {before}");
    }
}

fn bytes(model: &LatentModel) -> Vec<u8> {
    let mut tensors = Tensors::default();
    model.put(&mut tensors);
    tensors.write().expect("writes")
}

#[test]
fn neither_threads_nor_repetition_change_a_bit_and_another_seed_does() {
    let data = draw(10, 150, 40, 0.5);
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build()
            .expect("a pool")
            .install(|| bytes(&fitted(&data, 4, seed)))
    };
    let one = on(1, 5);
    assert_eq!(one, on(1, 5));
    assert_eq!(one, on(2, 5));
    assert_eq!(one, on(7, 5));
    assert_ne!(one, on(2, 6));
}
