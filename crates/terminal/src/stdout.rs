//! Standard output, where a closed pipe is not an error.

use std::io::{BufWriter, Write};

use serde::Serialize;

use crate::failure::{Failure, Result};

/// Lets `write` fill standard output, without colours where it is no terminal.
///
/// # Errors
/// [`Failure::Closed`] when the reader has gone, [`Failure::Failed`] for anything else.
pub fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    write(&mut out)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::stdout(&error))
}

/// Prints a value as JSON.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        writeln!(out)
    })
}
