use super::*;

const STREAM: RandomStream = RandomStream(1);
const DRAWS: u32 = 100_000;

/// Mean and variance of one draw at each of many keys.
fn moments(mut draw: impl FnMut(Draws) -> f64) -> (f64, f64) {
    let random = Random::new(42);
    let values: Vec<f64> = (0..DRAWS)
        .map(|gene| draw(random.at(STREAM, 3, gene)))
        .collect();
    let mean = values.iter().sum::<f64>() / f64::from(DRAWS);
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(DRAWS);
    (mean, variance)
}

/// The mean within five standard errors, the variance within five per cent: wide enough for this
/// many draws of any distribution here, and far narrower than a wrong formula.
fn assert_moments(what: &str, draw: impl FnMut(Draws) -> f64, mean: f64, variance: f64) {
    let (found_mean, found_variance) = moments(draw);
    let error = (variance / f64::from(DRAWS)).sqrt();
    assert!(
        (found_mean - mean).abs() < 5.0 * error,
        "{what}: mean {found_mean}, not {mean}"
    );
    assert!(
        (found_variance / variance - 1.0).abs() < 0.05,
        "{what}: variance {found_variance}, not {variance}"
    );
}

#[test]
fn a_key_gives_the_same_draws_however_often_and_in_whatever_order() {
    let random = Random::new(9);
    let forward: Vec<f64> = (0..100)
        .map(|gene| random.normal(STREAM, 5, gene))
        .collect();
    let backward: Vec<f64> = (0..100)
        .rev()
        .map(|gene| Random::new(9).normal(STREAM, 5, gene))
        .collect();
    assert!(forward.iter().eq(backward.iter().rev()));
}

#[test]
fn every_part_of_the_key_matters() {
    let base = Random::new(1).uniform(RandomStream(0), 0, 0);
    let high = 1 << 32;
    for other in [
        Random::new(2).uniform(RandomStream(0), 0, 0),
        Random::new(1 + high).uniform(RandomStream(0), 0, 0),
        Random::new(1).uniform(RandomStream(1), 0, 0),
        Random::new(1).uniform(RandomStream(0), 1, 0),
        Random::new(1).uniform(RandomStream(0), high, 0),
        Random::new(1).uniform(RandomStream(0), 0, 1),
    ] {
        assert_ne!(base, other);
    }
    let mut draws = Random::new(1).at(RandomStream(0), 0, 0);
    assert_eq!(draws.uniform(), base);
    assert_ne!(draws.uniform(), base);
}

#[test]
fn uniform_draws_fill_the_open_unit_interval() {
    assert_moments("uniform", |mut d| d.uniform(), 0.5, 1.0 / 12.0);
    assert!(unit(0, 0) > 0.0 && unit(u32::MAX, u32::MAX) < 1.0);
}

#[test]
fn normal_draws_have_the_standard_moments_and_tails() {
    assert_moments("normal", |mut d| d.normal(), 0.0, 1.0);
    // P(|x| > 1.96) = 0.05; the square of a normal has variance 2.
    assert_moments(
        "tail",
        |mut d| f64::from(d.normal().abs() > 1.959_964),
        0.05,
        0.0475,
    );
    assert_moments("square", |mut d| d.normal().powi(2), 1.0, 2.0);
}

#[test]
fn poisson_draws_have_their_mean_as_variance() {
    for mean in [0.01, 0.7, 5.0, 9.99, 10.01, 60.0, 3_000.0, 1e7] {
        assert_moments(
            &format!("poisson {mean}"),
            |mut d| d.poisson(mean) as f64,
            mean,
            mean,
        );
    }
}

#[test]
fn a_poisson_draw_is_zero_as_often_as_it_should_be() {
    let zero: f64 = (-0.5f64).exp();
    assert_moments(
        "zeros",
        |mut d| f64::from(d.poisson(0.5) == 0),
        zero,
        zero * (1.0 - zero),
    );
}

#[test]
fn gamma_draws_have_their_shape_as_mean_and_variance() {
    for shape in [0.3, 1.0, 2.5, 40.0] {
        assert_moments(
            &format!("gamma {shape}"),
            |mut d| d.gamma(shape),
            shape,
            shape,
        );
    }
}

#[test]
fn negative_binomial_draws_are_overdispersed_by_the_dispersion() {
    for (mean, dispersion) in [(4.0, 0.5), (300.0, 0.1), (20.0, 1e-6)] {
        let variance = mean + dispersion * mean * mean;
        let what = format!("negative binomial {mean} {dispersion}");
        assert_moments(
            &what,
            |mut d| d.negative_binomial(mean, dispersion) as f64,
            mean,
            variance,
        );
    }
}

#[test]
fn binomial_draws_have_the_mean_and_variance_of_their_trials() {
    for (n, p) in [
        (1, 0.3),
        (7, 0.9),
        (40, 0.2),
        (40, 0.4),
        (500, 0.5),
        (100_000, 0.7),
    ] {
        let mean = n as f64 * p;
        assert_moments(
            &format!("binomial {n} {p}"),
            |mut d| d.binomial(n, p) as f64,
            mean,
            mean * (1.0 - p),
        );
    }
    // scipy.stats.binom.cdf(22, 60, .4): of draws by rejection, this part is as low.
    let low = 0.349_266_1;
    assert_moments(
        "low",
        |mut d| f64::from(d.binomial(60, 0.4) <= 22),
        low,
        low * (1.0 - low),
    );
    let mut draws = Random::new(0).at(STREAM, 0, 0);
    assert_eq!(
        [0.0, 1.0, -1.0, 2.0, f64::NAN].map(|p| draws.binomial(9, p)),
        [0, 9, 0, 9, 0]
    );
}

#[test]
fn no_parameter_hangs_or_panics() {
    let mut draws = Random::new(0).at(STREAM, 0, 0);
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(draws.poisson(bad), 0);
        assert_eq!(draws.gamma(bad), 0.0);
        assert_eq!(draws.negative_binomial(bad, 0.1), 0);
    }
    assert_eq!(draws.negative_binomial(0.0, f64::NAN), 0);
    draws.poisson(1e300);
    draws.gamma(f64::MIN_POSITIVE);
}
