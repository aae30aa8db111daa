//! Whether predicted profiles are spread as real ones are, not only centred there.

/// Energy distance 2E|X − Y| − E|X − X′| − E|Y − Y′| of predicted and real profiles, each
/// `[samples][genes]` of ln(1 + CPM), Euclidean (Székely and Rizzo 2013,
/// doi:10.1016/j.jspi.2013.03.018). 0 where both follow one distribution, larger where not.
///
/// X′ and Y′ are other samples, never the same one: with a handful of replicates, pairs of a sample
/// with itself would reward profiles that are all alike. The estimate is unbiased, so that it may
/// fall below 0. None with fewer than two profiles on a side.
pub fn energy(predicted: &[Vec<f64>], real: &[Vec<f64>]) -> Option<f64> {
    let between = predicted
        .iter()
        .flat_map(|x| real.iter().map(|y| distance(x, y)));
    let between = between.sum::<f64>() / (predicted.len() * real.len()) as f64;
    Some(2.0 * between - within(predicted)? - within(real)?)
}

/// Mean distance of two different profiles.
fn within(profiles: &[Vec<f64>]) -> Option<f64> {
    let n = profiles.len();
    let pairs = profiles.iter().enumerate();
    let sum: f64 = pairs
        .flat_map(|(at, x)| profiles[at + 1..].iter().map(|y| distance(x, y)))
        .sum();
    (n > 1).then(|| sum / (n * (n - 1) / 2) as f64)
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    let squares = x.iter().zip(y).map(|(x, y)| (x - y).powi(2));
    squares.sum::<f64>().sqrt()
}
