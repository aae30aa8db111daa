//! What an answer may take: which threads, and how much of it is in memory at a time.

use std::num::NonZeroUsize;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::row::Row;
use crate::error::Result;

/// Generated samples that are in memory at a time, unless somebody says otherwise: about 50 MB of
/// them.
const SAMPLES_AT_A_TIME: usize = 128;

/// Threads and batches. The answer does not depend on them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resources<'a> {
    /// The threads; those of the process where there are none.
    pub pool: Option<&'a ThreadPool>,
    /// References in memory at a time; as many as have a good batch of samples where there are none.
    pub references: Option<NonZeroUsize>,
}

impl Resources<'_> {
    /// Calls `work` on the threads.
    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Draws samples `0..all` on the threads, `at_a_time` of them, and hands on each batch of rows with
    /// the number of its first sample.
    pub(crate) fn in_batches<'r>(
        &self,
        all: u32,
        at_a_time: u32,
        draw: impl Fn(u32) -> Result<Row<'r>> + Sync,
        mut take: impl FnMut(u32, &[Row<'r>]) -> Result<()>,
    ) -> Result<()> {
        let mut first = 0;
        while first < all {
            let end = all.min(first + at_a_time);
            let rows: Vec<Row<'r>> = self.on_threads(|| {
                (first..end)
                    .into_par_iter()
                    .map(&draw)
                    .collect::<Result<_>>()
            })?;
            take(first, &rows)?;
            first = end;
        }
        Ok(())
    }

    /// Whether the samples of one reference are too many to hold at a time.
    pub(crate) fn is_split(&self, num_samples: u32) -> bool {
        num_samples as usize > SAMPLES_AT_A_TIME
    }

    /// How many references to hold at a time, with `num_samples` samples generated from each.
    pub(crate) fn references_at_a_time(&self, num_samples: u32) -> usize {
        let threads = self
            .pool
            .map_or_else(rayon::current_num_threads, ThreadPool::current_num_threads);
        match self.references {
            Some(references) => references.get(),
            // Not less than the threads, or some would idle.
            None => (SAMPLES_AT_A_TIME / num_samples.max(1) as usize).max(threads),
        }
    }
}
