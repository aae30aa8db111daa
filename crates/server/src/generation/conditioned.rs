//! References under a perturbation.

use refcast_model::{Plan, Samples};

use super::{FIRST_BATCH, INPUTS, Stopped, in_batches, together};
use crate::observe::{Stage, Timer};
use crate::registry::Served;
use crate::wire::{Conditioned, OutputMetadata, Outputs, Sample};

pub(super) fn generate<'t>(
    served: &'t Served,
    tasks: &'t [Conditioned],
    timer: &Timer,
    take: &mut dyn FnMut(Outputs<'t>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let (model, kept) = (&served.model, &served.kept);
    let mut size = FIRST_BATCH;
    for (group, inputs) in tasks.chunks(INPUTS).enumerate() {
        let plans: Vec<Plan> = timer.time(Stage::Prepare, || {
            let plans = inputs.iter().map(|task| kept.plan(model, &task.query));
            plans.collect::<Result<_, _>>()
        })?;
        let ready = |at: usize| {
            let (plan, reference) = (&plans[at], &inputs[at].reference);
            let case = kept.case(model, plan, reference)?;
            Ok(model.samples_of(plan, &reference.name, case))
        };
        let samples: Vec<Samples<'_>> =
            timer.time(Stage::Prepare, || together(inputs.len(), ready))?;
        let wanted: Vec<u32> = inputs.iter().map(|task| task.query.num_samples).collect();
        let draw = |at: usize, sample: u32| samples[at].sample(sample);
        in_batches(&wanted, &mut size, timer, draw, |drawn| {
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
