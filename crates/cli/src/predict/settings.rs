//! What the flags come to, apart from the query and the input.

use std::num::NonZeroUsize;

use crate::failure::{Gathered, Result};
use crate::flags::PredictFlags;
use crate::output::Destination;
use crate::threads;

/// Generated samples that are in memory at a time, unless `--batch-size` says otherwise: about
/// 50 MB of them.
const SAMPLES_AT_A_TIME: usize = 128;

/// The most references that can be asked to be in memory at a time.
const LARGEST_BATCH: usize = 1_000_000;

/// How to work and where to write.
#[derive(Debug)]
pub struct Settings {
    /// The file to write, if any.
    pub output: Option<Destination>,
    /// Threads to work with.
    pub threads: NonZeroUsize,
    batch_size: Option<NonZeroUsize>,
}

impl Settings {
    /// The settings that `flags` ask for.
    ///
    /// # Errors
    /// Every flag that is out of range, and an output that cannot be written.
    pub fn resolve(flags: &PredictFlags) -> Result<Self> {
        let mut gathered = Gathered::default();
        let output = flags
            .output
            .as_deref()
            .map(|path| Destination::new(path, &flags.input));
        let output = gathered.keep(output.transpose())?;
        let threads = gathered.keep(threads::count(flags.threads.as_deref()))?;
        let batch_size = flags.batch_size.as_deref();
        let batch_size =
            batch_size.map(|text| threads::positive("batch_size", text, LARGEST_BATCH));
        let batch_size = gathered.keep(batch_size.transpose())?;
        gathered.check()?;
        Ok(Self {
            output: output.flatten(),
            threads: threads.unwrap_or(NonZeroUsize::MIN),
            batch_size: batch_size.flatten(),
        })
    }

    /// Whether the samples of one reference are too many to hold at a time.
    pub fn is_split(&self, num_samples: u32) -> bool {
        num_samples as usize > SAMPLES_AT_A_TIME
    }

    /// How many references to hold at a time, with `num_samples` samples generated from each.
    pub fn batch_size(&self, num_samples: u32) -> usize {
        match self.batch_size {
            Some(size) => size.get(),
            // Not less than the threads, or some would idle.
            None => (SAMPLES_AT_A_TIME / num_samples.max(1) as usize).max(self.threads.get()),
        }
    }
}
