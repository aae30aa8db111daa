//! Sex from the genes that only one sex expresses.
//!
//! The genes of the Y chromosome that every male cell expresses, and those of the inactive X. Tumours
//! lose the Y in part and lines lose the inactive X, so that the two sets are judged apart, each by
//! the mean of ln(1 + CPM) of those that are measured, on a logarithmic scale where a little of a
//! gene is far from none, and with each sex's own variance.

use refcast_core::MetadataField;
use serde::{Deserialize, Serialize};

use super::classifier::softmax;

/// Where the logarithm of a mean level is taken from: ln(level + this).
const NOTHING: f64 = 0.1;

/// A set of genes and how their mean shows in each sex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkerSet {
    /// Places on the axis.
    pub genes: Vec<u32>,
    /// Mean and variance of the score in each value.
    pub scores: Vec<[f64; 2]>,
}

impl MarkerSet {
    /// The score of a sample: ln(0.1 + mean level of the genes that are measured); `None` where
    /// none is.
    pub fn score(genes: &[u32], level: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        let levels: Vec<f64> = genes
            .iter()
            .filter_map(|gene| level(*gene as usize))
            .collect();
        if levels.is_empty() {
            return None;
        }
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        Some(libm::log(mean.max(0.0) + NOTHING))
    }
}

/// A field that markers tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Markers {
    /// The field: sex.
    pub field: MetadataField,
    /// Its values.
    pub values: Vec<String>,
    /// The sets.
    pub sets: Vec<MarkerSet>,
    /// What the logarithm of the odds is divided by.
    pub temperature: f64,
}

impl Markers {
    /// The logarithm of each value's density; a set of which no gene is measured adds nothing.
    pub fn densities(&self, level: impl Fn(usize) -> Option<f64>) -> Vec<f64> {
        let mut densities = vec![0.0; self.values.len()];
        for set in &self.sets {
            let Some(score) = MarkerSet::score(&set.genes, &level) else {
                continue;
            };
            for (sum, [mean, variance]) in densities.iter_mut().zip(&set.scores) {
                *sum -= 0.5 * ((score - mean).powi(2) / variance + libm::log(*variance));
            }
        }
        densities
    }

    /// Probabilities of the values; even where no gene of any set is measured.
    pub fn probabilities(&self, level: impl Fn(usize) -> Option<f64>) -> Vec<f64> {
        let scores = self.densities(level);
        let cooled: Vec<f64> = scores
            .iter()
            .map(|score| score / self.temperature)
            .collect();
        softmax(&cooled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markers() -> Markers {
        let set = |gene, scores: [[f64; 2]; 2]| MarkerSet {
            genes: vec![gene],
            scores: scores.to_vec(),
        };
        Markers {
            field: MetadataField::Sex,
            values: vec!["female".into(), "male".into()],
            sets: vec![
                set(0, [[-2.0, 0.2], [1.2, 0.4]]),
                set(1, [[1.0, 0.4], [-2.0, 0.2]]),
            ],
            temperature: 1.0,
        }
    }

    #[test]
    fn a_little_of_the_y_and_none_of_the_inactive_x_is_a_male() {
        let level = |gene: usize| Some([0.4, 0.0][gene]);
        assert!(markers().probabilities(level)[1] > 0.9);
    }

    #[test]
    fn with_no_marker_measured_the_sexes_are_even() {
        assert_eq!(markers().probabilities(|_| None), [0.5, 0.5]);
    }

    #[test]
    fn one_set_is_enough() {
        let female = |gene: usize| (gene == 0).then_some(0.02);
        assert!(markers().probabilities(female)[0] > 0.9);
    }
}
