//! A query through the model: samples in their order, some at a time on all threads, none held
//! longer than it takes to hand it on.

use rayon::prelude::*;
use refcast_core::Prediction;
use refcast_model::{Plan, Samples};

use crate::observe::{Stage, Timer};
use crate::registry::Served;
use crate::wire::Task;

/// Samples that are in memory at a time.
const BATCH: usize = 16;
/// Of the first batch: who waits for a stream sees that it has begun.
const FIRST_BATCH: usize = 2;
/// Inputs that are made ready together.
const INPUTS: usize = 8;

/// Why generation ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Nobody wants the rest.
    #[error("the request was cancelled")]
    Unwanted,
    /// The model, or whoever takes the samples, failed.
    #[error("{0}")]
    Failed(String),
}

/// Generates every sample of `tasks` and hands them to `take`, batch by batch, in the order of the
/// inputs and of their samples. The answer does not depend on the batches.
///
/// # Errors
/// As soon as `take` says that the rest is unwanted; a failure of the model.
pub fn generate<'t>(
    served: &Served,
    tasks: &'t [Task],
    timer: &Timer,
    mut take: impl FnMut(Vec<(&'t Task, usize, Prediction)>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let failed = |error: refcast_model::Error| Stopped::Failed(error.to_string());
    let (model, kept) = (&served.model, &served.kept);
    let mut size = FIRST_BATCH;
    for (group, inputs) in tasks.chunks(INPUTS).enumerate() {
        let plans: Vec<Plan> = timer.time(Stage::Prepare, || {
            let plans = inputs.iter().map(|task| kept.plan(model, &task.query));
            plans.collect::<Result<_, _>>().map_err(failed)
        })?;
        let ready = |at: usize| {
            let (plan, reference) = (&plans[at], &inputs[at].reference);
            let case = kept.case(model, plan, reference)?;
            Ok(model.samples_of(plan, &reference.name, case))
        };
        let samples: Vec<Samples<'_>> = timer
            .time(Stage::Prepare, || together(inputs.len(), ready))
            .map_err(failed)?;
        let mut rest = inputs
            .iter()
            .enumerate()
            .flat_map(|(at, task)| (0..task.query.num_samples).map(move |sample| (at, sample)))
            .peekable();
        while rest.peek().is_some() {
            let batch: Vec<(usize, u32)> = rest.by_ref().take(size).collect();
            let draw = |place: usize| {
                let (at, sample) = batch[place];
                samples[at].sample(sample)
            };
            let drawn = timer
                .time(Stage::Draw, || together(batch.len(), draw))
                .map_err(failed)?;
            let of = batch
                .iter()
                .map(|(at, _)| (&inputs[*at], group * INPUTS + at));
            take(
                of.zip(drawn)
                    .map(|((task, input), sample)| (task, input, sample))
                    .collect(),
            )?;
            size = BATCH;
        }
    }
    Ok(())
}

/// Some pieces of work on all threads, in their order; a single one here, rather than on a thread
/// that would have to be woken.
fn together<T: Send>(
    n: usize,
    work: impl Fn(usize) -> refcast_model::Result<T> + Sync + Send,
) -> refcast_model::Result<Vec<T>> {
    if n == 1 {
        return work(0).map(|done| vec![done]);
    }
    (0..n).into_par_iter().map(work).collect()
}
