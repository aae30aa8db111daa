//! The steps of a round against what they stand for, each worked out another way.

use refcast_model::linalg::{Symmetric, dot};

use super::Backend;
use super::examples::{LATENTS, SIZES, draw, start, wide};
use super::expectation::expect;
use super::maximisation::maximise;
use super::priors::Priors;

#[test]
fn the_posterior_of_a_sample_is_the_conditional_of_the_joint_normal() {
    // By the covariance of what is measured, where the expectation goes by precisions.
    let data = draw(6, 20, 6, 0.5);
    let mut priors = Priors::flat(&data, SIZES);
    priors.variance = vec![0.5, 1.5, 0.75, 2.0];
    priors.shifts[0] = vec![0.5, -0.25, 1.0];
    priors.shifts[2] = vec![1.0, -1.0];
    let (loadings, residual) = (start(&data, 8), vec![0.3; data.genes]);
    let values = Backend::Cpu
        .hold(&data.centred, data.samples, data.genes)
        .expect("held");
    let state = expect(&data, values.as_ref(), &priors, &loadings, &residual).expect("state");
    let w = wide(&loadings);
    for sample in 0..data.samples {
        let genes: Vec<usize> = (0..data.genes)
            .filter(|&gene| data.measured[data.study[sample]][gene])
            .collect();
        let p = priors.variance_of(data.treated[sample]);
        let prior = priors.mean(&data, sample);
        let row = |gene: usize| &w[gene * LATENTS..][..LATENTS];
        let scaled =
            |gene: usize| -> Vec<f64> { row(gene).iter().zip(&p).map(|(w, p)| w * p).collect() };
        let joint = Symmetric::from_fn(genes.len(), |i, j| {
            dot(&scaled(genes[i]), row(genes[j])) + if i == j { f64::from(0.3_f32) } else { 0.0 }
        });
        let factor = joint.cholesky().expect("a covariance");
        let deviation: Vec<f64> = genes
            .iter()
            .map(|&gene| {
                f64::from(data.centred[sample * data.genes + gene]) - dot(row(gene), &prior)
            })
            .collect();
        let solved = factor.solve(&deviation);
        for k in 0..LATENTS {
            let cross: Vec<f64> = genes.iter().map(|&gene| scaled(gene)[k]).collect();
            let mean = prior[k] + dot(&cross, &solved);
            let got = state.means[sample * LATENTS + k];
            assert!(
                (got - mean).abs() < 1e-5,
                "sample {sample}, latent {k}: {got} {mean}"
            );
            let variance = p[k] - dot(&cross, &factor.solve(&cross));
            let got = state.covariances[state.pattern[sample]].get(k, k);
            assert!(
                (got - variance).abs() < 1e-5,
                "sample {sample}, latent {k}: {got} {variance}"
            );
        }
    }
}

#[test]
fn a_gene_that_a_study_lacks_does_not_touch_its_samples() {
    let data = draw(7, 24, 8, 0.5);
    let priors = Priors::flat(&data, SIZES);
    let (loadings, residual) = (start(&data, 8), vec![0.3; data.genes]);
    let mut other = loadings.clone();
    // The last gene, which the third study lacks.
    other[23 * LATENTS..].fill(3.0);
    let values = Backend::Cpu
        .hold(&data.centred, data.samples, data.genes)
        .expect("held");
    let means = |loadings: &[f32]| {
        let state = expect(&data, values.as_ref(), &priors, loadings, &residual).expect("state");
        state.means
    };
    let (one, two) = (means(&loadings), means(&other));
    for sample in 0..data.samples {
        let own = sample * LATENTS..(sample + 1) * LATENTS;
        assert_eq!(
            one[own.clone()] == two[own],
            data.study[sample] == 2,
            "sample {sample}"
        );
    }
}

#[test]
fn loadings_of_a_gene_are_the_ridge_regression_over_the_samples_that_measure_it() {
    let data = draw(8, 24, 15, 0.5);
    let priors = Priors::flat(&data, SIZES);
    let (loadings, residual) = (start(&data, 8), vec![0.3; data.genes]);
    let values = Backend::Cpu
        .hold(&data.centred, data.samples, data.genes)
        .expect("held");
    let state = expect(&data, values.as_ref(), &priors, &loadings, &residual).expect("state");
    let (next, left) = maximise(&data, values.as_ref(), LATENTS, &state, &residual).expect("next");
    for gene in [0, 10, 23] {
        let samples: Vec<usize> = (0..data.samples)
            .filter(|&at| data.measured[data.study[at]][gene])
            .collect();
        assert_eq!(samples.len(), if gene == 10 { 45 } else { 30 });
        let z = |at: usize| &state.means[at * LATENTS..][..LATENTS];
        let value = |at: usize| f64::from(data.centred[at * data.genes + gene]);
        let moment = Symmetric::from_fn(LATENTS, |i, j| {
            let ridge = if i == j { 1.0 } else { 0.0 };
            let terms = samples
                .iter()
                .map(|&at| z(at)[i] * z(at)[j] + state.covariances[state.pattern[at]].get(i, j));
            ridge + terms.sum::<f64>()
        });
        let right: Vec<f64> = (0..LATENTS)
            .map(|k| samples.iter().map(|&at| value(at) * z(at)[k]).sum())
            .collect();
        let expected = moment.cholesky().expect("positive").solve(&right);
        for (got, expected) in next[gene * LATENTS..][..LATENTS].iter().zip(&expected) {
            assert!((f64::from(*got) - expected).abs() < 1e-4, "gene {gene}");
        }
        let squares: f64 = samples.iter().map(|&at| value(at).powi(2)).sum();
        let typical = 10.0 * f64::from(0.3_f32);
        let variance = (squares - dot(&expected, &right) + typical) / (samples.len() + 10) as f64;
        assert!(
            (f64::from(left[gene]) - variance).abs() < 1e-4,
            "gene {gene}"
        );
    }
}

#[test]
fn shifts_are_the_means_of_their_samples_drawn_towards_nothing() {
    let data = draw(9, 10, 20, 0.5);
    let mut priors = Priors::flat(&data, SIZES);
    // Technical latents of 1, 2 and 6 by study; 20 samples each, of which one's worth is 0.
    let mut means = vec![0.0; data.samples * LATENTS];
    for sample in 0..data.samples {
        means[sample * LATENTS] = [1.0, 2.0, 6.0][data.study[sample]];
    }
    let none = vec![0.25; LATENTS];
    let variances = vec![none.as_slice(); data.samples];
    priors.update(&data, &means, &variances);
    let shifts = &priors.shifts[0];
    // Leaving the study out averages over it: 20/21 of 1, 2, 6, less their mean.
    for (got, expected) in shifts.iter().zip([-2.0, -1.0, 3.0]) {
        assert!((got - 20.0 / 21.0 * expected).abs() < 0.01, "{shifts:?}");
    }
    assert!(
        priors.variance[1] < 0.26 && priors.variance[1] > 0.24,
        "{:?}",
        priors.variance
    );
}
