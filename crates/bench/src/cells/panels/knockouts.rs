//! The set of lost genes: each is left out in turn, everywhere.

use std::collections::{BTreeMap, BTreeSet};

use refcast_train::CellCorpus;
use refcast_train::corpus::{Corpus, Treatment};

use super::super::CellsRun;
use super::super::arms::{is_treated, text};
use super::PanelState;
use super::losses::Loss;
use super::panel::{GenePanel, less};
use crate::benchmark::{Agent, CellPanelsBenchmark};
use crate::error::{Error, Result};
use crate::outcome::CaseScores;
use crate::split::{HeldOutPart, given_to, without};

/// The set of lost genes.
pub(super) struct KnockoutPanel<'a> {
    pub panel: GenePanel<'a>,
    treatments: BTreeMap<String, Treatment>,
    /// The untreated cells that are asked about.
    untreated: Vec<usize>,
}

impl<'a> KnockoutPanel<'a> {
    /// The lost genes whose effects are asked for.
    ///
    /// # Errors
    /// A set without lost or without untreated cells.
    pub fn of(
        run: &CellsRun<'_>,
        split: &CellPanelsBenchmark,
        corpus: &'a CellCorpus,
    ) -> Result<Self> {
        let set = run.set(corpus, &split.knockouts)?;
        let mut panel = GenePanel::new(corpus, set);
        let control = panel.cells(|row| !is_treated(row));
        let level = panel.mean(&control);
        let treated = set.rows.iter().filter(|row| is_treated(row));
        let names: BTreeSet<&str> = treated.map(|row| text(row, "condition")).collect();
        let mut treatments = BTreeMap::new();
        for name in names {
            let Some(treatment) = corpus.conditions.named(&split.knockouts, name) else {
                continue;
            };
            let cells = panel.cells(|row| is_treated(row) && text(row, "condition") == name);
            let change = less(&panel.mean(&cells), &level);
            panel.changes.insert(name.to_owned(), change);
            treatments.insert(name.to_owned(), treatment.clone());
        }
        if control.is_empty() || treatments.is_empty() {
            return Err(run.empty(format!("a lost gene of {}", split.knockouts)));
        }
        let n = control.len().min(split.most_cells);
        let untreated = (0..n).map(|at| control[at * control.len() / n]).collect();
        Ok(Self {
            panel,
            treatments,
            untreated,
        })
    }

    /// The scores of one lost gene.
    ///
    /// # Errors
    /// A training that sees the gene, or fails.
    pub fn fold(
        &self,
        run: &CellsRun<'_>,
        gene: &str,
        shared: &mut PanelState<'_>,
    ) -> Result<(CaseScores, Loss)> {
        let treatment = &self.treatments[gene];
        let agent = Agent {
            name: gene.to_owned(),
            entities: treatment.entities.clone(),
            within: Vec::new(),
        };
        let training = without(&shared.pools, &[HeldOutPart::Agent(agent)]);
        apart(run, gene, treatment, &training)?;
        let model = shared.model(&training)?;
        let (case, predicted) = self.panel.scored(
            gene,
            &model,
            treatment,
            &self.untreated,
            &mut shared.refused,
        )?;
        let loss = Loss {
            name: gene.to_owned(),
            target: treatment
                .entities
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            predicted,
            real: self.panel.changes[gene].clone(),
        };
        Ok((case, loss))
    }
}

/// Checks that no sample or pool of training was given what is asked for.
fn apart(run: &CellsRun<'_>, gene: &str, treatment: &Treatment, training: &Corpus) -> Result<()> {
    let ids: Vec<String> = treatment.entities.iter().map(ToString::to_string).collect();
    for study in &training.studies {
        for sample in &study.samples {
            let given = given_to(training, study, sample);
            if let Some(id) = ids.iter().find(|id| given.contains(id)) {
                return Err(Error::Leak {
                    benchmark: run.benchmark.name.clone(),
                    fold: gene.to_owned(),
                    problem: format!("{} of {} in training has {id}", sample.id(), study.name),
                });
            }
        }
    }
    Ok(())
}
