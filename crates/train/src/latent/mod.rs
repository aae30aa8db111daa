//! Fits the latent variables by expectation-maximisation, in `f32` products and `f64` sums.
//!
//! One round: the exact posterior of every sample's latents given the genes that its study
//! measures; then, gene by gene, the regression of the values on the latents; then the priors'
//! shifts by field and value, and the variances that are left. See `docs/model.md`.

mod batches;
mod data;
mod expectation;
mod fit;
mod maximisation;
mod priors;
mod products;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod tests;

pub use batches::Batches;
pub use data::Data;
pub use fit::{fit, flat};
pub use products::{Backend, Device, Products};
