//! The factors that a model ships with.

use super::finish::{CalibrationResults, add};
use super::fit::{HALF, NINETY};
use crate::outcome::{Outcome, Requirement};

/// Factors of a recipe that are farther from those of the fit than this are of another model.
const STALE: f64 = 0.05;

/// The fitted factors, and whether the recipe has them.
pub fn judge(found: &CalibrationResults<'_>, outcome: &mut Outcome) {
    let mut farthest: f64 = 0.0;
    for knot in found.fitted.knots() {
        let shipped = found.shipped.at(knot.explained);
        for (covered, own, theirs) in [
            (HALF, knot.half, shipped.half),
            (NINETY, knot.ninety, shipped.ninety),
        ] {
            farthest = farthest.max((theirs / own - 1.0).abs());
            let name = factor_name(covered, knot.explained);
            let definition = "Half-width of the interval in deviations, fitted on all samples.";
            add(outcome, &name, definition, own);
        }
    }
    // A few folds fit other factors than all of them.
    if !found.options.quick {
        outcome.requirements.push(Requirement {
            asked: format!(
                "the recipe's factors are those that are fitted here, to {:.0} %",
                100.0 * STALE
            ),
            found: format!("{:.1} % apart at most", 100.0 * farthest),
            holds: farthest <= STALE,
        });
    }
}

/// The section of a recipe that holds the factors fitted on all samples of an outcome.
pub fn section(outcome: &Outcome) -> String {
    let value = |name: &str| {
        let mut findings = outcome.findings.iter();
        findings
            .find(|finding| finding.described.name == name)
            .map(|finding| finding.value)
    };
    let prefix = factor_name(HALF, 0.0);
    let prefix = prefix.trim_end_matches('0');
    let knots = outcome.findings.iter().filter_map(|finding| {
        let explained: f64 = finding.described.name.strip_prefix(prefix)?.parse().ok()?;
        let half = finding.value;
        let ninety = value(&factor_name(NINETY, explained))?;
        Some(format!(
            "    {{ explained = {explained:.2}, half = {half:.3}, ninety = {ninety:.3} }},\n"
        ))
    });
    format!(
        "# Half-widths of intervals, in deviations, by the part explained:\n\
         # cargo run --release -p refcast-bench --example calibrate\n\
         [calibration]\nknots = [\n{}]\n",
        knots.collect::<String>()
    )
}

fn factor_name(covered: f64, explained: f64) -> String {
    format!("factor {:.0} %, explained {explained}", 100.0 * covered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Definition, Finding};
    use refcast_model::generate::Calibration;

    #[test]
    fn the_section_is_one_that_a_recipe_can_hold() {
        let finding = |name: String, value| Finding {
            described: Definition {
                name,
                definition: String::new(),
            },
            value,
        };
        let mut outcome: Outcome = serde_json::from_str(
            r#"{"name": "calibration", "title": "", "question": "", "methods": [], "metrics": [],
            "cases": [], "comparisons": [], "findings": [], "requirements": []}"#,
        )
        .unwrap();
        for (explained, half) in [(0.0, 0.6), (0.15, 0.5)] {
            outcome
                .findings
                .push(finding(factor_name(HALF, explained), half));
            let ninety = finding(factor_name(NINETY, explained), 3.0 * half);
            outcome.findings.push(ninety);
        }
        #[derive(serde::Deserialize)]
        struct Recipe {
            calibration: Calibration,
        }
        let read: Recipe = toml::from_str(&section(&outcome)).unwrap();
        let knots = read.calibration.knots();
        assert_eq!(knots.len(), 2);
        assert!((knots[1].explained - 0.15).abs() < 1e-12);
        assert!((knots[1].half - 0.5).abs() < 1e-12 && (knots[1].ninety - 1.5).abs() < 1e-12);
    }
}
