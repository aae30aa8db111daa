//! How many threads to work with.

use std::num::NonZeroUsize;

use refcast_core::Fault;

use crate::failure::{Failure, Result};

/// The most threads that can be asked for; more would only be a mistyped number.
const MOST: usize = 1024;

/// Reads `--threads`: one per core where it is not given.
///
/// # Errors
/// When it is not a whole number from 1 to 1024.
pub fn count(flag: Option<&str>) -> refcast_core::Result<NonZeroUsize> {
    match flag {
        None => Ok(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
        Some(text) => positive("threads", text, MOST),
    }
}

/// A whole number from 1 to `most`.
///
/// # Errors
/// When `text` is anything else; `field` is named.
pub fn positive(field: &str, text: &str, most: usize) -> refcast_core::Result<NonZeroUsize> {
    let number = text
        .trim()
        .parse()
        .ok()
        .filter(|&n: &NonZeroUsize| n.get() <= most);
    number.ok_or_else(|| {
        let message = format!(
            "{} is not a whole number from 1 to {most}",
            refcast_core::error::quoted(text)
        );
        Fault::new(field, "out_of_range", message).into()
    })
}

/// A pool of `threads` threads.
///
/// # Errors
/// When the system does not give them.
pub fn pool(threads: NonZeroUsize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .build()
        .map_err(|error| Failure::Failed(format!("cannot start {threads} threads: {error}")))
}
