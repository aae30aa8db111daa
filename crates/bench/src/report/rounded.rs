//! What is kept of an outcome: four significant digits of what is finite, and of the comparisons in
//! a single group those with the best baseline, as the rest would be most of the file.

use crate::outcome::{Comparison, Finding, Outcome, Report};

/// The report with every figure at four significant digits. What is not finite is left out: JSON
/// has no word for it; so are comparisons in a group with others than the best baseline.
pub fn rounded(report: Report) -> Report {
    Report {
        outcomes: report.outcomes.into_iter().map(outcome).collect(),
        ..report
    }
}

fn outcome(mut outcome: Outcome) -> Outcome {
    for case in &mut outcome.cases {
        for scores in case.scores.values_mut() {
            scores.retain(|_, score| score.is_finite());
            scores.values_mut().for_each(|score| *score = four(*score));
        }
    }
    let best: Vec<(String, String)> = outcome
        .metrics
        .iter()
        .filter_map(|metric| Some((metric, outcome.best_baseline(metric)?.0)))
        .map(|(metric, baseline)| (metric.described.name.clone(), baseline.to_owned()))
        .collect();
    let with_best = |comparison: &Comparison| {
        let mut best = best.iter();
        best.any(|(metric, method)| *metric == comparison.metric && *method == comparison.against)
    };
    outcome.comparisons = outcome
        .comparisons
        .into_iter()
        .filter(|comparison| comparison.group.is_none() || with_best(comparison))
        .filter_map(comparison)
        .collect();
    outcome.findings.retain(|finding| finding.value.is_finite());
    for Finding { value, .. } in &mut outcome.findings {
        *value = four(*value);
    }
    outcome
}

fn comparison(comparison: Comparison) -> Option<Comparison> {
    let pair = |(low, high): (f64, f64)| {
        (low.is_finite() && high.is_finite()).then(|| (four(low), four(high)))
    };
    Some(Comparison {
        difference: comparison
            .difference
            .is_finite()
            .then(|| four(comparison.difference))?,
        interval: pair(comparison.interval)?,
        interval_over_groups: comparison.interval_over_groups.and_then(pair),
        ..comparison
    })
}

/// The nearest number of four significant digits. By way of text, which rounds exactly.
fn four(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::donors;

    #[test]
    fn four_digits_are_kept_whatever_the_size() {
        assert_eq!(four(0.123_456), 0.1235);
        assert_eq!(four(-1234.56), -1235.0);
        assert_eq!(four(1.234_56e-9), 1.235e-9);
    }

    #[test]
    fn in_a_group_the_best_baseline_speaks_for_all() {
        let mut outcome = donors();
        let kept = super::outcome(outcome.clone()).comparisons.len();
        let mut other = outcome.comparisons[1].clone();
        other.against = "mean".to_owned();
        assert!(other.group.is_some());
        outcome.comparisons.push(other);
        assert_eq!(super::outcome(outcome).comparisons.len(), kept);
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let mut outcome = donors();
        outcome.cases[0]
            .scores
            .get_mut("model")
            .unwrap()
            .insert("r".to_owned(), f64::NAN);
        outcome.comparisons[0].difference = f64::INFINITY;
        outcome.comparisons[1].interval_over_groups = Some((f64::NAN, 1.0));
        let comparisons = outcome.comparisons.len();
        let outcome = super::outcome(outcome);
        assert_eq!(outcome.cases[0].get("model", "r"), None);
        assert_eq!(outcome.comparisons.len(), comparisons - 1);
        assert_eq!(outcome.comparisons[0].interval_over_groups, None);
    }
}
