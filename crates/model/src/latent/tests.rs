//! The posterior against the conditional of a Gaussian by numpy, and the model through a bundle.

use std::sync::Arc;

use refcast_core::LogCpm;

use super::*;

const SIZES: LatentSizes = LatentSizes {
    technical: 1,
    biological: 1,
    perturbation: 1,
};

fn halves(values: &[f32]) -> Vec<f16> {
    values.iter().map(|value| f16::from_f32(*value)).collect()
}

/// Five genes, three latents; every number is one that half precision holds.
fn model() -> LatentModel {
    let field = |name: &str, group, values: &[&str]| PriorField {
        name: name.to_owned(),
        group,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    #[rustfmt::skip]
    let loadings = [
        0.5, -0.25, 1.0,
        1.0, 0.5, 0.0,
        -0.75, 0.25, 0.5,
        0.25, 1.0, -0.5,
        0.0, -1.0, 0.25,
    ];
    LatentModel {
        sizes: SIZES,
        mean: vec![2.0, 3.0, 1.5, 4.0, 2.5],
        loadings: halves(&loadings),
        residual_variance: vec![0.25, 0.5, 0.125, 0.25, 1.0],
        technical_share: vec![0.0, 0.25, 0.5, 0.75, 1.0],
        prior: MetadataPrior::new(
            SIZES,
            vec![
                (
                    field("study", LatentGroup::Technical, &["x", "y"]),
                    vec![0.25, -0.25],
                ),
                (
                    field("tissue", LatentGroup::Biological, &["lung"]),
                    vec![-0.5],
                ),
            ],
            vec![1.0, 0.5, 2.0],
            vec![1.5, 0.75, 0.5],
        ),
    }
}

const SAMPLE: [f64; 5] = [2.75, 3.5, 0.5, 4.25, 3.0];

fn posterior(observed: [bool; 5]) -> LatentPosterior {
    let model = model();
    let observed: Arc<[bool]> = observed.into();
    // What lies at a gene that is not observed must not matter.
    let seen = |gene: usize| if observed[gene] { SAMPLE[gene] } else { 9.0 };
    let sample = LogCpm::new((0..5).map(seen).collect(), observed.clone()).expect("a sample");
    let prior = model.prior.mean([("study", "x"), ("tissue", "lung")]);
    Encoder::new(&model, &observed).encode(&model, sample.values(), &prior)
}

/// The covariance of draws: each standard normal number moves a draw by one column of its root.
fn covariance(posterior: &LatentPosterior) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = (0..3)
        .map(|k| {
            let normals: Vec<f64> = (0..3).map(|i| f64::from(u8::from(i == k))).collect();
            let drawn = posterior.draw(&normals);
            drawn
                .iter()
                .zip(&posterior.mean)
                .map(|(drawn, mean)| drawn - mean)
                .collect()
        })
        .collect();
    (0..3)
        .flat_map(|i| (0..=i).map(move |j| (i, j)))
        .map(|(i, j)| columns.iter().map(|column| column[i] * column[j]).sum())
        .collect()
}

fn assert_close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
    }
}

// python, with the numbers above and o the observed genes:
//   w = W[o]; V = w @ P @ w.T + np.diag(psi[o]); G = P @ w.T @ np.linalg.inv(V)
//   mean = m0 + G @ (y[o] - mu[o] - w @ m0); cov = P - G @ w @ P; cov[np.tril_indices(3)]

#[test]
fn the_posterior_is_the_conditional_of_the_joint_normal() {
    let posterior = posterior([true; 5]);
    let mean = [
        1.013_658_086_897_455,
        -0.357_059_104_178_291,
        -0.086_994_493_098_178_36,
    ];
    assert_close(&posterior.mean, &mean);
    let expected = [
        0.118_677_373_183_571_97,
        0.006_986_730_064_772_92,
        0.132_327_373_587_896_15,
        0.025_618_010_237_500_53,
        0.040_755_925_377_841_284,
        0.149_438_393_052_085_73,
    ];
    assert_close(&covariance(&posterior), &expected);
}

