//! What a benchmark found, short enough for a terminal.

use std::fmt;

use anstyle::AnsiColor;
use anstyle::Style;
use refcast_bench::outcome::{Outcome, Requirement};
use refcast_bench::report::{counted, figure};
use refcast_terminal::{FAINT, HEADING};

/// The widest line.
const WIDTH: usize = 100;
/// Space before a column.
const GAP: usize = 2;
/// The narrowest column of figures: `−0.123`.
const FIGURE: usize = 6;
const HOLDS: Style = AnsiColor::Green.on_default();
const BROKEN: Style = AnsiColor::Red.on_default();

/// An outcome as one table and a line for each requirement.
pub struct Short<'a>(pub &'a Outcome);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(outcome) = self;
        writeln!(
            f,
            "{HEADING}{}{HEADING:#}  {} {FAINT}({}, {}; means over groups){FAINT:#}",
            outcome.name,
            outcome.title,
            counted(outcome.cases.len(), "sample"),
            counted(outcome.groups().len(), "group")
        )?;
        scores(f, outcome)?;
        for requirement in &outcome.requirements {
            line(f, requirement)?;
        }
        Ok(())
    }
}

/// A row for each method and a column for each metric, as many as a line takes.
fn scores(f: &mut fmt::Formatter<'_>, outcome: &Outcome) -> fmt::Result {
    let names = outcome.methods.iter().map(|method| method.name.as_str());
    let first = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let mut width = 2 + first;
    let columns: Vec<(&str, usize)> = outcome
        .metrics
        .iter()
        .map(|metric| metric.described.name.as_str())
        .map(|name| (name, name.chars().count().max(FIGURE) + GAP))
        .take_while(|(_, column)| {
            width += column;
            width <= WIDTH
        })
        .collect();
    write!(f, "  {FAINT}{:first$}", "method")?;
    for (name, width) in &columns {
        write!(f, "{name:>width$}")?;
    }
    writeln!(f, "{FAINT:#}")?;
    for method in &outcome.methods {
        let style = if method.name == outcome.model() {
            HEADING
        } else {
            Style::new()
        };
        write!(f, "  {style}{:first$}", method.name)?;
        for (name, width) in &columns {
            let value = outcome.mean(&method.name, name);
            write!(
                f,
                "{:>width$}",
                value.map_or_else(|| "–".to_owned(), figure)
            )?;
        }
        writeln!(f, "{style:#}")?;
    }
    Ok(())
}

fn line(f: &mut fmt::Formatter<'_>, requirement: &Requirement) -> fmt::Result {
    let (style, word) = if requirement.holds {
        (HOLDS, "yes")
    } else {
        (BROKEN, "no")
    };
    writeln!(
        f,
        "  {style}{word:<3}{style:#}  {}: {}",
        requirement.asked, requirement.found
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two methods with a metric that only one has.
    fn outcome() -> Outcome {
        serde_json::from_str(
            r#"{
            "name": "donors", "title": "A donor", "question": "",
            "methods": [{"name": "model", "definition": ""}, {"name": "shrunk mean", "definition": ""}],
            "metrics": [
                {"name": "r", "definition": "", "higher_is_better": true},
                {"name": "discrimination", "definition": "", "higher_is_better": true}
            ],
            "cases": [{"group": "airway", "study": "airway", "sample": "s1", "perturbation": "x",
                "scores": {"model": {"r": 0.5, "discrimination": -0.25}, "shrunk mean": {"r": 0.25}}}],
            "comparisons": [], "findings": [],
            "requirements": [{"asked": "r is 0.6", "found": "0.500", "holds": false}]
        }"#,
        )
        .unwrap()
    }

    fn plain(outcome: &Outcome) -> String {
        anstream::adapter::strip_str(&Short(outcome).to_string()).to_string()
    }

    #[test]
    fn figures_stand_in_columns_and_requirements_below() {
        assert_eq!(
            plain(&outcome()),
            "donors  A donor (1 sample, 1 group; means over groups)\n\
             \x20 method            r  discrimination\n\
             \x20 model         0.500          −0.250\n\
             \x20 shrunk mean   0.250               –\n\
             \x20 no   r is 0.6: 0.500\n"
        );
    }

    #[test]
    fn metrics_that_do_not_fit_the_line_are_left_to_the_page() {
        let mut outcome = outcome();
        for _ in 0..4 {
            outcome.metrics.extend(outcome.metrics.clone());
        }
        let text = plain(&outcome);
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
    }
}
