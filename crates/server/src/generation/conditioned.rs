//! References under a perturbation.

use refcast_model::{Plan, Samples};

use super::{FIRST_BATCH, INPUTS, Run, Stopped, go_on};
use crate::observe::Stage;
use crate::registry::Served;
use crate::wire::{Conditioned, OutputMetadata, Outputs, Sample};

pub(super) fn generate<'t>(
    served: &'t Served,
    tasks: &'t [Conditioned],
    run: &Run<'_>,
    take: &mut dyn FnMut(Outputs<'t>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let (model, kept) = (&served.model, &served.kept);
    let mut size = FIRST_BATCH;
    for (group, inputs) in tasks.chunks(INPUTS).enumerate() {
        let plans: Vec<Plan> = run.timer.time(Stage::Prepare, || {
            let plans = inputs.iter().map(|task| {
                go_on(run.is_unwanted)?;
                Ok(kept.plan(model, &task.query, run.is_unwanted)?)
            });
            plans.collect::<Result<_, Stopped>>()
        })?;
        let ready = |at: usize| {
            let (plan, reference) = (&plans[at], &inputs[at].reference);
            let case = kept.case(model, plan, reference)?;
            Ok(model.samples_of(plan, &reference.name, case))
        };
        let samples: Vec<Samples<'_>> = run.together(Stage::Prepare, inputs.len(), ready)?;
        let wanted: Vec<u32> = inputs.iter().map(|task| task.query.num_samples).collect();
        let draw = |at: usize, sample: u32| samples[at].sample(sample);
        run.in_batches(&wanted, &mut size, draw, |drawn| {
            let outputs = drawn.into_iter().map(|(at, made)| {
                let input = group * INPUTS + at;
                Sample {
                    metadata: OutputMetadata::conditioned(&inputs[at], input, &made),
                    counts: made.counts,
                    latents: made.latents,
                }
            });
            take(Outputs::Samples(outputs.collect()))
        })?;
    }
    Ok(())
}
