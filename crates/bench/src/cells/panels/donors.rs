//! The set of donors: the cells of each are left out in turn.

use std::collections::BTreeSet;

use refcast_train::CellCorpus;
use refcast_train::corpus::Treatment;

use super::super::CellsRun;
use super::super::arms::{is_treated, text};
use super::super::leak::{self, Apart};
use super::PanelState;
use super::panel::{GenePanel, less};
use crate::benchmark::CellPanelsBenchmark;
use crate::error::Result;
use crate::outcome::CaseScores;

/// The set of donors.
pub(super) struct DonorPanel<'a> {
    pub panel: GenePanel<'a>,
    treatment: &'a Treatment,
    column: &'a str,
}

impl<'a> DonorPanel<'a> {
    /// The donors whose cells are asked for.
    ///
    /// # Errors
    /// A set without donors or a treatment.
    pub fn of(
        run: &CellsRun<'_>,
        split: &CellPanelsBenchmark,
        corpus: &'a CellCorpus,
    ) -> Result<Self> {
        let set = run.set(corpus, &split.donors)?;
        let Some(column) = set.recipe.replicate.as_deref() else {
            return Err(run.empty(format!("a donor of {}", split.donors)));
        };
        let mut panel = GenePanel::new(corpus, set);
        let donors: BTreeSet<&str> = set.rows.iter().map(|row| text(row, column)).collect();
        for donor in donors.into_iter().filter(|donor| !donor.is_empty()) {
            let [control, treated] = [false, true].map(|treated| {
                panel.cells(|row| text(row, column) == donor && is_treated(row) == treated)
            });
            if !control.is_empty() && !treated.is_empty() {
                let change = less(&panel.mean(&treated), &panel.mean(&control));
                panel.changes.insert(donor.to_owned(), change);
            }
        }
        Ok(Self {
            panel,
            treatment: run.treatment(corpus, set)?,
            column,
        })
    }

    /// The scores of one donor.
    ///
    /// # Errors
    /// A training that sees the donor, or fails.
    pub fn fold(
        &self,
        run: &CellsRun<'_>,
        donor: &str,
        shared: &mut PanelState<'_>,
    ) -> Result<CaseScores> {
        let set = self.panel.levels.set();
        let name = &set.recipe.name;
        let training = shared.inputs.corpus.filtered(|own, row| {
            own != name || !matches!(text(row, self.column), own if own.is_empty() || own == donor)
        });
        let cells = self.panel.cells(|row| text(row, self.column) == donor);
        let fold = (run.benchmark.name.as_str(), donor);
        leak::check(fold, set, &cells, Apart::Donor(self.column), &training)?;
        let model = shared.model(&training.pools()?)?;
        let untreated: Vec<usize> = cells
            .into_iter()
            .filter(|&cell| !is_treated(&set.rows[cell]))
            .collect();
        let (case, _) = self.panel.scored(
            donor,
            &model,
            self.treatment,
            &untreated,
            &mut shared.refused,
        )?;
        Ok(case)
    }
}
