//! A query through the model: outputs in their order, some at a time on all threads, none held
//! longer than it takes to hand it on.

mod annotation;
mod baseline;
mod conditioned;

use rayon::prelude::*;
use refcast_model::IsUnwanted;

use crate::observe::{Stage, Timer};
use crate::registry::Served;
use crate::wire::{Outputs, Tasks};

/// Outputs that are in memory at a time.
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
    /// The model, or whoever takes the outputs, failed.
    #[error("{0}")]
    Failed(String),
}

impl From<refcast_model::Error> for Stopped {
    fn from(error: refcast_model::Error) -> Self {
        match error {
            refcast_model::Error::Unwanted => Self::Unwanted,
            error => Self::Failed(error.to_string()),
        }
    }
}

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
    mut take: impl FnMut(Outputs<'t>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let run = Run { timer, is_unwanted };
    match tasks {
        Tasks::Baseline(tasks) => baseline::generate(served, tasks, &run, &mut take),
        Tasks::Conditioned(tasks) => conditioned::generate(served, tasks, &run, &mut take),
        Tasks::Annotation(tasks) => annotation::generate(served, tasks, &run, &mut take),
    }
}

/// What the making of one answer has in common, whatever is made.
struct Run<'a> {
    timer: &'a Timer,
    is_unwanted: IsUnwanted<'a>,
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
            match served.kept.plan(model, &task.query, is_unwanted) {
                Ok(_) | Err(refcast_model::Error::Unwanted) => Ok(()),
                Err(error) => Err((Some(input), error)),
            }
        }),
        Tasks::Baseline(tasks) => tasks.iter().enumerate().try_for_each(|(input, task)| {
            if is_unwanted() {
                return Ok(());
            }
            let made = model.baseline(&task.query, input as u32);
            made.map(drop).map_err(|error| (Some(input), error))
        }),
        Tasks::Annotation(tasks) => {
            let made = model.annotator(&tasks.query);
            made.map(drop).map_err(|error| (None, error))
        }
    }
}

impl Run<'_> {
    /// Draws the samples that each of some inputs asks for, in batches, and hands each batch on.
    /// `size` is that of the next batch.
    fn in_batches<T: Send>(
        &self,
        samples: &[u32],
        size: &mut usize,
        draw: impl Fn(usize, u32) -> refcast_model::Result<T> + Sync + Send,
        mut take: impl FnMut(Vec<(usize, T)>) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        let mut rest = samples
            .iter()
            .enumerate()
            .flat_map(|(at, samples)| (0..*samples).map(move |sample| (at, sample)))
            .peekable();
        while rest.peek().is_some() {
            let batch: Vec<(usize, u32)> = rest.by_ref().take(*size).collect();
            let one = |place: usize| {
                let (at, sample) = batch[place];
                draw(at, sample)
            };
            let drawn = self.together(Stage::Draw, batch.len(), one)?;
            take(batch.iter().map(|(at, _)| *at).zip(drawn).collect())?;
            *size = BATCH;
        }
        Ok(())
    }

    /// Some pieces of work on all threads, in their order; a single one here, rather than on a
    /// thread that would have to be woken.
    fn together<T: Send>(
        &self,
        stage: Stage,
        n: usize,
        work: impl Fn(usize) -> refcast_model::Result<T> + Sync + Send,
    ) -> Result<Vec<T>, Stopped> {
        // Its own name: what tells the time is of one thread.
        let is_unwanted = self.is_unwanted;
        let one = |place: usize| {
            go_on(is_unwanted)?;
            Ok(work(place)?)
        };
        self.timer.time(stage, || {
            if n == 1 {
                return one(0).map(|done| vec![done]);
            }
            (0..n).into_par_iter().map(one).collect()
        })
    }
}

fn go_on(is_unwanted: IsUnwanted<'_>) -> Result<(), Stopped> {
    if is_unwanted() {
        return Err(Stopped::Unwanted);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_batch_ends_at_the_next_sample_when_it_is_unwanted() {
        let timer = Timer::start("a model", "job");
        let drawn = AtomicUsize::new(0);
        let is_unwanted = || drawn.load(Ordering::SeqCst) >= 10;
        let run = Run {
            timer: &timer,
            is_unwanted: &is_unwanted,
        };
        let draw = |_, _| {
            drawn.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        // A single batch, of more samples than any has.
        let ended = run.in_batches(&[1, 9_999], &mut 10_000, draw, |_| Ok(()));
        assert!(matches!(ended, Err(Stopped::Unwanted)));
        // Those that other threads had begun are drawn.
        assert!(drawn.into_inner() < 10 + rayon::current_num_threads() + 1);
    }
}
