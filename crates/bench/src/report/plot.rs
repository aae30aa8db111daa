//! Plots as SVG. Which are drawn is decided by what the outcome holds.

mod calibration;
mod canvas;
mod cases;
mod groups;
mod label;
mod range;

use super::error::{Error, Result};
use crate::outcome::Outcome;

/// A plot and what the page says of it.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    /// What it shows, for those who cannot see it.
    pub(super) title: String,
    /// The file's name.
    pub(super) file: String,
    /// How to read it.
    pub(super) caption: String,
    /// The drawing.
    pub(super) svg: String,
}

/// All plots that the outcome has the figures for.
pub(super) fn plots(outcome: &Outcome) -> Result<Vec<Plot>> {
    let drawn = [groups::plot, cases::plot, calibration::plot].map(|draw| draw(outcome));
    let mut plots = Vec::new();
    for plot in drawn {
        let plot = plot.map_err(|problem| Error::Plot {
            benchmark: outcome.name.clone(),
            problem,
        })?;
        plots.extend(plot);
    }
    Ok(plots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::{donors, large};

    fn names(outcome: &Outcome) -> Vec<String> {
        let plots = plots(outcome).unwrap();
        plots.into_iter().map(|plot| plot.file).collect()
    }

    #[test]
    fn an_outcome_gets_the_plots_that_it_has_figures_for() {
        let mut outcome = donors();
        assert_eq!(names(&outcome), ["donors-groups.svg", "donors-cases.svg"]);
        outcome.methods.truncate(1);
        assert_eq!(names(&outcome), ["donors-groups.svg"]);
        outcome.cases.clear();
        assert!(names(&outcome).is_empty());
    }

    #[test]
    fn plots_stay_small_and_have_a_background() {
        // More groups and samples than any benchmark has.
        let outcome = large(200, 3000);
        for plot in plots(&outcome).unwrap() {
            assert!(plot.svg.len() < 60_000, "{}: {}", plot.file, plot.svg.len());
            assert!(plot.svg.contains("#FFFFFF"), "{}", plot.file);
        }
    }

    #[test]
    fn names_do_not_end_the_markup() {
        let mut outcome = donors();
        outcome.cases[0].group = "<b> & \"c\"".to_owned();
        let plots = plots(&outcome).unwrap();
        assert!(!plots[0].svg.contains("<b>") && plots[0].svg.contains("&lt;b&gt;"));
    }
}
