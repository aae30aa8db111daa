//! The simple predictions of the design's table, from the mean profiles of the other kinds.

use super::score::correlation;

/// Their names, as [`baseline`] takes them.
pub const BASELINES: [&str; 4] = ["no change", "mean", "nearest", "weighted"];
/// How sharply the weights follow the likeness of control profiles.
const SHARPNESS: f64 = 40.0;

/// A predicted mean profile `[scored]` for cells of this control profile, from the control and
/// treated profiles of the other kinds.
pub fn baseline(name: &str, control: &[f64], others: &[(&[f64], &[f64])]) -> Vec<f64> {
    let alike: Vec<f64> = others
        .iter()
        .map(|(own, _)| correlation(own, control))
        .collect();
    let most = alike.iter().copied().fold(f64::MIN, f64::max);
    let weights: Vec<f64> = alike
        .iter()
        .map(|alike| match name {
            "no change" => 0.0,
            "mean" => 1.0,
            "nearest" => f64::from(u8::from(*alike >= most)),
            _ => (SHARPNESS * (alike - most)).exp(),
        })
        .collect();
    let total: f64 = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut predicted = control.to_vec();
    for ((untreated, treated), weight) in others.iter().zip(&weights) {
        for ((level, before), after) in predicted.iter_mut().zip(*untreated).zip(*treated) {
            *level += weight / total * (after - before);
        }
    }
    if name == "weighted" {
        for level in &mut predicted {
            *level = level.max(0.0);
        }
    }
    predicted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_others_are_weighted_by_how_alike_they_are() {
        let others: [(&[f64], &[f64]); 2] = [
            (&[1.0, 2.0, 0.0], &[2.0, 2.0, 0.0]),
            (&[0.0, 2.0, 1.0], &[0.0, 4.0, 1.0]),
        ];
        let of = |name| baseline(name, &[1.0, 1.8, 0.2], &others);
        let near = |found: Vec<f64>, expected: [f64; 3]| {
            let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
            assert!(off.sum::<f64>() < 1e-6, "{found:?}");
        };
        near(of("no change"), [1.0, 1.8, 0.2]);
        near(of("mean"), [1.5, 2.8, 0.2]);
        near(of("nearest"), [2.0, 1.8, 0.2]);
        // numpy: the correlations of the controls are 1 and 0.5; exp(40 · −0.5) is 2e-9.
        near(of("weighted"), [2.0, 1.8, 0.2]);
    }
}
