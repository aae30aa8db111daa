//! A profile that no sample measured, as counts.

use std::sync::Arc;

use refcast_core::{Counts, Result};

use super::effect::PredictedEffect;
use super::integers;
use crate::model::Model;

/// The library size: one at which counts are as good as levels.
const TOTAL: u64 = 100_000_000;

/// The counts of a reference that measures all genes as a profile of ln(1 + CPM) or ln(1 + CP10k)
/// `[genes]` expects them.
///
/// # Errors
/// A profile without any expression.
pub(crate) fn expected_counts(model: &Model, profile: &[f64]) -> Result<Counts> {
    let whole = model.modality().per();
    let observed: Arc<[bool]> = vec![true; profile.len()].into();
    let expression = PredictedEffect::none(profile.len()).rescale(profile, &observed, whole);
    let scale = TOTAL as f64 / whole;
    let expected: Vec<f64> = expression.iter().map(|level| level * scale).collect();
    Counts::fully_observed(integers::apportion(&expected, TOTAL))
}
