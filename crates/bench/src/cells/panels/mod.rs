//! Effects on panels of some hundreds of genes: a lost gene that training did not hold, and a donor.
//!
//! One training serves all folds: panels give effects only, so that the latents and counts of the
//! model are the same without any of their cells. What each fold fits anew are the effects.

mod donors;
mod knockouts;
mod losses;
mod panel;

use refcast_model::{Model, ModelParts};
use refcast_train::corpus::Corpus;
use refcast_train::{fit_cell_effects, fit_cell_responses};

use super::finish::{self, Method, finding};
use super::{CellsInputs, CellsRun};
use crate::benchmark::CellPanelsBenchmark;
use crate::error::Result;
use crate::outcome::Outcome;
use donors::DonorPanel;
use knockouts::KnockoutPanel;
use panel::METRICS;

const NO_CHANGE: &str = "no change";
const OTHERS: &str = "mean of the others";

const THE_MODEL: &str = "The recipe's model, trained without the lost gene or the donor: mean estimation on untreated cells.";

const METHODS: [Method; 2] = [
    (NO_CHANGE, "The untreated cells."),
    (
        OTHERS,
        "The mean change of the other knock-outs of the set, or of the other donors.",
    ),
];

/// What all folds share.
struct PanelState<'a> {
    inputs: &'a CellsInputs<'a>,
    parts: ModelParts,
    pools: Corpus,
    refused: usize,
}

/// Runs the benchmark.
pub(super) fn run(
    run: &CellsRun<'_>,
    split: &CellPanelsBenchmark,
    inputs: &CellsInputs<'_>,
) -> Result<Outcome> {
    let corpus = inputs.corpus;
    let lost = KnockoutPanel::of(run, split, corpus)?;
    let given = DonorPanel::of(run, split, corpus)?;
    let (recipe, labels) = (inputs.recipe, inputs.labels);
    let mut shared = PanelState {
        parts: fit_cell_responses(corpus, recipe, labels, recipe.seed, &|_| ())?,
        pools: corpus.pools()?,
        inputs,
        refused: 0,
    };
    let folds: Vec<&str> = lost
        .panel
        .changes
        .keys()
        .chain(given.panel.changes.keys())
        .map(String::as_str)
        .collect();
    let (mut cases, mut losses) = (Vec::new(), Vec::new());
    run.folds(folds, |fold| {
        let found = if lost.panel.changes.contains_key(fold) {
            let (case, loss) = lost.fold(run, fold, &mut shared)?;
            losses.push(loss);
            case
        } else {
            given.fold(run, fold, &mut shared)?
        };
        cases.push(found);
        Ok(())
    })?;
    let mut findings = vec![finding(
        "refused",
        "Lost genes whose query the model refused; they count as no change.",
        shared.refused as f64,
    )];
    let genes = &lost.panel.levels.set().genes;
    findings.extend(losses::findings(
        &split.pathway,
        genes,
        &losses,
        run,
        corpus,
    )?);
    finish::outcome(
        run.benchmark,
        THE_MODEL,
        &METHODS,
        &METRICS,
        cases,
        findings,
        run.options,
    )
}

impl PanelState<'_> {
    fn model(&self, pools: &Corpus) -> Result<Model> {
        let (recipe, labels) = (self.inputs.recipe, self.inputs.labels);
        let parts = fit_cell_effects(pools, recipe, labels, &self.parts)?;
        Ok(Model::from_parts(parts))
    }
}
