//! The benchmark: a recipe measured on samples that its training did not see, beside every simple
//! baseline and the ceiling that real replicates set.

pub mod annotation;
pub mod baselines;
pub mod benchmark;
pub mod bootstrap;
pub mod calibration;
pub mod case;
pub mod cells;
pub mod described;
pub mod differential;
mod error;
pub mod metrics;
pub mod outcome;
pub mod realism;
pub mod report;
pub mod run;
pub mod split;
mod training;

pub use error::{Error, Result};
