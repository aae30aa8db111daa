//! A response depends on where the reference stands already.
//!
//! A gene that is high before treatment rises less: between donors of one study, the treated level
//! varies less than the control level. For genes that respond, part of what the reference lies
//! above the controls that the effect was measured against is therefore taken off the effect. The
//! part goes to zero with the effect, so that no effect stays no effect. In unlike cells the level
//! scales the effect instead.

use refcast_core::elementary;
use serde::{Deserialize, Serialize};

/// Strength of the dependence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Level {
    /// The part of a reference's deviation that the treated level does not keep.
    pub regression: f64,
    /// The effect, in ln(1 + CPM), at which half of that part applies.
    pub half_effect: f64,
    /// Between unlike cells: how much less a gene rises, by ln(1 + CPM) that the reference lies
    /// above the cells that the effect was measured in.
    pub gain: f64,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            regression: 0.5,
            half_effect: 0.1,
            gain: 0.25,
        }
    }
}

/// A difference of levels between unlike cells counts up to this, in ln(1 + CPM).
const MOST_DEVIATION: f64 = 4.0;
/// The same within one kind of cells: a gene that lies further from the controls is there for
/// another reason than the scatter of samples, which is what regresses.
const MOST_OWN_DEVIATION: f64 = 1.0;

impl Level {
    /// Turns effects `[genes]` into those on a reference that lies `deviations` `[genes]` above
    /// the controls of the evidence, of which a part `nearness` (0 to 1) is of the reference's own
    /// kind of cells.
    ///
    /// In its own kind of cells the deviation is the sample's, and regresses. In other cells it is
    /// the cells': a gene that they express already can be induced less, and one that they do not
    /// express cannot be repressed.
    pub fn adjust(&self, effects: &mut [f64], deviations: &[f64], nearness: f64) {
        if nearness < 1.0 {
            let mut factors: Vec<f64> = effects
                .iter()
                .zip(deviations)
                .map(|(effect, deviation)| {
                    let deviation = deviation.clamp(-MOST_DEVIATION, MOST_DEVIATION);
                    let unlike = self.gain * (1.0 - nearness) * deviation;
                    if *effect > 0.0 {
                        -unlike
                    } else {
                        (2.0 * unlike).min(0.0)
                    }
                })
                .collect();
            elementary::exp(&mut factors);
            for (effect, factor) in effects.iter_mut().zip(factors) {
                *effect *= factor;
            }
        }
        for (effect, deviation) in effects.iter_mut().zip(deviations) {
            let responds = effect.abs() / (effect.abs() + self.half_effect);
            let deviation = deviation.clamp(-MOST_OWN_DEVIATION, MOST_OWN_DEVIATION);
            *effect -= self.regression * nearness * responds * deviation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adjusted(effect: f64, deviation: f64, nearness: f64) -> f64 {
        let mut effects = [effect];
        Level::default().adjust(&mut effects, &[deviation], nearness);
        effects[0]
    }

    #[test]
    fn no_effect_stays_no_effect() {
        assert!(adjusted(0.0, 2.0, 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_gene_that_is_high_already_rises_less() {
        assert!(adjusted(2.0, 1.0, 1.0) < 2.0);
        assert!(adjusted(2.0, -1.0, 1.0) > 2.0);
    }

    #[test]
    fn a_gene_that_no_control_had_does_not_fall_by_all_that_the_reference_has() {
        // Of a change of a tenth the half at most, whatever the level.
        assert!(adjusted(0.1, 9.0, 1.0) > -0.2);
    }

    #[test]
    fn unlike_cells_induce_less_of_what_they_express_and_repress_nothing_that_they_do_not() {
        assert!(adjusted(2.0, 3.0, 0.0) < 1.0);
        assert!(adjusted(2.0, -3.0, 0.0) > 2.5);
        assert!(adjusted(-2.0, -3.0, 0.0) > -0.6);
        assert!((adjusted(-2.0, 3.0, 0.0) + 2.0).abs() < 1e-12);
    }
}
