//! What the flags come to, apart from the query and the input.

use std::num::NonZeroUsize;

use refcast::Destination;
use refcast_core::Faults;

use crate::flags::PredictFlags;
use crate::threads;

/// The most references that can be asked to be in memory at a time.
const LARGEST_BATCH: usize = 1_000_000;

/// How to work and where to write.
#[derive(Debug)]
pub struct PredictSettings {
    /// The file to write, if any.
    pub output: Option<Destination>,
    /// Threads to work with.
    pub threads: NonZeroUsize,
    /// References in memory at a time, if somebody says.
    pub references: Option<NonZeroUsize>,
}

impl PredictSettings {
    /// The settings that `flags` ask for.
    ///
    /// # Errors
    /// Every flag that is out of range, and an output that cannot be written.
    pub fn resolve(flags: &PredictFlags) -> refcast::Result<Self> {
        let mut faults = Faults::new();
        let output = flags.output.as_deref();
        let output = output.map(|path| Destination::new(path, &flags.input));
        let output = faults.gather(output.transpose())?;
        let threads = faults.keep("", threads::count(flags.threads.as_deref()));
        let references = flags.batch_size.as_deref();
        let references =
            references.map(|text| threads::positive("batch_size", text, LARGEST_BATCH));
        let references = faults.keep("", references.transpose());
        match (output, threads, references) {
            (Some(output), Some(threads), Some(references)) => Ok(Self {
                output,
                threads,
                references,
            }),
            _ => Err(faults.into_error().into()),
        }
    }
}
