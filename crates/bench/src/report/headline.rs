//! What a benchmark found, in a few plain sentences.

use super::number::{counted, figure, interval, signed};
use crate::outcome::{MetricInfo, Outcome};

/// The result in words: the first metrics of the model beside the best baseline and the ceiling,
/// then whether what was asked for holds.
pub fn headline(outcome: &Outcome) -> String {
    let mut sentences = Vec::new();
    let metrics: Vec<String> = outcome
        .headline_metrics()
        .iter()
        .filter_map(|metric| beside_baseline(outcome, metric))
        .collect();
    if !metrics.is_empty() {
        let groups = outcome.groups().len();
        sentences.push(format!(
            "{}{}: {}.",
            counted(outcome.cases.len(), "held-out sample"),
            if groups > 1 {
                format!(" in {groups} groups; means over groups")
            } else {
                String::new()
            },
            metrics.join("; ")
        ));
    }
    if let Some(sentence) = ceiling(outcome) {
        sentences.push(sentence);
    }
    if let Some(sentence) = requirements(outcome) {
        sentences.push(sentence);
    }
    sentences.join(" ")
}

/// `**EV 0.628** against 0.591 of *shrunk mean*, the best baseline (better: …)`.
fn beside_baseline(outcome: &Outcome, metric: &MetricInfo) -> Option<String> {
    let name = &metric.described.name;
    let value = outcome.mean(outcome.model(), name)?;
    let mut text = format!("**{name} {}**", figure(value));
    let Some((baseline, best)) = outcome.best_baseline(metric) else {
        return Some(text);
    };
    text += &format!(
        " against {} of *{baseline}*, the best baseline",
        figure(best)
    );
    if let Some(comparison) = outcome.comparison(name, baseline, None) {
        text += &format!(
            " ({}: {}, 95 % interval {})",
            comparison.verdict(metric.higher_is_better).words(),
            signed(comparison.difference),
            interval(comparison.strict_interval())
        );
    }
    Some(text)
}

fn ceiling(outcome: &Outcome) -> Option<String> {
    let ceiling = outcome.ceiling()?;
    let values: Vec<String> = outcome
        .headline_metrics()
        .iter()
        .filter_map(|metric| {
            let name = &metric.described.name;
            let value = outcome.mean(ceiling, name)?;
            Some(format!("{name} {}", figure(value)))
        })
        .collect();
    (!values.is_empty()).then(|| format!("*{ceiling}*: {}.", values.join(", ")))
}

fn requirements(outcome: &Outcome) -> Option<String> {
    let all = outcome.requirements.len();
    let held = outcome.requirements_held();
    Some(match (held, all) {
        (_, 0) => return None,
        (1, 1) => "The requirement holds.".to_owned(),
        (0, 1) => "The requirement does not hold.".to_owned(),
        (held, all) if held == all => format!("All {all} requirements hold."),
        (0, all) => format!("None of the {all} requirements holds."),
        (1, all) => format!("1 of {all} requirements holds."),
        (held, all) => format!("{held} of {all} requirements hold."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::donors;

    #[test]
    fn the_headline_names_model_best_baseline_ceiling_and_requirements() {
        let text = headline(&donors());
        for part in [
            "3 held-out samples in 2 groups",
            "**EV 0.",
            "of *shrunk mean*, the best baseline (better: +0.030, 95 % interval +0.010 to +0.050)",
            "(not distinguishable: +0.015, 95 % interval −0.005 to +0.035)",
            "*ceiling: replicates*: r 0.",
            "1 of 2 requirements holds.",
        ] {
            assert!(text.contains(part), "no `{part}` in: {text}");
        }
    }

    #[test]
    fn an_outcome_without_cases_says_only_what_was_asked() {
        let mut outcome = donors();
        outcome.cases.clear();
        outcome.requirements.truncate(1);
        assert_eq!(headline(&outcome), "The requirement holds.");
    }
}
