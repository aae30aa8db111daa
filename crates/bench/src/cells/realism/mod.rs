//! Generated cells against real ones: can a classifier tell them apart?
//!
//! The real untreated cells of a kind are divided into halves A and B; one cell is generated from
//! each of A and held against B, beside A itself, and beside what two lanes or donors differ by.

mod compare;

use std::collections::{BTreeMap, BTreeSet};

use refcast_core::SamplingStrategy;
use refcast_train::corpus::cells::CellSet;

use super::arms::{is_treated, text};
use super::finish::{self, Method, Metric, Scores};
use super::leak::{self, Apart};
use super::{CellsInputs, CellsRun, GENES, Levels, generate, plan};
use crate::benchmark::{CellRealismBenchmark, RedrawnSet};
use crate::error::Result;
use crate::outcome::{CaseScores, Outcome};
use crate::run::MODEL;
use compare::compare;

const REAL: &str = "real against real";
const LANES: &str = "lane against lane";
const KNOWN: &str = "in training";
const LEFT_OUT: &str = "left out";

const THE_MODEL: &str =
    "Cells that the recipe's model generates, one from each cell of A, against B.";

const METHODS: [Method; 2] = [
    (
        REAL,
        "The cells of A against those of B: what there is to tell where nothing was generated.",
    ),
    (
        LANES,
        "The cells of the kind's largest replicate, a donor or a lane, against those of the second largest.",
    ),
];

const METRICS: [Metric; 5] = [
    (
        "AUC profile",
        "Classifier two-sample test: area under the curve, over five parts of the cells left out in turn, of a diagonal linear discriminant on the scores of the first ten principal components of ln(1 + CP10k). 0.5: cannot be told apart. Genes that at least 5 % of the kind's real cells detect.",
        false,
    ),
    (
        "AUC scatter",
        "The same of how cells scatter: each cell less the mean of its side, features are the sizes of its scores and the logarithm of its mean square over six classes of genes by level.",
        false,
    ),
    (
        "log variance r",
        "Pearson's r over genes of the logarithms of the variance of ln(1 + CP10k).",
        true,
    ),
    (
        "variance over mean r",
        "Pearson's r over genes of the logarithms of variance over mean of ln(1 + CP10k).",
        true,
    ),
    (
        "zeros off",
        "Absolute difference of the shares of zeros among genes and cells.",
        false,
    ),
];

/// The real cells of one kind of a set.
struct CellKind<'a> {
    set: &'a CellSet,
    name: String,
    /// A and B.
    halves: [Vec<usize>; 2],
    /// The two largest replicates, if they have enough cells.
    lanes: Option<[Vec<usize>; 2]>,
}

