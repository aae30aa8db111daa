//! The response of the cells of one donor, from those of the others: each donor's cells are left
//! out in turn, its untreated cells are the references.

use std::collections::{BTreeMap, BTreeSet};

use refcast_core::SamplingStrategy;
use refcast_train::corpus::cells::CellSet;

use super::arms::{KINDS, Row, arm, text};
use super::finish::{self, Method, Scores};
use super::leak::{self, Apart};
use super::profile::{METRICS, profile};
use super::{CellsInputs, CellsRun, CellsTruth, GENES, Levels, SAMPLES, generate, moments, plan};
use crate::benchmark::CellDonorsBenchmark;
use crate::error::Result;
use crate::outcome::{CaseScores, Outcome};
use crate::run::MODEL;

const NO_CHANGE: &str = "no change";
const OTHERS: &str = "mean of the other donors";

const THE_MODEL: &str = "The recipe's model, trained without the donor's cells: sample generation of eight cells on each of its untreated ones of the kind, of which the mean is taken.";

const METHODS: [Method; 2] = [
    (NO_CHANGE, "The donor's untreated cells of the kind."),
    (
        OTHERS,
        "Moved by the change of the same kind in the other donors: the mean of all their treated cells less that of all their untreated ones.",
    ),
];

/// Runs the benchmark.
pub(super) fn run(
    run: &CellsRun<'_>,
    split: &CellDonorsBenchmark,
    inputs: &CellsInputs<'_>,
) -> Result<Outcome> {
    let set = run.set(inputs.corpus, &split.set)?;
    let treatment = run.treatment(inputs.corpus, set)?;
    let Some(column) = set.recipe.replicate.as_deref() else {
        return Err(run.empty(format!("a donor of {}", split.set)));
    };
    let levels = Levels::detected(set, GENES);
    let mut recipe = inputs.recipe.clone();
    recipe.latent.rounds = split.rounds;
    let inputs = &CellsInputs {
        recipe: &recipe,
        ..*inputs
    };
    let mut cases = Vec::new();
    run.folds(donors(set, column), |donor| {
        let own = |row: &Row| text(row, column) == donor;
        // Doublets have no donor, and may be of any.
        let other = |row: &Row| !own(row) && !text(row, column).is_empty();
        let training = inputs
            .corpus
            .filtered(|name, row| name != split.set || other(row));
        let all: Vec<usize> = (0..set.rows.len())
            .filter(|&cell| own(&set.rows[cell]))
            .collect();
        let fold = (run.benchmark.name.as_str(), donor);
        leak::check(fold, set, &all, Apart::Donor(column), &training)?;
        let model = inputs.fit(&training)?;
        let strategy = SamplingStrategy::SampleGeneration;
        let plan = plan(&model, Some(treatment), strategy, SAMPLES)?;
        for (kind, _) in KINDS {
            let [control, treated] = [false, true].map(|treated| arm(set, kind, treated, own));
            let [other_control, other_treated] =
                [false, true].map(|treated| arm(set, kind, treated, other));
            let least = control.len().min(treated.len());
            if least < split.least_cells.max(1)
                || other_control.is_empty()
                || other_treated.is_empty()
            {
                continue;
            }
            let truth = CellsTruth::new(&levels.of_all(&control), &levels.of_all(&treated));
            let mean = |cells: &[usize]| moments(&levels.of_all(cells)).0;
            let (from, to) = (mean(&other_control), mean(&other_treated));
            let moved: Vec<f64> = truth
                .control
                .iter()
                .zip(from.iter().zip(&to))
                .map(|(own, (from, to))| own + to - from)
                .collect();
            let drawn = generate(&model, &plan, &levels, &control)?;
            let methods = [
                (MODEL, moments(&drawn).0),
                (NO_CHANGE, truth.control.clone()),
                (OTHERS, moved),
            ];
            let methods: BTreeMap<String, Scores> = methods
                .into_iter()
                .map(|(name, predicted)| (name.to_owned(), profile(&truth, &predicted)))
                .collect();
            cases.push(CaseScores {
                group: format!("donor {donor}"),
                study: split.set.clone(),
                sample: kind.to_owned(),
                perturbation: text(&set.rows[treated[0]], "condition").to_owned(),
                scores: methods,
            });
        }
        Ok(())
    })?;
    if cases.is_empty() {
        return Err(run.empty(format!(
            "{} cells of a kind in both arms",
            split.least_cells
        )));
    }
    finish::outcome(
        run.benchmark,
        THE_MODEL,
        &METHODS,
        &METRICS,
        cases,
        Vec::new(),
        run.options,
    )
}

/// The donors of a set, in order.
fn donors<'s>(set: &'s CellSet, column: &str) -> BTreeSet<&'s str> {
    let rows = set.rows.iter().map(|row| text(row, column));
    rows.filter(|donor| !donor.is_empty()).collect()
}
