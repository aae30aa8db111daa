//! References under a perturbation.

use refcast::Row;
use refcast_model::{Plan, PredictedSamples, Reference};

use super::run::{FIRST_BATCH, INPUTS, Run, Stopped, go_on};
use crate::observe::Stage;
use crate::registry::Served;
use crate::wire::Conditioned;

pub(super) fn generate<'t>(
    served: &'t Served,
    tasks: &'t [Conditioned],
    run: &Run<'_>,
    take: &mut dyn FnMut(Vec<Row<'t>>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let (model, kept) = (&served.model, &served.kept);
    let says_alignment = tasks.iter().any(|task| task.alignment.is_some());
    let mut size = FIRST_BATCH;
    for (group, inputs) in tasks.chunks(INPUTS).enumerate() {
        let plans: Vec<Plan> = run.timer.time(Stage::Prepare, || {
            let plans = inputs.iter().map(|task| {
                go_on(run.is_unwanted)?;
                Ok(kept.plan(model, &task.query, run.is_unwanted)?)
            });
            plans.collect::<Result<_, Stopped>>()
        })?;
        let unpack = |at: usize| Ok(inputs[at].reference.unpack(model)?);
        let references: Vec<Reference> = run.together(Stage::Prepare, inputs.len(), unpack)?;
        let ready = |at: usize| {
            let (plan, reference) = (&plans[at], &references[at]);
            let case = kept.case(model, plan, reference)?;
            Ok(model.samples_of(plan, &reference.name, case))
        };
        let samples: Vec<PredictedSamples<'_>> =
            run.together(Stage::Prepare, inputs.len(), ready)?;
        let wanted: Vec<u32> = inputs.iter().map(|task| task.query.num_samples).collect();
        let draw = |at: usize, sample: u32| samples[at].sample(sample);
        run.in_batches(&wanted, &mut size, draw, |drawn| {
            let rows = drawn.into_iter().map(|(at, made)| {
                let task = &inputs[at];
                let facts = task.facts(group * INPUTS + at, says_alignment);
                Row::conditioned(&facts, &task.query.perturbation, made).in_short()
            });
            take(rows.collect())
        })?;
    }
    Ok(())
}
