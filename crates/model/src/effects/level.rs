//! A response depends on where the reference stands already.
//!
//! A gene that is high before treatment rises less: between donors of one study, the treated level
//! varies less than the control level. For genes that respond, part of what the reference lies
//! above the controls that the effect was measured against is therefore taken off the effect. The
//! part goes to zero with the effect, so that no effect stays no effect.

use serde::{Deserialize, Serialize};

/// Strength of the dependence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Level {
    /// The part of a reference's deviation that the treated level does not keep.
    pub regression: f64,
    /// The effect, in ln(1 + CPM), at which half of that part applies.
    pub half_effect: f64,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            regression: 0.5,
            half_effect: 0.1,
        }
    }
}

impl Level {
    /// The effect on a reference that lies `deviation` above the controls of the evidence, of
    /// which a part `nearness` (0 to 1) is of the reference's own kind of cells.
    pub fn adjust(&self, effect: f64, deviation: f64, nearness: f64) -> f64 {
        let responds = effect.abs() / (effect.abs() + self.half_effect);
        effect - self.regression * nearness * responds * deviation
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
    fn a_gene_that_is_high_already_rises_less_and_one_from_elsewhere_is_left_alone() {
        let level = Level::default();
        assert!(level.adjust(2.0, 1.0, 1.0) < 2.0);
        assert!(level.adjust(2.0, -1.0, 1.0) > 2.0);
        assert!((level.adjust(2.0, 1.0, 0.0) - 2.0).abs() < 1e-12);
    }
}
