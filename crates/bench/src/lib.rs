//! The benchmark: a recipe measured on samples that its training did not see, beside every simple
//! baseline and the ceiling that real replicates set.

pub mod case;
mod error;
pub mod outcome;
pub mod run;

pub use error::{Error, Result};