#[test]
fn a_gene_that_is_not_measured_is_left_out_and_not_filled_in() {
    let posterior = posterior([true, false, true, true, false]);
    let mean = [
        1.139_517_098_219_163_1,
        -0.250_081_940_347_427_03,
        -0.038_785_097_782_148_03,
    ];
    assert_close(&posterior.mean, &mean);
    let expected = [
        0.163_006_664_481_590_85,
        0.036_709_275_647_328_76,
        0.169_124_877_089_478_82,
        0.042_390_473_068_939_21,
        0.052_441_822_353_326_78,
        0.155_795_913_908_008_73,
    ];
    assert_close(&covariance(&posterior), &expected);
}

#[test]
fn with_nothing_measured_the_posterior_is_the_prior() {
    let posterior = posterior([false; 5]);
    assert_close(&posterior.mean, &[0.25, -0.5, 0.0]);
    assert_close(&covariance(&posterior), &[1.0, 0.0, 0.5, 0.0, 0.0, 2.0]);
}

#[test]
fn an_encoder_is_reused_for_the_same_genes_only() {
    let model = model();
    let all: Arc<[bool]> = [true; 5].into();
    let encoder = Encoder::new(&model, &all);
    assert!(encoder.fits(&all) && encoder.fits(&[true; 5].into()));
    assert!(!encoder.fits(&[true, true, false, true, true].into()));
}

#[test]
fn metadata_that_training_never_saw_adds_nothing() {
    let prior = model().prior;
    assert_close(&prior.mean([("study", "y")]), &[-0.25, 0.0, 0.0]);
    assert_close(&prior.mean([("study", "z"), ("mood", "x")]), &[0.0; 3]);
}

#[test]
fn decoding_adds_the_loadings_to_the_mean() {
    // python: mu + W @ [0.25, -0.5, 0]
    assert_close(
        &model().decode(&[0.25, -0.5, 0.0]),
        &[2.25, 3.0, 1.1875, 3.5625, 3.0],
    );
}

#[test]
fn a_model_comes_out_of_the_tensors_as_it_went_in() {
    let model = model();
    let mut tensors = Tensors::default();
    model.put(&mut tensors);
    let bytes = tensors.write().expect("writes");
    let fields: Vec<PriorField> = model.prior.fields().cloned().collect();
    let mut read = Tensors::read(&bytes).expect("reads");
    let back = LatentModel::take(&mut read, 5, SIZES, fields).expect("takes");
    assert_eq!(back.sizes, model.sizes);
    assert_eq!(back.mean, model.mean);
    assert_eq!(back.loadings, model.loadings);
    assert_eq!(back.residual_variance, model.residual_variance);
    assert_eq!(back.technical_share, model.technical_share);
    assert_eq!(back.prior.variance(), model.prior.variance());
    assert_eq!(
        back.prior.population_variance(),
        model.prior.population_variance()
    );
    for metadata in [[("study", "x")], [("study", "y")], [("tissue", "lung")]] {
        assert_eq!(back.prior.mean(metadata), model.prior.mean(metadata));
    }
}

#[test]
fn a_variance_that_is_not_positive_is_refused_by_name() {
    let refused = |break_it: &dyn Fn(&mut LatentModel)| {
        let mut model = model();
        break_it(&mut model);
        let mut tensors = Tensors::default();
        model.put(&mut tensors);
        let fields: Vec<PriorField> = model.prior.fields().cloned().collect();
        let taken = LatentModel::take(&mut tensors, 5, SIZES, fields);
        taken.expect_err("not a variance").to_string()
    };
    let message = refused(&|model| model.residual_variance[3] = 0.0);
    assert!(
        message.contains("latent.residual_variance: value 3"),
        "{message}"
    );
    let message = refused(&|model| {
        model.prior = MetadataPrior::new(SIZES, Vec::new(), vec![1.0, -1.0, 1.0], vec![1.0; 3]);
    });
    assert!(message.contains("prior.variance: value 1"), "{message}");
}
