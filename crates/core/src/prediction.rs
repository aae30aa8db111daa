//! What a model answers for one reference and one sample.

use std::fmt;

use serde::Serialize;

use crate::counts::Counts;
use crate::error::{Faults, Result};

/// One generated sample with the effect it carries, how certain that is, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The name of the reference, as in the input.
    pub reference: String,
    /// Which of the samples of this reference, from 0.
    pub sample: u32,
    /// The seed of the query.
    pub seed: u64,
    /// The generated counts, `[genes]`, with the mask of the reference.
    pub counts: Counts,
    /// Change of ln(1 + CPM) against the reference, `[genes]`. For a gene that the reference did
    /// not measure it is the model's; never NaN.
    pub effect: Vec<f32>,
    /// Lower end of the interval of `effect`, `[genes]`.
    pub effect_lower: Vec<f32>,
    /// Upper end of the interval of `effect`, `[genes]`.
    pub effect_upper: Vec<f32>,
    /// The latents the sample was decoded from.
    pub latents: Latents,
    /// How far the answer can be trusted.
    pub support: Support,
}

impl Prediction {
    /// Checks what the types do not: that every vector has the axis' length, that no effect is NaN
    /// or infinite, and that each lies in its interval.
    ///
    /// # Errors
    /// With every such fault, named by field and position.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::new();
        let genes = self.counts.len();
        for (field, values) in [
            ("effect", &self.effect),
            ("effect_lower", &self.effect_lower),
            ("effect_upper", &self.effect_upper),
        ] {
            if values.len() != genes {
                faults.add(
                    field,
                    "wrong_length",
                    format!("{} values for {genes} genes", values.len()),
                );
            }
            if let Some(gene) = values.iter().position(|value| !value.is_finite()) {
                faults.add(
                    format!("{field}[{gene}]"),
                    "not_finite",
                    format!("is {}", values[gene]),
                );
            }
        }
        let intervals = self
            .effect_lower
            .iter()
            .zip(&self.effect)
            .zip(&self.effect_upper);
        let outside = intervals
            .map(|((lower, effect), upper)| lower <= effect && effect <= upper)
            .position(|inside| !inside);
        if let (Some(gene), true) = (outside, faults.is_empty()) {
            faults.add(
                format!("effect[{gene}]"),
                "outside_interval",
                "lies outside its own interval",
            );
        }
        faults.into_result()
    }
}

/// The three groups of latents, each `[dimensions]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Latents {
    /// Tissue, cell type, donor, disease.
    pub biological: Vec<f32>,
    /// Library, platform, batch.
    pub technical: Vec<f32>,
    /// What was done.
    pub perturbation: Vec<f32>,
}

/// How far an answer can be trusted, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SupportLevel {
    /// Nothing like it was seen in training.
    None,
    /// Only relatives, or few samples, or far systems.
    Weak,
    /// Seen, but not in systems near this one.
    Moderate,
    /// Seen in systems near this one.
    Strong,
}

impl SupportLevel {
    /// Levels with the least score that each has, the best first.
    const LEAST_SCORES: [(Self, f32); 4] = [
        (Self::Strong, 0.70),
        (Self::Moderate, 0.30),
        (Self::Weak, 0.02),
        (Self::None, 0.0),
    ];

    /// The level that a score says.
    pub fn of_score(score: f32) -> Self {
        Self::LEAST_SCORES
            .into_iter()
            .find(|(_, least)| score >= *least)
            .map_or(Self::None, |(level, _)| level)
    }

    /// The highest score of the level, in hundredths.
    pub fn highest_score(self) -> f32 {
        match self {
            Self::Strong => 1.0,
            Self::Moderate => 0.69,
            Self::Weak => 0.29,
            Self::None => 0.01,
        }
    }
}

/// A score from 0 to 1 in hundredths, as it is shown, not above what `most` admits, and the level
/// that it says: a level never is above that of a higher score.
pub fn scored(score: f64, most: SupportLevel) -> (SupportLevel, f32) {
    let hundredths = (score.clamp(0.0, 1.0) * 100.0).round() as f32 / 100.0;
    let score = hundredths.min(most.highest_score());
    (SupportLevel::of_score(score), score)
}

impl fmt::Display for SupportLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Moderate => "moderate",
            Self::Strong => "strong",
        })
    }
}

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Support {
    /// The verdict.
    pub level: SupportLevel,
    /// The same on a scale from 0 (none) to 1.
    pub score: f32,
    /// Why, in sentences for the user.
    pub reasons: Vec<String>,
    /// How many treated samples of this perturbation were in training.
    pub n_samples: u32,
    /// The systems (cell types, lines, tissues) they came from.
    pub systems: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction() -> Prediction {
        Prediction {
            reference: "donor 1".into(),
            sample: 0,
            seed: 1,
            counts: Counts::fully_observed(vec![1, 2]).unwrap(),
            effect: vec![0.0, 1.0],
            effect_lower: vec![-1.0, 0.5],
            effect_upper: vec![1.0, 1.5],
            latents: Latents::default(),
            support: Support {
                level: SupportLevel::Strong,
                score: 1.0,
                reasons: Vec::new(),
                n_samples: 3,
                systems: Vec::new(),
            },
        }
    }

    #[test]
    fn a_whole_prediction_passes() {
        prediction().check().unwrap();
    }

    #[test]
    fn a_vector_of_another_length_nan_and_an_inverted_interval_are_found() {
        for (broken, place) in [
            (
                Prediction {
                    effect: vec![0.0],
                    ..prediction()
                },
                "effect: ",
            ),
            (
                Prediction {
                    effect_lower: vec![f32::NAN, 0.0],
                    ..prediction()
                },
                "effect_lower[0]",
            ),
            (
                Prediction {
                    effect_upper: vec![1.0, 0.9],
                    ..prediction()
                },
                "effect[1]",
            ),
        ] {
            let error = broken.check().unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }

    #[test]
    fn the_level_follows_the_score_and_neither_goes_beyond_what_is_admitted() {
        use SupportLevel::{Moderate, None, Strong, Weak};
        for (score, most, expected) in [
            (1.0, Strong, (Strong, 1.0)),
            (0.697, Strong, (Strong, 0.7)),
            (0.694, Strong, (Moderate, 0.69)),
            (0.9, Moderate, (Moderate, 0.69)),
            (0.9, Weak, (Weak, 0.29)),
            (0.1, Moderate, (Weak, 0.1)),
            (0.9, None, (None, 0.01)),
            (f64::from(f32::MIN), Strong, (None, 0.0)),
        ] {
            assert_eq!(scored(score, most), expected, "{score} {most}");
        }
        let scores = (0..=100).map(|score| scored(f64::from(score) / 100.0, Strong).0);
        assert!(scores.is_sorted());
        for level in [Strong, Moderate, Weak, None] {
            assert_eq!(SupportLevel::of_score(level.highest_score()), level);
        }
    }

    #[test]
    fn levels_are_ordered_and_spelled_in_lower_case() {
        assert!(
            SupportLevel::Strong > SupportLevel::Weak && SupportLevel::Weak > SupportLevel::None
        );
        assert_eq!(
            serde_json::to_string(&SupportLevel::Moderate).unwrap(),
            r#""moderate""#
        );
    }
}
