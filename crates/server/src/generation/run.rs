//! Pieces of work on all threads, in batches, for as long as somebody wants them.

use rayon::prelude::*;
use refcast_model::IsUnwanted;

use crate::observe::{Stage, Timer};

/// Outputs that are in memory at a time.
const BATCH: usize = 16;
/// Of the first batch: who waits for a stream sees that it has begun.
pub(super) const FIRST_BATCH: usize = 2;
/// Inputs that are made ready together.
pub(super) const INPUTS: usize = 8;

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

/// What the making of one answer has in common, whatever is made.
pub(super) struct Run<'a> {
    pub timer: &'a Timer,
    pub is_unwanted: IsUnwanted<'a>,
}

impl Run<'_> {
    /// Draws the samples that each of some inputs asks for, in batches, and hands each batch on.
    /// `size` is that of the next batch.
    pub fn in_batches<T: Send>(
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
    pub fn together<T: Send>(
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

pub(super) fn go_on(is_unwanted: IsUnwanted<'_>) -> Result<(), Stopped> {
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
