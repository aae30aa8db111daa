//! The observation model: how a second sample of the same source differs from the first.
//!
//! A gene of expected count c in a library has count
//!
//! ```text
//! X ~ Poisson(c · exp(σ_g ε − σ_g² / 2)),   ε ~ N(0, 1)
//! ```
//!
//! so that on the scale ln(1 + CPM) the variance is about (cpm / (1 + cpm))² · (σ_g² + 1 / c): shot
//! noise where counts are low, the gene's own deviation σ_g where they are high. σ_g was learned
//! from replicates of one source.

use crate::bundle::{Tensor, Tensors};
use crate::error::Result;

/// Counts per million of a library of one million.
pub(crate) const MILLION: f64 = 1e6;

/// Measurement noise, and what of a residual outlasts it.
#[derive(Debug, Clone)]
pub struct ObservationModel {
    /// σ, `[genes]`: deviation of ln expression between replicates, beyond shot noise.
    pub deviation: Vec<f32>,
    /// Variance of what a sample's own level adds to the decoder's and a second sample of the
    /// source would show again, `[genes]`, ln(1 + CPM)².
    pub persistent_variance: Vec<f32>,
}

impl ObservationModel {
    /// Takes the model out of a bundle's tensors.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape.
    pub fn take(tensors: &mut Tensors, genes: usize) -> Result<Self> {
        Ok(Self {
            deviation: tensors.take_f32("noise.deviation", &[genes])?,
            persistent_variance: tensors.take_f32("noise.persistent_variance", &[genes])?,
        })
    }

    /// Puts the model among a bundle's tensors.
    pub fn put(&self, tensors: &mut Tensors) {
        let genes = self.deviation.len();
        tensors.insert(
            "noise.deviation",
            &[genes],
            Tensor::F32(self.deviation.clone()),
        );
        let persistent = Tensor::F32(self.persistent_variance.clone());
        tensors.insert("noise.persistent_variance", &[genes], persistent);
    }

    /// Variance of ln(1 + CPM) of one measurement, at an expected `cpm` in a library.
    pub fn variance(&self, gene: usize, cpm: f64, library_size: f64) -> f64 {
        let slope = cpm / (1.0 + cpm);
        let deviation = f64::from(self.deviation[gene]);
        // Half a count below one: the Poisson zero has no reciprocal.
        let count = (cpm * library_size / MILLION).max(0.5);
        slope * slope * (deviation * deviation + 1.0 / count)
    }

    /// The part of a residual that a second sample of the source would show again, 0 to 1.
    pub fn persistence(&self, gene: usize, cpm: f64, library_size: f64) -> f64 {
        let persistent = f64::from(self.persistent_variance[gene]);
        let total = persistent + self.variance(gene, cpm, library_size);
        if total > 0.0 { persistent / total } else { 0.0 }
    }
}
