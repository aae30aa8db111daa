//! The two large products of a round, with one matrix that stays: the values `[samples × genes]`.
//!
//! Fitting multiplies the values with a small matrix, one way round in each half of a round. Where
//! that is done is chosen at run time ([`Device`]). The values are handed over once
//! ([`Backend::hold`]), so that a device of its own memory is sent only the small matrix.

mod backend;
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;

pub use backend::{Backend, Device};

use crate::error::Result;

/// A matrix `x` `[rows × columns]`, held where products with it are made.
///
/// The same device gives the same bytes every time. Another device adds up in another order, so
/// its last digits differ.
pub trait Products {
    /// `x · b` for `b` `[columns × width]`, by rows; gives `[rows × width]`.
    ///
    /// # Errors
    /// A device that fails at its work.
    fn multiply(&self, b: &[f32], width: usize) -> Result<Vec<f32>>;

    /// `xᵀ · b` for `b` `[rows × width]`, by rows; gives `[columns × width]`.
    ///
    /// # Errors
    /// A device that fails at its work.
    fn multiply_transposed(&self, b: &[f32], width: usize) -> Result<Vec<f32>>;
}
