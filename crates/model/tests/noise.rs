//! The observation model against a simulation of what it describes.

use refcast_core::random::{Random, RandomStream};
use refcast_model::ObservationModel;
use refcast_model::noise::{TREND_LEVELS, TREND_STEP, trend_at};

fn model(variance: f32, persistent: f32) -> ObservationModel {
    ObservationModel {
        trends: vec![vec![variance; TREND_LEVELS]],
        factor: vec![1.0, 0.25],
        directions: Vec::new(),
        strengths: Vec::new(),
        persistent_variance: vec![persistent; 2],
    }
}

/// Variance of ln(1 + CPM) over measurements of a gene of `expected` counts: a Poisson count whose
/// mean varies by a log-normal factor of mean 1.
fn simulated(expected: f64, variance: f64, library_size: f64) -> f64 {
    let random = Random::new(3);
    let n = 40_000;
    let values: Vec<f64> = (0..n)
        .map(|sample| {
            let normal = random.normal(RandomStream(250), sample, 0);
            let factor = (variance.sqrt() * normal - 0.5 * variance).exp();
            let count = random
                .at(RandomStream(251), sample, 0)
                .poisson(expected * factor);
            (count as f64 * 1e6 / library_size).ln_1p()
        })
        .collect();
    let mean = values.iter().sum::<f64>() / n as f64;
    values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / n as f64
}

#[test]
fn the_variance_is_that_of_simulated_measurements() {
    // The formula is of first order in both terms; at 30 reads the next adds some percent.
    for (expected, variance, tolerance) in [
        (30.0, 0.0, 0.08),
        (30.0, 0.04, 0.08),
        (300.0, 0.01, 0.03),
        (300.0, 0.09, 0.03),
        (20_000.0, 0.04, 0.03),
    ] {
        for library_size in [1e6, 2e7] {
            let model = model(variance as f32, 0.1);
            let cpm = expected * 1e6 / library_size;
            let formula = model.of_study(None).variance(0, cpm, library_size);
            let simulated = simulated(expected, variance, library_size);
            assert!(
                (formula / simulated - 1.0).abs() < tolerance,
                "{expected} reads, {variance}, {library_size}: {formula} {simulated}"
            );
        }
    }
}

#[test]
fn below_a_read_the_variance_stays_finite_and_falls_with_expression() {
    let model = model(0.04, 0.1);
    let mut last = f64::INFINITY;
    for cpm in [0.5, 0.1, 0.01, 1e-6, 0.0] {
        let variance = model.of_study(None).variance(0, cpm, 1e6);
        assert!(variance.is_finite() && variance < last, "{cpm}: {variance}");
        last = variance;
    }
    assert_eq!(last, 0.0);
}

#[test]
fn a_deeper_library_is_measured_better_down_to_the_genes_own_deviation() {
    let model = model(0.04, 0.1);
    let at = |library_size| model.of_study(None).variance(0, 100.0, library_size);
    assert!(at(1e6) > at(1e7) && at(1e7) > at(1e8));
    let slope: f64 = 100.0 / 101.0;
    assert!((at(1e12) - slope * slope * 0.04).abs() < 1e-6);
    // A gene with a quarter of the variance of the trend.
    assert!((model.of_study(None).log_variance(1, 100.0) - 0.01).abs() < 1e-9);
}

#[test]
fn the_trend_is_linear_between_its_levels_and_flat_beyond_them() {
    let trend: Vec<f32> = (0..TREND_LEVELS).map(|level| level as f32).collect();
    let last = (TREND_LEVELS - 1) as f64;
    for (level, expected) in [
        (-1.0, 0.0),
        (0.0, 0.0),
        (TREND_STEP, 1.0),
        (2.25 * TREND_STEP, 2.25),
        (last * TREND_STEP, last),
        (1e9, last),
    ] {
        assert!((trend_at(&trend, level) - expected).abs() < 1e-9, "{level}");
    }
}

#[test]
fn a_reference_like_a_studys_cells_takes_that_studys_trend_and_another_the_last() {
    let model = ObservationModel {
        trends: vec![
            vec![0.01; TREND_LEVELS],
            vec![0.5; TREND_LEVELS],
            vec![0.05; TREND_LEVELS],
        ],
        factor: vec![2.0],
        directions: Vec::new(),
        strengths: Vec::new(),
        persistent_variance: vec![0.1],
    };
    let at = |study| model.of_study(study).log_variance(0, 100.0);
    for (study, expected) in [(Some(0), 0.02), (Some(1), 1.0), (None, 0.1), (Some(7), 0.1)] {
        assert!((at(study) - expected).abs() < 1e-6, "{study:?}");
    }
}