/// Runs the benchmark.
pub(super) fn run(
    run: &CellsRun<'_>,
    split: &CellRealismBenchmark,
    inputs: &CellsInputs<'_>,
) -> Result<Outcome> {
    let corpus = inputs.corpus;
    let mut kinds: Vec<CellKind<'_>> = Vec::new();
    for own in &split.sets {
        let set = run.set(corpus, &own.name)?;
        let found = of_set(set, own, split);
        if found.is_empty() {
            return Err(run.empty(format!(
                "a kind of {} cells of {}",
                2 * split.least_cells,
                own.name
            )));
        }
        kinds.extend(found);
    }
    let left_out: Vec<String> = split
        .sets
        .iter()
        .map(|own| format!("{} {LEFT_OUT}", own.name))
        .collect();
    let folds = std::iter::once(KNOWN).chain(left_out.iter().map(String::as_str));
    let mut cases = Vec::new();
    run.folds(folds, |fold| {
        let set = fold.strip_suffix(LEFT_OUT).map(str::trim_end);
        let mut training = corpus.filtered(|name, _| Some(name) != set);
        training.sets.retain(|own| !own.rows.is_empty());
        let asked: Vec<&CellKind<'_>> = kinds
            .iter()
            .filter(|kind| set.is_none_or(|set| kind.set.recipe.name == set))
            .collect();
        if set.is_some() {
            for kind in &asked {
                let name = (run.benchmark.name.as_str(), fold);
                leak::check(name, kind.set, &kind.halves[1], Apart::Set, &training)?;
            }
        }
        let model = inputs.fit(&training)?;
        let plan = plan(&model, None, SamplingStrategy::SampleGeneration, 1)?;
        for kind in asked {
            let levels = Levels::detected(kind.set, GENES);
            let [one, other] = &kind.halves;
            let of = |cells: &[usize]| levels.of_all(cells);
            let (a, b) = (of(one), of(other));
            let drawn = generate(&model, &plan, &levels, one)?;
            let mut scores: BTreeMap<String, Scores> = BTreeMap::new();
            scores.insert(MODEL.to_owned(), compare(&drawn, &b, &METRICS));
            scores.insert(REAL.to_owned(), compare(&a, &b, &METRICS));
            if let Some([one, other]) = &kind.lanes {
                scores.insert(LANES.to_owned(), compare(&of(one), &of(other), &METRICS));
            }
            let name = &kind.set.recipe.name;
            cases.push(CaseScores {
                group: format!("{name}, {}", if set.is_some() { LEFT_OUT } else { KNOWN }),
                study: name.clone(),
                sample: kind.name.clone(),
                perturbation: "none".to_owned(),
                scores,
            });
        }
        Ok(())
    })?;
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

/// The kinds of a set with enough cells in both halves.
fn of_set<'a>(
    set: &'a CellSet,
    own: &RedrawnSet,
    split: &CellRealismBenchmark,
) -> Vec<CellKind<'a>> {
    let untreated = || (0..set.rows.len()).filter(|&cell| !is_treated(&set.rows[cell]));
    let of = |cell: usize, column: &str| text(&set.rows[cell], column);
    let names: BTreeSet<&str> = untreated().map(|cell| of(cell, &own.kind)).collect();
    let column = set.recipe.replicate.as_deref().unwrap_or("");
    let mut kinds = Vec::new();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let mut replicates: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for cell in untreated().filter(|&cell| of(cell, &own.kind) == name) {
            replicates.entry(of(cell, column)).or_default().push(cell);
        }
        replicates.remove("");
        let mut replicates: Vec<Vec<usize>> = replicates.into_values().collect();
        replicates.sort_by_key(|cells| std::cmp::Reverse(cells.len()));
        let halves = if own.by_replicate {
            dealt(&replicates)
        } else {
            let cells = replicates.concat();
            [0, 1].map(|odd| cells.iter().skip(odd).step_by(2).copied().collect())
        };
        if halves.iter().any(|half| half.len() < split.least_cells) {
            continue;
        }
        let lanes = match replicates.as_slice() {
            [one, other, ..] if other.len() >= split.least_cells => {
                Some([one, other].map(|cells| spaced(cells, split.most_cells)))
            }
            _ => None,
        };
        kinds.push(CellKind {
            set,
            name: name.to_owned(),
            halves: halves.map(|half| spaced(&half, split.most_cells)),
            lanes,
        });
    }
    kinds
}

/// Replicates, the largest first, each to the smaller half so far.
fn dealt(replicates: &[Vec<usize>]) -> [Vec<usize>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    for cells in replicates {
        let smaller = usize::from(halves[1].len() < halves[0].len());
        halves[smaller].extend_from_slice(cells);
    }
    halves
}

/// At most so many of the cells, evenly spaced.
fn spaced(cells: &[usize], most: usize) -> Vec<usize> {
    let n = cells.len().min(most);
    (0..n).map(|at| cells[at * cells.len() / n]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicates_are_dealt_whole_to_the_smaller_half() {
        let replicates = [vec![0, 1, 2, 3], vec![4, 5, 6], vec![7, 8], vec![9]];
        assert_eq!(
            dealt(&replicates),
            [vec![0, 1, 2, 3, 9], vec![4, 5, 6, 7, 8]]
        );
    }

    #[test]
    fn cells_of_a_larger_half_are_evenly_spaced() {
        assert_eq!(spaced(&[1, 2, 3, 4, 5, 6], 3), [1, 3, 5]);
        assert_eq!(spaced(&[1, 2], 3), [1, 2]);
    }
}
