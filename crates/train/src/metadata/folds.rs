//! Folds of donors: no donor is on both sides.

use std::collections::BTreeMap;

use super::annotated_samples::AnnotatedCorpusSample;

/// How many folds.
pub const FOLDS: usize = 5;

/// The fold of each sample: donors in the order of their names, by turns.
pub fn donor_folds(samples: &[&AnnotatedCorpusSample<'_>]) -> Vec<usize> {
    let mut donors: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in samples {
        donors.entry(&sample.donor).or_default();
    }
    for (at, fold) in donors.values_mut().enumerate() {
        *fold = at % FOLDS;
    }
    samples
        .iter()
        .map(|sample| donors[sample.donor.as_str()])
        .collect()
}
