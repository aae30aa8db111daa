//! A query through the model: samples in their order, some at a time on all threads, none held
//! longer than it takes to hand it on.

use rayon::prelude::*;
use refcast_core::Prediction;

use crate::registry::Served;
use crate::wire::Task;

/// Samples that are in memory at a time.
const BATCH: u32 = 16;
/// Of the first batch: who waits for a stream sees that it has begun.
const FIRST_BATCH: u32 = 2;

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
    mut take: impl FnMut(Vec<(&'t Task, usize, Prediction)>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let failed = |error: refcast_model::Error| Stopped::Failed(error.to_string());
    let mut size = FIRST_BATCH;
    for (input, task) in tasks.iter().enumerate() {
        let (model, kept) = (&served.model, &served.kept);
        let plan = kept.plan(model, &task.query).map_err(failed)?;
        let case = kept.case(model, &plan, &task.reference).map_err(failed)?;
        let samples = model.samples_of(&plan, &task.reference.name, case);
        let mut next = 0;
        while next < task.query.num_samples {
            let end = (next + size).min(task.query.num_samples);
            let batch: Vec<Prediction> = if end - next == 1 {
                // Here, rather than on another thread that would have to be woken.
                samples.sample(next).map(|sample| vec![sample])
            } else {
                let numbers = (next..end).into_par_iter();
                numbers.map(|sample| samples.sample(sample)).collect()
            }
            .map_err(failed)?;
            take(
                batch
                    .into_iter()
                    .map(|prediction| (task, input, prediction))
                    .collect(),
            )?;
            next = end;
            size = BATCH;
        }
    }
    Ok(())
}
