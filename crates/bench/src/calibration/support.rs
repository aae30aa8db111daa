//! Whether support ranks the errors.

use super::finish::{CalibrationResults, LEVELS, add};
use super::rank::ranks;
use super::sample::CalibrationSample;
use crate::outcome::{Outcome, Requirement};
use crate::run::MODEL;

type Figure = fn(&CalibrationSample) -> Option<f64>;

/// The correlations, and whether the one with EV is above 0.
pub fn judge(found: &CalibrationResults<'_>, outcome: &mut Outcome) {
    let pairs = |one: Figure, other: Figure| -> Vec<(f64, f64)> {
        let samples = found.samples.iter();
        samples
            .filter_map(|sample| Some((one(sample)?, other(sample)?)))
            .collect()
    };
    let score: Figure = |sample| Some(f64::from(sample.support.score));
    let ev: Figure = |sample| sample.ev;
    let seed = found.options.seed;
    let asked = "score of support ranks the errors: Spearman's correlation with EV is above 0";
    let mut requirement = Requirement {
        asked: asked.to_owned(),
        found: "nothing to judge it on".to_owned(),
        holds: false,
    };
    if let Some((rho, (low, high))) = ranks(&pairs(score, ev), seed) {
        requirement.found = format!("{rho:.3}, 95 % interval {low:.3} to {high:.3}");
        requirement.holds = low > 0.0;
        correlation(outcome, ("support", "EV"), (rho, (low, high)));
    }
    outcome.requirements.push(requirement);
    if let Some(rho) = ranks(&pairs(score, CalibrationSample::relative_error), seed) {
        correlation(outcome, ("support", "relative error"), rho);
    }
    if let Some(rho) = ranks(&pairs(|sample| Some(sample.expected_ev), ev), seed) {
        correlation(outcome, ("expected EV", "EV"), rho);
    }
    for level in LEVELS.map(|level| level.to_string()) {
        if let Some(ev) = outcome.mean_in(&level, MODEL, "EV") {
            let definition = "Mean explained fraction over the samples of this level.";
            add(outcome, &format!("EV, support {level}"), definition, ev);
        }
    }
}

fn correlation(
    outcome: &mut Outcome,
    (of, with): (&str, &str),
    (rho, (low, high)): (f64, (f64, f64)),
) {
    let name = format!("Spearman of {of} and {with}");
    let definition = format!("Spearman's correlation of {of} and {with} over samples.");
    add(outcome, &name, &definition, rho);
    let definition = "End of its 95 % interval by bootstrap over samples.";
    add(outcome, &format!("{name}, low"), definition, low);
    add(outcome, &format!("{name}, high"), definition, high);
}
