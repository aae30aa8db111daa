//! The vocabulary of refcast as types: genes, counts, perturbations, queries, predictions.
//!
//! No I/O. A value of one of these types has been checked; text enters through the `FromStr`
//! implementations, which say what was given, what is wrong and what is accepted.

pub mod error;
pub mod nearest;

pub use error::{Error, Fault, Faults, Result, quoted};
