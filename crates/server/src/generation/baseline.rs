//! Samples from metadata alone.

use refcast::Row;
use refcast_model::BaselineSamples;

use super::run::{FIRST_BATCH, INPUTS, Run, Stopped};
use crate::observe::Stage;
use crate::registry::Served;
use crate::wire::Described;

pub(super) fn generate<'t>(
    served: &'t Served,
    tasks: &'t [Described],
    run: &Run<'_>,
    take: &mut dyn FnMut(Vec<Row<'t>>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let mut size = FIRST_BATCH;
    for (group, inputs) in tasks.chunks(INPUTS).enumerate() {
        let ready = |at: usize| {
            // Of a list that a request can hold.
            let input = (group * INPUTS + at) as u32;
            let query = &inputs[at].query;
            served.model.baseline_unless(query, input, run.is_unwanted)
        };
        let samples: Vec<BaselineSamples<'_>> =
            run.together(Stage::Prepare, inputs.len(), ready)?;
        let wanted: Vec<u32> = inputs.iter().map(|task| task.query.num_samples).collect();
        let draw = |at: usize, sample: u32| samples[at].sample(sample);
        run.in_batches(&wanted, &mut size, draw, |drawn| {
            let rows = drawn.into_iter().map(|(at, made)| {
                let task = &inputs[at];
                let perturbation = task.query.perturbation.as_ref();
                let facts = task.facts(made.input);
                Row::from_metadata(&facts, samples[at].metadata(), perturbation, made).in_short()
            });
            take(rows.collect())
        })?;
    }
    Ok(())
}
