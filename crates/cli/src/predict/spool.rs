//! Standard input as a file: the readers go over their input more than once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use refcast_core::Fault;
use tempfile::TempDir;

use crate::failure::{Failure, Result};

/// The name of the file in messages.
const NAME: &str = "stdin";

/// What came on standard input, on disk until this is dropped.
#[derive(Debug)]
pub struct Spool {
    folder: TempDir,
}

impl Spool {
    /// Reads standard input to its end.
    ///
    /// # Errors
    /// When it cannot be read, or there is no space for it.
    pub fn read() -> Result<Self> {
        let read = || -> io::Result<Self> {
            let folder = tempfile::tempdir()?;
            let mut file = File::create(folder.path().join(NAME))?;
            io::copy(&mut io::stdin().lock(), &mut file)?;
            Ok(Self { folder })
        };
        read().map_err(|error| Failure::Failed(format!("standard input cannot be read: {error}")))
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    /// The same failure with `stdin` where it names the file.
    pub fn named_stdin(&self, failure: Failure) -> Failure {
        let folder = format!(
            "{}{}",
            self.folder.path().display(),
            std::path::MAIN_SEPARATOR
        );
        match failure {
            Failure::Invalid(faults) => Failure::Invalid(
                faults
                    .into_iter()
                    .map(|fault| Fault {
                        path: fault.path.replace(&folder, ""),
                        message: fault.message.replace(&folder, ""),
                        ..fault
                    })
                    .collect(),
            ),
            other => other,
        }
    }
}

/// Whether `input` means standard input.
pub fn is_stdin(input: &Path) -> bool {
    input.as_os_str() == "-"
}