#[test]
fn a_second_sample_is_expected_at_the_posterior_mean_of_the_level() {
    // scipy: the mean of x under gamma.pdf(x, k, scale=decoded / k) · poisson.pmf(count, x · size /
    // 1e6), k = (decoded / (1 + decoded))² / persistent, on a grid of eight million points.
    for (decoded, persistent, count, library_size, expected) in [
        (10.0, 0.25, 4.0, 1e6, 5.490_683_229_813_663),
        (200.0, 0.1, 900.0, 2e6, 443.961_498_514_528_7),
        (2.0, 0.1, 0.0, 2e7, 0.2),
    ] {
        let model = model(0.0, persistent);
        let got = model
            .of_study(None)
            .second_sample(0, decoded, count, library_size, 1.0);
        assert!((got / expected - 1.0).abs() < 1e-3, "{got} {expected}");
    }
}

#[test]
fn a_second_sample_lies_between_the_first_and_what_is_typical() {
    for persistent in [1e-6, 0.001, 0.1, 10.0] {
        for variance in [0.0, 0.04, 2.0] {
            let model = model(variance, persistent);
            for (decoded, count) in [(5.0, 0.0), (5.0, 50.0), (500.0, 3.0), (0.0, 40.0)] {
                for library_size in [1e6, 1e8] {
                    let measured = count * 1e6 / library_size;
                    let got =
                        model
                            .of_study(None)
                            .second_sample(0, decoded, count, library_size, 1.0);
                    let (low, high) = (f64::min(measured, decoded), f64::max(measured, decoded));
                    // No gene is held to be silent altogether.
                    assert!(
                        got >= low - 1e-9 && got <= high + 1e-3,
                        "{low} {got} {high}"
                    );
                }
            }
        }
    }
}

#[test]
fn more_of_what_sets_a_sample_apart_lasts_the_better_it_was_measured() {
    let kept = |variance, persistent, library_size: f64| {
        let (decoded, measured) = (10.0, 30.0);
        let count = measured * library_size / 1e6;
        let model = model(variance, persistent);
        let noise = model.of_study(None);
        (noise.second_sample(0, decoded, count, library_size, 1.0) - decoded) / (measured - decoded)
    };
    assert!(kept(0.04, 0.1, 1e5) < kept(0.04, 0.1, 1e6));
    assert!(kept(0.04, 0.1, 1e6) < kept(0.04, 0.1, 1e8));
    // The less replicates differ, and the more sources do.
    assert!(kept(0.4, 0.1, 1e7) < kept(0.04, 0.1, 1e7));
    assert!(kept(0.04, 0.01, 1e7) < kept(0.04, 0.1, 1e7));
    assert!(kept(0.0, 10.0, 1e9) > 0.999);
    assert!(kept(0.04, 1e-9, 1e7) < 0.001);
}

#[test]
fn a_gene_that_the_decoder_plainly_misses_is_hardly_drawn_back_to_it() {
    let model = model(0.01, 0.05);
    let noise = model.of_study(None);
    // 5 CPM expected and no read of 20 million: silent in this source, not unlucky.
    let missed = noise.persistence(0, -(6.0_f64.ln()), 1.0);
    assert!(missed > 10.0, "{missed}");
    let at = |persistence| noise.second_sample(0, 5.0, 0.0, 2e7, persistence);
    assert!(at(missed) < 0.1, "{}", at(missed));
    assert!(at(1.0) > 0.5, "{}", at(1.0));
    // One that lies where it is expected persists a little less than a typical one.
    assert!((noise.persistence(0, 0.0, 1.0) - 0.8).abs() < 1e-9);
    // Nor is any gene of a source that is all strange.
    assert!(noise.persistence(0, 0.0, 10.0) > 5.0);
}

#[test]
fn genes_of_a_direction_deviate_together_and_it_counts_as_variance() {
    let mut model = model(0.01, 0.1);
    model.directions = vec![vec![0.6, -0.8]];
    model.strengths = vec![vec![0.25]];
    let noise = model.of_study(None);
    assert_eq!(
        noise.shared_deviation(2, |_| 2.0),
        vec![f64::from(0.6_f32), f64::from(-0.8_f32)]
    );
    let own = noise.own_variance(1, 100.0);
    assert!((noise.log_variance(1, 100.0) - own - 0.16).abs() < 1e-6);
}
