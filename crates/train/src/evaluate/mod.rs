//! Measures a recipe on samples that its training did not see.

pub mod donors;
mod metrics;
pub mod replicates;

pub use metrics::{explained, pearson};
