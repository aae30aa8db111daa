//! Whether a difference of two methods is more than the luck of the cases: the paired bootstrap
//! (Efron and Tibshirani 1993, chapters 6 and 13).
//!
//! Both methods are scored on the same cases, and their difference is drawn. Samples of one donor
//! or study are not independent, and intervals over cases within groups are narrower for it; those
//! with groups drawn too say what other groups would have shown.

use rayon::prelude::*;
use refcast_core::random::{Draws, Random, RandomStream};

use crate::outcome::{CaseScores, Comparison};

const CASES: RandomStream = RandomStream(151);
const GROUPS: RandomStream = RandomStream(152);

/// Ends of the 95 % interval.
const TAILS: (f64, f64) = (0.025, 0.975);

/// The mean over groups of the mean difference `method` − `against` of a metric, with percentile
/// intervals of `draws` draws; in one group if `group` names it. A case that lacks the metric for
/// either method is left out. None where no case has both, or without draws.
///
/// The same seed gives the same intervals for any number of threads.
pub fn compare(
    cases: &[CaseScores],
    metric: &str,
    (method, against): (&str, &str),
    group: Option<&str>,
    draws: usize,
    seed: u64,
) -> Option<Comparison> {
    let differences = differences(cases, metric, (method, against), group);
    let means: Vec<f64> = differences.iter().map(|group| mean(group)).collect();
    if means.is_empty() || draws == 0 {
        return None;
    }
    let random = Random::new(seed);
    let interval = percentiles(draws, |draw| {
        let mut draws = random.at(CASES, draw, 0);
        mean_of(differences.iter().map(|group| drawn(group, &mut draws)))
    });
    let interval_over_groups = (differences.len() > 1).then(|| {
        percentiles(draws, |draw| {
            let mut draws = random.at(GROUPS, draw, 0);
            mean_of((0..differences.len()).map(|_| {
                let group = &differences[below(differences.len(), &mut draws)];
                drawn(group, &mut draws)
            }))
        })
    });
    Some(Comparison {
        metric: metric.to_owned(),
        method: method.to_owned(),
        against: against.to_owned(),
        group: group.map(str::to_owned),
        difference: mean(&means),
        interval,
        interval_over_groups,
    })
}

/// The differences of the cases that have both scores, by group, in the order of the cases.
fn differences(
    cases: &[CaseScores],
    metric: &str,
    (method, against): (&str, &str),
    only: Option<&str>,
) -> Vec<Vec<f64>> {
    let mut groups: Vec<(&str, Vec<f64>)> = Vec::new();
    for case in cases {
        let (Some(own), Some(other)) = (case.get(method, metric), case.get(against, metric)) else {
            continue;
        };
        if only.is_some_and(|only| only != case.group) {
            continue;
        }
        match groups.iter_mut().find(|(name, _)| *name == case.group) {
            Some((_, differences)) => differences.push(own - other),
            None => groups.push((&case.group, vec![own - other])),
        }
    }
    groups
        .into_iter()
        .map(|(_, differences)| differences)
        .collect()
}

/// The 95 % percentile interval of a statistic of each draw.
pub(crate) fn percentiles(
    draws: usize,
    statistic: impl Fn(u64) -> f64 + Sync + Send,
) -> (f64, f64) {
    let mut found: Vec<f64> = (0..draws as u64).into_par_iter().map(statistic).collect();
    found.sort_by(f64::total_cmp);
    (quantile(&found, TAILS.0), quantile(&found, TAILS.1))
}

/// The mean of as many values as there are, drawn with replacement.
fn drawn(values: &[f64], draws: &mut Draws) -> f64 {
    mean_of((0..values.len()).map(|_| values[below(values.len(), draws)]))
}

/// A uniform draw from 0 to n − 1.
pub(crate) fn below(n: usize, draws: &mut Draws) -> usize {
    ((draws.uniform() * n as f64) as usize).min(n - 1)
}

fn mean(values: &[f64]) -> f64 {
    mean_of(values.iter().copied())
}

fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// Linear between order statistics, as in numpy's `quantile`.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests;
