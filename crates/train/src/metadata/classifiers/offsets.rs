//! What a study adds to all its samples, told apart from what their values are.
//!
//! The mean of a value in one study holds the study's own offset: of two values of which one was
//! seen in a study like the sample's, that one would be taken for it, whatever the sample is.

use std::collections::BTreeSet;

use refcast_model::linalg::Symmetric;

/// Samples that a component must have to count for one half.
const HALF_SAMPLES: f64 = 3.0;
/// Components that the offset of a study must rest on to count for one half.
const HALF_COMPONENTS: f64 = 1.0;
/// Sweeps over values and studies; a few settle them, as offsets are drawn to 0.
const SWEEPS: usize = 20;
/// Studies, at the least, whose values differ from those of others, for a spread of offsets.
const LEAST_STUDIES: usize = 4;

/// The samples of one value in one study.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The place of the value.
    pub value: usize,
    /// The place of the study.
    pub study: usize,
    /// Places of the samples.
    pub members: Vec<usize>,
}

impl Component {
    /// How far its mean counts, 0 to 1.
    pub fn weight(&self) -> f64 {
        let n = self.members.len() as f64;
        n / (n + HALF_SAMPLES)
    }
}

/// The level of each value `[values]`, from means of the components `[components]` that are the sum
/// of a value's level and a study's offset; `None` for a component that does not measure it, and for
/// a value of which none does. Offsets are drawn to 0: what only one study has is the value's.
pub fn levels(
    components: &[Component],
    means: &[Option<f64>],
    values: usize,
    studies: usize,
) -> Vec<Option<f64>> {
    let seen: Vec<(&Component, f64)> = components
        .iter()
        .zip(means)
        .filter_map(|(own, mean)| Some((own, (*mean)?)))
        .collect();
    let (mut levels, mut offsets) = (vec![None; values], vec![0.0; studies]);
    for _ in 0..SWEEPS {
        let mut sums = vec![(0.0, 0.0); values];
        for (own, mean) in &seen {
            let (sum, weight) = &mut sums[own.value];
            *sum += own.weight() * (mean - offsets[own.study]);
            *weight += own.weight();
        }
        for (level, (sum, weight)) in levels.iter_mut().zip(sums) {
            *level = (weight > 0.0).then(|| sum / weight);
        }
        let mut sums = vec![(0.0, HALF_COMPONENTS); studies];
        for (own, mean) in &seen {
            let (sum, weight) = &mut sums[own.study];
            *sum += own.weight() * (mean - levels[own.value].unwrap_or(*mean));
            *weight += own.weight();
        }
        for (offset, (sum, weight)) in offsets.iter_mut().zip(sums) {
            *offset = sum / weight;
        }
    }
    levels
}

/// For every component of a value that other studies have too: its mean less that of theirs, scaled
/// so that its mean square is the variance of a study's offset. `None` for the others, and for all
/// where too few studies are compared.
pub fn deviations(components: &[Component], means: &[Option<f64>]) -> Vec<Option<f64>> {
    let values = components.iter().map(|own| own.value + 1).max();
    let mut sums = vec![(0.0, 0.0); values.unwrap_or(0)];
    for (own, mean) in components.iter().zip(means) {
        if let Some(mean) = mean {
            sums[own.value].0 += mean;
            sums[own.value].1 += 1.0;
        }
    }
    let found: Vec<Option<f64>> = components
        .iter()
        .zip(means)
        .map(|(own, mean)| {
            let (mean, (sum, n)) = ((*mean)?, sums[own.value]);
            let others = n - 1.0;
            (others > 0.0).then(|| (mean - (sum - mean) / others) / f64::sqrt(1.0 + 1.0 / others))
        })
        .collect();
    let pairs = components.iter().zip(&found);
    let compared: BTreeSet<usize> = pairs
        .filter(|(_, found)| found.is_some())
        .map(|(own, _)| own.study)
        .collect();
    if compared.len() < LEAST_STUDIES {
        return vec![None; components.len()];
    }
    found
}

/// The covariance of offsets from the deviations of components `[variables][components]`, half of it
/// the diagonal alone; `None` where there are none.
pub fn covariance(deviations: &[Vec<Option<f64>>]) -> Option<Symmetric> {
    let components = deviations.first()?.len();
    let known: Vec<usize> = (0..components)
        .filter(|&at| deviations[0][at].is_some())
        .collect();
    if known.is_empty() {
        return None;
    }
    let rows: Vec<Vec<f64>> = deviations
        .iter()
        .map(|own| known.iter().map(|&at| own[at].unwrap_or(0.0)).collect())
        .collect();
    Some(Symmetric::from_fn(rows.len(), |i, j| {
        let own: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum();
        let part = if i == j { 1.0 } else { 0.5 };
        part * own / known.len() as f64
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(value: usize, study: usize) -> Component {
        Component {
            value,
            study,
            members: vec![0; 97],
        }
    }

    #[test]
    fn a_value_that_one_study_has_is_rid_of_that_studys_offset() {
        // Values 0, 1, 2 lie at 0, 5, 9; study 1 adds 4. Value 2 is of study 1 alone.
        let components: Vec<Component> = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1)]
            .map(|(value, study)| component(value, study))
            .into();
        let means = [0.0, 5.0, 4.0, 9.0, 13.0].map(Some);
        let found: Vec<f64> = levels(&components, &means, 3, 2)
            .into_iter()
            .map(|level| level.expect("a level"))
            .collect();
        assert!((found[1] - found[0] - 5.0).abs() < 0.1, "{found:?}");
        // As far as the offset, which is drawn to 0, goes; 11 with no offset at all.
        assert!((found[2] - found[0] - 9.0).abs() < 1.2, "{found:?}");
    }

    #[test]
    fn what_is_not_measured_has_no_level() {
        let components = [component(0, 0), component(1, 0)];
        let found = levels(&components, &[Some(2.0), None], 2, 1);
        assert_eq!(found[1], None);
        assert!(found[0].is_some_and(|level| (level - 2.0).abs() < 1e-9));
    }

    #[test]
    fn deviations_have_the_variance_of_offsets() {
        let components: Vec<Component> = (0..4).map(|study| component(0, study)).collect();
        let found = deviations(&components, &[1.0, 3.0, 8.0, 4.0].map(Some));
        let square: f64 = found.iter().map(|d| d.expect("one").powi(2)).sum();
        // python: numpy.var([1., 3., 8., 4.], ddof=1)
        assert!((square / 4.0 - 26.0 / 3.0).abs() < 1e-9, "{square}");
        let few = deviations(&components[..3], &[Some(1.0), Some(3.0), Some(8.0)]);
        assert_eq!(few, [None, None, None]);
    }
}
