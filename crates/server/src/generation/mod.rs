//! A query through the model: outputs in their order, some at a time on all threads, none held
//! longer than it takes to hand it on.

mod annotation;
mod baseline;
mod conditioned;

use rayon::prelude::*;

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
        Self::Failed(error.to_string())
    }
}

/// Makes every output of `tasks` and hands them to `take`, batch by batch, in the order of the
/// inputs and of their samples. The answer does not depend on the batches.
///
/// # Errors
/// As soon as `take` says that the rest is unwanted; a failure of the model.
pub fn generate<'t>(
    served: &'t Served,
    tasks: &'t Tasks,
    timer: &Timer,
    mut take: impl FnMut(Outputs<'t>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    match tasks {
        Tasks::Baseline(tasks) => baseline::generate(served, tasks, timer, &mut take),
        Tasks::Conditioned(tasks) => conditioned::generate(served, tasks, timer, &mut take),
        Tasks::Annotation(tasks) => annotation::generate(served, tasks, timer, &mut take),
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
    is_unwanted: &dyn Fn() -> bool,
) -> Result<(), (Option<usize>, refcast_model::Error)> {
    let model = &served.model;
    match tasks {
        Tasks::Conditioned(tasks) => tasks.iter().enumerate().try_for_each(|(input, task)| {
            if is_unwanted() {
                return Ok(());
            }
            let planned = served.kept.plan(model, &task.query);
            planned.map(drop).map_err(|error| (Some(input), error))
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

/// Draws the samples that each of some inputs asks for, in batches, and hands each batch on.
/// `size` is that of the next batch.
fn in_batches<T: Send>(
    samples: &[u32],
    size: &mut usize,
    timer: &Timer,
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
        let drawn = timer.time(Stage::Draw, || together(batch.len(), one))?;
        take(batch.iter().map(|(at, _)| *at).zip(drawn).collect())?;
        *size = BATCH;
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
