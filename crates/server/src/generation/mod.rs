//! A query through the model: outputs in their order, some at a time on all threads, none held
//! longer than it takes to hand it on.

mod annotation;
mod baseline;
mod conditioned;
mod run;

use refcast::Row;
use refcast_model::IsUnwanted;

use crate::observe::Timer;
use crate::registry::Served;
use crate::wire::Tasks;
use run::Run;

pub use run::Stopped;

/// Makes every output of `tasks` and hands them to `take`, batch by batch, in the order of the
/// inputs and of their samples. The answer does not depend on the batches. `is_unwanted` is asked
/// before every sample, on the threads that draw them.
///
/// # Errors
/// As soon as `is_unwanted` or `take` says that the rest is unwanted; a failure of the model.
pub fn generate<'t>(
    served: &'t Served,
    tasks: &'t Tasks,
    timer: &Timer,
    is_unwanted: IsUnwanted<'_>,
    mut take: impl FnMut(Vec<Row<'t>>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let run = Run { timer, is_unwanted };
    match tasks {
        Tasks::Baseline(tasks) => baseline::generate(served, tasks, &run, &mut take),
        Tasks::Conditioned(tasks) => conditioned::generate(served, tasks, &run, &mut take),
        Tasks::Annotation(tasks) => annotation::generate(served, tasks, &run, &mut take),
    }
}

/// What only the model can refuse, before anything is generated: by input number, or of the query
/// as a whole. Once `is_unwanted` the rest is not looked at, since nobody hears of it.
///
/// # Errors
/// The first input that the model refuses; a failure of the model.
pub fn check(
    served: &Served,
    tasks: &Tasks,
    is_unwanted: IsUnwanted<'_>,
) -> Result<(), (Option<usize>, refcast_model::Error)> {
    let model = &served.model;
    match tasks {
        Tasks::Conditioned(tasks) => tasks.iter().enumerate().try_for_each(|(input, task)| {
            if is_unwanted() {
                return Ok(());
            }
            let checked = model.check(&task.query);
            checked.map_err(|error| (Some(input), error))
        }),
        Tasks::Baseline(tasks) => tasks.iter().enumerate().try_for_each(|(input, task)| {
            if is_unwanted() {
                return Ok(());
            }
            let checked = model.check_baseline(&task.query);
            checked.map_err(|error| (Some(input), error))
        }),
        Tasks::Annotation(tasks) => {
            let made = model.annotator(&tasks.query);
            made.map(drop).map_err(|error| (None, error))
        }
    }
}
