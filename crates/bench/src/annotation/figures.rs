//! Accuracy, macro-averaged F1 and calibration of the predicted values.

use std::collections::BTreeSet;

use super::HeldOutPrediction;

/// Bins of the calibration error.
const BINS: usize = 15;

/// Part of the samples whose value was predicted right.
pub(super) fn accuracy(predictions: &[&HeldOutPrediction]) -> f64 {
    let right = predictions
        .iter()
        .filter(|own| own.predicted == own.truth)
        .count();
    right as f64 / predictions.len().max(1) as f64
}

/// Mean over the true values of F1 = 2·TP / (2·TP + FP + FN).
pub(super) fn macro_f1(predictions: &[&HeldOutPrediction]) -> f64 {
    let values: BTreeSet<&str> = predictions.iter().map(|own| own.truth.as_str()).collect();
    let f1 = |value: &str| {
        let hit = predictions
            .iter()
            .filter(|own| own.truth == value && own.predicted == value)
            .count();
        let named = predictions
            .iter()
            .filter(|own| own.predicted == value)
            .count();
        let real = predictions.iter().filter(|own| own.truth == value).count();
        2.0 * hit as f64 / (named + real).max(1) as f64
    };
    values.iter().map(|value| f1(value)).sum::<f64>() / values.len().max(1) as f64
}

/// Σ over 15 bins of equal width of the probability of the predicted value: part of the samples
/// in the bin × |mean probability − accuracy| (Guo et al. 2017, arXiv:1706.04599).
pub(super) fn calibration_error(predictions: &[&HeldOutPrediction]) -> f64 {
    let mut bins = vec![(0.0, 0.0); BINS];
    for own in predictions {
        let bin = ((own.probability * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += own.probability;
        bins[bin].1 += f64::from(u8::from(own.predicted == own.truth));
    }
    let off: f64 = bins
        .iter()
        .map(|(probability, right)| (probability - right).abs())
        .sum();
    off / predictions.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use refcast_core::MetadataField;

    use super::*;

    fn prediction(truth: &str, predicted: &str, probability: f64) -> HeldOutPrediction {
        HeldOutPrediction {
            setting: 0,
            study: String::new(),
            is_atlas_tissue: false,
            field: MetadataField::Sex,
            truth: truth.to_owned(),
            predicted: predicted.to_owned(),
            probability,
            most_frequent: String::new(),
            elsewhere: true,
        }
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        // python: f1_score(["a", "a", "b", "c"], ["a", "b", "b", "a"], average="macro"), the bins
        // of [0.9, 0.6, 0.7, 0.5] by hand: (0.1 + 0.6 + 0.3 + 0.5) / 4.
        let own = [
            prediction("a", "a", 0.9),
            prediction("a", "b", 0.6),
            prediction("b", "b", 0.7),
            prediction("c", "a", 0.5),
        ];
        let own: Vec<&HeldOutPrediction> = own.iter().collect();
        assert!((accuracy(&own) - 0.5).abs() < 1e-12);
        assert!((macro_f1(&own) - (0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert!((calibration_error(&own) - 0.375).abs() < 1e-12);
    }
}
