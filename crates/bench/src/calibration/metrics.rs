//! The metrics of a held-out sample.

use crate::outcome::{Definition, MetricInfo};

/// The metrics of these names, in their order.
pub fn named(names: &[String]) -> Vec<MetricInfo> {
    let all = [
        (
            "covered 90 %",
            "Share of the scored genes whose true change lies in the 90 % interval: |truth − \
             prediction| ≤ factor · deviation, the factor fitted without the sample's study. Right \
             is 0.9, not more.",
            true,
        ),
        (
            "covered 50 %",
            "The same for the 50 % interval. Right is 0.5.",
            true,
        ),
        (
            "width of 90 %",
            "Mean width of the 90 % interval over the scored genes, ln(1 + CPM).",
            false,
        ),
        (
            "support",
            "Score of support, 0 to 1: the part of the effect's variance that the evidence is \
             expected to explain.",
            true,
        ),
        (
            "EV",
            "Explained fraction, 1 − MSE(prediction) / MSE(no change), over the scored genes.",
            true,
        ),
        (
            "expected EV",
            "What the prediction itself expects of EV: its mean square over the sum of that and the \
             mean square of the deviation. 0 where no change is predicted.",
            true,
        ),
        (
            "relative error",
            "Root mean square error relative to that of no change, √(1 − EV).",
            false,
        ),
    ];
    let info = |name: &String| {
        let (name, definition, higher_is_better) =
            all.into_iter().find(|(known, ..)| known == name)?;
        Some(MetricInfo {
            described: Definition {
                name: name.to_owned(),
                definition: definition.to_owned(),
            },
            higher_is_better,
        })
    };
    names.iter().filter_map(info).collect()
}
