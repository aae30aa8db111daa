//! Whether intervals cover what they promise, over all samples and at each level of support.

use std::collections::BTreeMap;

use refcast_model::generate::Factors;

use super::finish::{CalibrationResults, add};
use super::fit::HALF;
use super::sample::BINS;
use crate::benchmark::Promise;
use crate::outcome::{Outcome, Requirement};
use crate::run::MODEL;

/// The name of the metric.
pub fn covered_name(covered: f64) -> String {
    format!("covered {:.0} %", 100.0 * covered)
}

/// Coverage over all levels by set of genes, and what is promised of it.
pub fn judge(found: &CalibrationResults<'_>, outcome: &mut Outcome) {
    for promise in &found.split.promises {
        let mut overall = None;
        for (bin, name) in BINS.iter().enumerate() {
            let covered =
                found
                    .samples
                    .iter()
                    .zip(found.factors)
                    .filter_map(|(sample, factors)| {
                        let covered = sample.bins[bin].within(factor(factors, promise.covered))?;
                        Some((sample.study.as_str(), covered))
                    });
            let Some(covered) = over_studies(covered) else {
                continue;
            };
            overall = overall.or(Some(covered));
            let definition = format!(
                "Coverage of the {:.0} % interval over these genes of a sample; mean over studies \
                 of the mean over their samples.",
                100.0 * promise.covered
            );
            let name = format!("{}, {name}", covered_name(promise.covered));
            add(outcome, &name, &definition, covered);
        }
        let all = overall.map(|covered| (covered, String::new()));
        outcome
            .requirements
            .push(kept(promise, "on unseen studies", all));
        let levels: Vec<(f64, String)> = outcome
            .groups()
            .into_iter()
            .filter_map(|level| {
                let covered = outcome.mean_in(level, MODEL, &covered_name(promise.covered))?;
                Some((covered, format!(" where support is {level}")))
            })
            .collect();
        // The level that is farthest off speaks for all.
        let off = |covered: f64| (covered - promise.covered).abs();
        let worst = levels
            .into_iter()
            .max_by(|a, b| off(a.0).total_cmp(&off(b.0)));
        let each = kept(promise, "at each level of support", worst);
        outcome.requirements.push(each);
    }
}

fn kept(promise: &Promise, place: &str, found: Option<(f64, String)>) -> Requirement {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    Requirement {
        asked: format!(
            "{:.0} % intervals cover {:.0} to {:.0} % {place}",
            100.0 * promise.covered,
            100.0 * promise.least,
            100.0 * promise.most
        ),
        holds: found
            .as_ref()
            .is_some_and(|(covered, _)| (promise.least..=promise.most).contains(covered)),
        found: found.map_or_else(
            || "nothing to judge it on".to_owned(),
            |(covered, place)| percent(covered) + &place,
        ),
    }
}

fn factor(factors: &Factors, covered: f64) -> f64 {
    if covered > HALF {
        factors.ninety
    } else {
        factors.half
    }
}

/// Mean over studies of the mean over their samples.
fn over_studies<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> Option<f64> {
    let mut studies: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (study, value) in values {
        let (sum, n) = studies.entry(study).or_default();
        *sum += value;
        *n += 1.0;
    }
    let n = studies.len() as f64;
    let sum: f64 = studies.values().map(|(sum, n)| sum / n).sum();
    (n > 0.0).then(|| sum / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NINETY: Promise = Promise {
        covered: 0.9,
        least: 0.87,
        most: 0.93,
    };

    #[test]
    fn an_interval_that_covers_too_much_breaks_its_promise_too() {
        for (covered, holds) in [(0.86, false), (0.87, true), (0.93, true), (0.97, false)] {
            let found = kept(&NINETY, "anywhere", Some((covered, " here".to_owned())));
            assert_eq!(found.holds, holds, "{found:?}");
        }
        assert!(!kept(&NINETY, "anywhere", None).holds);
        let found = kept(&NINETY, "anywhere", Some((0.861, " here".to_owned())));
        assert_eq!(found.asked, "90 % intervals cover 87 to 93 % anywhere");
        assert_eq!(found.found, "86.1 % here");
    }

    #[test]
    fn every_study_counts_once() {
        let values = [("a", 1.0), ("b", 0.0), ("b", 0.5), ("b", 0.1)];
        assert!((over_studies(values.into_iter()).unwrap() - 0.6).abs() < 1e-12);
        assert_eq!(over_studies([].into_iter()), None);
    }
}
