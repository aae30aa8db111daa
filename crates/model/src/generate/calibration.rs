//! How many standard deviations wide an interval must be to cover what it says.
//!
//! Errors of real samples are heavier-tailed than normal ones, more so where the evidence is far:
//! one factor on the standard deviation cannot serve both the middle and the ends. The factors are
//! the quantiles of |error| / deviation on held-out samples of many studies, as a function of the
//! part of the effect that the evidence explains (`cargo benchmark calibration`).

use serde::{Deserialize, Deserializer, Serialize};

/// Quantiles of the absolute value of a standard normal variable.
const NORMAL: Factors = Factors {
    explained: 0.0,
    half: 0.674_489_750_196_081_7,
    ninety: 1.644_853_626_951_472_2,
};

/// The factors on the deviation, at some parts explained, in ascending order of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    #[serde(deserialize_with = "in_order")]
    knots: Vec<Factors>,
}

/// Half-widths of central intervals in standard deviations, where the evidence explains a part of
/// the effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factors {
    /// The part explained, 0 to 1.
    pub explained: f64,
    /// Of the 50 % interval.
    pub half: f64,
    /// Of the 90 % interval.
    pub ninety: f64,
}

impl Default for Calibration {
    /// Normal errors.
    fn default() -> Self {
        Self {
            knots: vec![NORMAL],
        }
    }
}

impl Calibration {
    /// The calibration with these factors, in any order; normal errors for none.
    pub fn new(mut knots: Vec<Factors>) -> Self {
        if knots.is_empty() {
            return Self::default();
        }
        knots.sort_by(|a, b| a.explained.total_cmp(&b.explained));
        Self { knots }
    }

    /// The factors at some parts explained.
    pub fn knots(&self) -> &[Factors] {
        &self.knots
    }

    /// The factors where `explained` of the effect is: linear between knots, constant beyond.
    pub fn at(&self, explained: f64) -> Factors {
        let above = self
            .knots
            .partition_point(|knot| knot.explained < explained);
        let of = |place: usize| self.knots.get(place).copied();
        let (low, high) = match (above.checked_sub(1).and_then(of), of(above)) {
            (Some(low), Some(high)) => (low, high),
            (Some(only), None) | (None, Some(only)) => (only, only),
            // Never without a knot.
            (None, None) => (NORMAL, NORMAL),
        };
        let span = high.explained - low.explained;
        let share = if span > 0.0 {
            (explained - low.explained) / span
        } else {
            0.0
        };
        let between = |a: f64, b: f64| a + share * (b - a);
        Factors {
            explained,
            half: between(low.half, high.half),
            ninety: between(low.ninety, high.ninety),
        }
    }
}

fn in_order<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Factors>, D::Error> {
    Vec::deserialize(from).map(|knots| Calibration::new(knots).knots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knot(explained: f64, half: f64, ninety: f64) -> Factors {
        Factors {
            explained,
            half,
            ninety,
        }
    }

    #[test]
    fn without_a_calibration_errors_are_normal() {
        // scipy.stats.norm.ppf([0.75, 0.95])
        for explained in [0.0, 0.4, 1.0] {
            let factors = Calibration::default().at(explained);
            assert!((factors.half - 0.674_489_750_196).abs() < 1e-11);
            assert!((factors.ninety - 1.644_853_626_951).abs() < 1e-11);
        }
        assert_eq!(Calibration::new(Vec::new()), Calibration::default());
    }

    #[test]
    fn factors_are_linear_between_knots_and_constant_beyond() {
        let calibration = Calibration::new(vec![knot(0.8, 0.6, 1.8), knot(0.2, 1.0, 3.0)]);
        assert_eq!(calibration.at(0.0), knot(0.0, 1.0, 3.0));
        assert_eq!(calibration.at(1.0), knot(1.0, 0.6, 1.8));
        let middle = calibration.at(0.5);
        assert!((middle.half - 0.8).abs() < 1e-12, "{middle:?}");
        assert!((middle.ninety - 2.4).abs() < 1e-12, "{middle:?}");
        assert_eq!(calibration.at(0.2).half, 1.0);
    }

    #[test]
    fn a_calibration_that_is_read_is_in_order_and_never_empty() {
        let read = |knots: &str| -> Calibration {
            serde_json::from_str(&format!("{{\"knots\":[{knots}]}}")).unwrap()
        };
        let (low, high) = (
            r#"{"explained":0.0,"half":1.0,"ninety":3.0}"#,
            r#"{"explained":1.0,"half":0.5,"ninety":1.5}"#,
        );
        let calibration = read(&format!("{high},{low}"));
        assert_eq!(
            calibration.knots(),
            [knot(0.0, 1.0, 3.0), knot(1.0, 0.5, 1.5)]
        );
        assert_eq!(read(""), Calibration::default());
    }
}
