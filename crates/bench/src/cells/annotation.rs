//! Metadata from cells, of donors and of sets that training did not hold.

use refcast_model::Model;
use refcast_train::corpus::SampleAnnotation;
use refcast_train::fit_cells;

use super::arms::text;
use super::{CellsInputs, CellsRun};
use crate::annotation::{AnnotationSource, Kept, measure};
use crate::benchmark::AnnotationBenchmark;
use crate::error::Result;
use crate::outcome::Outcome;

/// Runs the benchmark.
pub(super) fn run(
    run: &CellsRun<'_>,
    split: &AnnotationBenchmark,
    inputs: &CellsInputs<'_>,
) -> Result<Outcome> {
    let corpus = inputs.corpus;
    let mut recipe = inputs.recipe.clone();
    recipe.latent.rounds = split.rounds;
    let column = |name: &str| {
        let mut sets = corpus.sets.iter();
        let set = sets.find(|set| set.recipe.name == name);
        set.and_then(|set| set.recipe.replicate.as_deref())
    };
    let of = |set: &str, value: &str| match value {
        "" => String::new(),
        value => format!("{set}:{value}"),
    };
    let donor =
        |set: &str, cell: &SampleAnnotation| of(set, column(set).map_or("", |name| cell.get(name)));
    let train = |keep: &Kept<'_>| {
        let mut training = corpus.filtered(|set, row| {
            let Some(name) = column(set) else {
                return keep(set, "");
            };
            let donor = of(set, text(row, name));
            // Doublets have no donor, and may be of any.
            !donor.is_empty() && keep(set, &donor)
        });
        training.sets.retain(|set| !set.rows.is_empty());
        let parts = fit_cells(&training, &recipe, inputs.labels, recipe.seed, &|_| ())?;
        Ok((Model::from_parts(parts), training.cells()?))
    };
    let source = AnnotationSource {
        corpus: &corpus.cells()?,
        donor: &donor,
        novelty: &inputs.recipe.annotation.novelty,
        train: &train,
    };
    measure(run.benchmark, split, &source, run.options, run.progress)
}
