//! A response depends on where the reference stands already.
//!
//! A gene that is high before treatment rises less: between donors of one study, the treated level
//! varies less than the control level. For genes that respond, part of what the reference lies
//! above the controls that the effect was measured against is therefore taken off the effect. The
//! part goes to zero with the effect, so that no effect stays no effect. In unlike cells the level
//! scales the effect instead.

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

impl Level {
    /// The effect on a reference that lies `deviation` above the controls of the evidence, of
    /// which a part `nearness` (0 to 1) is of the reference's own kind of cells.
    ///
    /// In its own kind of cells the deviation is the sample's, and regresses. In other cells it is
    /// the cells': a gene that they express already can be induced less, and one that they do not
    /// express cannot be repressed.
    pub fn adjust(&self, effect: f64, deviation: f64, nearness: f64) -> f64 {
        let unlike = (1.0 - nearness) * deviation.clamp(-MOST_DEVIATION, MOST_DEVIATION);
        let carried = if effect > 0.0 {
            effect * libm::exp(-self.gain * unlike)
        } else {
            effect * libm::exp((2.0 * self.gain * unlike).min(0.0))
        };
        let responds = carried.abs() / (carried.abs() + self.half_effect);
        carried - self.regression * nearness * responds * deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_effect_stays_no_effect() {
        assert!(Level::default().adjust(0.0, 2.0, 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_gene_that_is_high_already_rises_less() {
        let level = Level::default();
        assert!(level.adjust(2.0, 1.0, 1.0) < 2.0);
        assert!(level.adjust(2.0, -1.0, 1.0) > 2.0);
    }

    #[test]
    fn unlike_cells_induce_less_of_what_they_express_and_repress_nothing_that_they_do_not() {
        let level = Level::default();
        assert!(level.adjust(2.0, 3.0, 0.0) < 1.0);
        assert!(level.adjust(2.0, -3.0, 0.0) > 2.5);
        assert!(level.adjust(-2.0, -3.0, 0.0) > -0.6);
        assert!((level.adjust(-2.0, 3.0, 0.0) + 2.0).abs() < 1e-12);
    }
}
