//! Whether no change is predicted where there is none to know of.

use super::finish::{CalibrationResults, add};
use super::sample::CalibrationSample;
use crate::outcome::{Outcome, Requirement};

/// Where nothing is known to change, the prediction may have this part of the size of a real effect.
const NO_CHANGE: f64 = 0.1;

/// What is predicted there, and whether it is small enough.
pub fn judge(found: &CalibrationResults<'_>, outcome: &mut Outcome) {
    let (nothing, beside) = (&found.split.nothing, &found.split.beside);
    let of = |is: fn(&CalibrationSample) -> bool| -> Vec<&CalibrationSample> {
        found.samples.iter().filter(|sample| is(sample)).collect()
    };
    let (own, other) = (of(|sample| sample.is.0), of(|sample| sample.is.1));
    let mean = |samples: &[&CalibrationSample]| {
        let sum: f64 = samples.iter().map(|sample| sample.predicted.0).sum();
        sum / samples.len() as f64
    };
    let asked = format!(
        "{} predicts no change: at most {:.0} % of the size of {}",
        nothing.name,
        100.0 * NO_CHANGE,
        beside.name
    );
    if own.is_empty() || other.is_empty() {
        outcome.requirements.push(Requirement {
            asked,
            found: "nothing to judge it on".to_owned(),
            holds: false,
        });
        return;
    }
    let largest = own.iter().map(|sample| sample.predicted.1);
    let largest = largest.fold(0.0, f64::max);
    let size = mean(&own) / mean(&other);
    let said: Vec<String> = own
        .iter()
        .map(|sample| {
            format!(
                "{} ({})",
                sample.support.level,
                sample.support.reasons.join("; ")
            )
        })
        .collect();
    let definition = format!(
        "Largest |predicted change| of a gene, ln(1 + CPM), over the held-out samples of {}. \
         Support: {}.",
        nothing.name,
        said.join(", ")
    );
    let name = format!("{}, largest", nothing.name);
    add(outcome, &name, &definition, largest);
    let definition = format!(
        "Root mean square of the predicted change relative to that of {}, means over held-out \
         samples.",
        beside.name
    );
    add(
        outcome,
        &format!("{}, size", nothing.name),
        &definition,
        size,
    );
    outcome.requirements.push(Requirement {
        asked,
        found: format!(
            "{:.1} %, largest change {largest:.3}, over {} held-out samples",
            100.0 * size,
            own.len()
        ),
        holds: size <= NO_CHANGE,
    });
}
