//! The metadata of samples.

use refcast::Row;

use super::run::{FIRST_BATCH, Run, Stopped};
use crate::observe::Stage;
use crate::registry::Served;
use crate::wire::AnnotationTasks;

pub(super) fn generate<'t>(
    served: &'t Served,
    tasks: &'t AnnotationTasks,
    run: &Run<'_>,
    take: &mut dyn FnMut(Vec<Row<'t>>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let annotator = run
        .timer
        .time(Stage::Prepare, || served.model.annotator(&tasks.query))?;
    let inputs = &tasks.inputs;
    let says_alignment = inputs.iter().any(|input| input.alignment.is_some());
    let one_each = vec![1; inputs.len()];
    let mut size = FIRST_BATCH;
    let annotate = |at: usize, _| annotator.annotate(&inputs[at].reference.unpack(&served.model)?);
    run.in_batches(&one_each, &mut size, annotate, |made| {
        let rows = made.into_iter().map(|(at, made)| {
            let facts = inputs[at].facts(at, says_alignment);
            Row::annotated(&facts, &served.model, &tasks.query, made)
        });
        take(rows.collect())
    })
}
