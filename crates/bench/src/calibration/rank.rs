//! Whether one figure of the cases ranks another.

use refcast_core::random::{Random, RandomStream};

use crate::bootstrap::{below, percentiles};
use crate::metrics::correlation::spearman;

const CASES: RandomStream = RandomStream(161);
/// Draws of the bootstrap.
const DRAWS: usize = 2000;

/// Spearman's correlation of pairs and its 95 % interval, cases drawn; none where one side does not
/// vary.
pub fn ranks(pairs: &[(f64, f64)], seed: u64) -> Option<(f64, (f64, f64))> {
    let of = |pairs: &[(f64, f64)]| {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        spearman(&x, &y)
    };
    let found = of(pairs)?;
    let random = Random::new(seed);
    let interval = percentiles(DRAWS, |draw| {
        let mut draws = random.at(CASES, draw, 0);
        let drawn: Vec<(f64, f64)> = pairs
            .iter()
            .map(|_| pairs[below(pairs.len(), &mut draws)])
            .collect();
        // A draw of one case again and again ranks nothing.
        of(&drawn).unwrap_or(0.0)
    });
    Some((found, interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monotone_relation_is_ranked_with_certainty_and_noise_is_not() {
        let up: Vec<(f64, f64)> = (0..60)
            .map(|x| (f64::from(x), f64::from(x).exp()))
            .collect();
        let (found, (low, high)) = ranks(&up, 1).unwrap();
        assert!((found - 1.0).abs() < 1e-12 && low > 0.999 && high > 0.999);
        let random = Random::new(2);
        let noise: Vec<(f64, f64)> = (0..60)
            .map(|at| (f64::from(at), random.normal(RandomStream(202), 0, at)))
            .collect();
        let (_, (low, high)) = ranks(&noise, 1).unwrap();
        assert!(low < 0.0 && high > 0.0, "{low} {high}");
        assert_eq!(ranks(&noise, 1), ranks(&noise, 1));
        assert_eq!(ranks(&[], 1), None);
    }
}
