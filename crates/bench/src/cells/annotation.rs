//! Metadata from cells, of donors and of sets that training did not hold.

use refcast_model::Model;
use refcast_train::corpus::SampleAnnotation;
use refcast_train::fit_cells;

use super::arms::text;
use super::{Material, Run};
use crate::annotation::{Kept, Source, measure};
use crate::benchmark::Annotated;
use crate::error::Result;
use crate::outcome::Outcome;

/// Runs the benchmark.
pub(super) fn run(run: &Run<'_>, split: &Annotated, material: &Material<'_>) -> Result<Outcome> {
    let corpus = material.corpus;
    let mut recipe = material.recipe.clone();
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
        let parts = fit_cells(&training, &recipe, material.labels, recipe.seed, &|_| ())?;
        Ok((Model::from_parts(parts), training.cells()?))
    };
    let source = Source {
        corpus: &corpus.cells()?,
        donor: &donor,
        novelty: &material.recipe.annotation.novelty,
        train: &train,
    };
    measure(run.benchmark, split, &source, run.options, run.progress)
}
