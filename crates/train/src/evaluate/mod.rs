//! Measures a recipe on samples that its training did not see.

mod metrics;
pub mod replicates;
pub mod worth;

pub use metrics::{explained, pearson};

use refcast_core::Counts;

use crate::corpus::Expression;
use crate::error::Result;

/// Counts at levels of ln(1 + CPM), `[genes]`, in a library, over the genes that a study measures.
///
/// # Errors
/// A study that measures no gene.
pub fn counts_of(study: &Expression, levels: &[f32], library_size: f64) -> Result<Counts> {
    let counts = levels
        .iter()
        .map(|level| {
            (f64::from(*level).exp_m1() * library_size / 1e6)
                .round()
                .max(0.0) as u64
        })
        .collect();
    Ok(Counts::new(counts, study.measured.clone())?)
}
