//! The R of the tests: an interpreter with the packages that clients in R are made of.

use std::path::PathBuf;
use std::process::Command;

use crate::apt;
use crate::step::{Result, works};

/// The variable that tells a test which interpreter to use; set before, it names another one, or none
/// where it is empty.
pub const VARIABLE: &str = "REFCAST_R";
/// Debian's names of R and the packages.
const PACKAGES: [&str; 3] = ["r-base-core", "r-cran-httr", "r-cran-jsonlite"];
const PROGRAM: &str = "Rscript";

/// The interpreter, installed where there is none and that can be done.
///
/// # Errors
/// A sentence that says why there is none; the tests that need it are then skipped.
pub fn interpreter() -> Result<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(named) if named.is_empty() => return Err(format!("{VARIABLE} is set to none")),
        Some(named) => return Ok(PathBuf::from(named)),
        None => {}
    }
    if !has_packages() {
        apt::install(&PACKAGES)?;
    }
    if has_packages() {
        Ok(PathBuf::from(PROGRAM))
    } else {
        Err(format!("{PROGRAM} does not load httr and jsonlite"))
    }
}

fn has_packages() -> bool {
    works(Command::new(PROGRAM).args(["-e", "library(httr); library(jsonlite)"]))
}
