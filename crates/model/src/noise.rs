//! The observation model: how a second sample of the same source differs from the first.
//!
//! A gene of expected count c in a library has count
//!
//! ```text
//! X ~ Poisson(c · exp(σ ε − σ² / 2)),   ε ~ N(0, 1),   σ² = φ_g · f(level)
//! ```
//!
//! so that on the scale ln(1 + CPM) the variance is about (cpm / (1 + cpm))² · (σ² + 1 / c): shot
//! noise where counts are low, the gene's own deviation σ where they are high. f, by level of
//! expression, and φ, by gene, were learned from replicates of one source. Laboratories differ
//! tenfold in f: a reference that is like the cells of a study in training takes that study's, any
//! other the median.

use crate::bundle::{Tensor, Tensors};
use crate::error::Result;

/// Counts per million of a library of one million.
pub(crate) const MILLION: f64 = 1e6;

/// No gene is believed to be silent altogether, in counts per million.
const LEAST_CPM: f64 = 1e-3;
/// Levels of ln(1 + CPM) at which the trend is kept: 0, ½, 1, … ; beyond the last it is flat.
pub const TREND_LEVELS: usize = 20;
/// The distance of two such levels.
pub const TREND_STEP: f64 = 0.5;

/// Measurement noise, and what of a residual outlasts it.
#[derive(Debug, Clone)]
pub struct ObservationModel {
    /// f, `[studies + 1 × levels]`: variance of ln expression between replicates beyond shot noise,
    /// of a typical gene at that level, for each study of the effect bank; last the median.
    pub trends: Vec<Vec<f32>>,
    /// φ, `[genes]`: a gene's variance relative to the trend.
    pub factor: Vec<f32>,
    /// Variance of what a sample's own level adds to the decoder's and a second sample of the
    /// source would show again, `[genes]`, ln(1 + CPM)².
    pub persistent_variance: Vec<f32>,
}

impl ObservationModel {
    /// Takes the model out of a bundle's tensors.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape.
    pub fn take(tensors: &mut Tensors, genes: usize, studies: usize) -> Result<Self> {
        let trends = tensors.take_not_negative("noise.trends", &[studies + 1, TREND_LEVELS])?;
        Ok(Self {
            trends: trends.chunks(TREND_LEVELS).map(<[f32]>::to_vec).collect(),
            factor: tensors.take_not_negative("noise.factor", &[genes])?,
            persistent_variance: tensors
                .take_not_negative("noise.persistent_variance", &[genes])?,
        })
    }

    /// Puts the model among a bundle's tensors.
    pub fn put(&self, tensors: &mut Tensors) {
        let genes = self.factor.len();
        let single = |values: &Vec<f32>| Tensor::F32(values.clone());
        let trends = Tensor::F32(self.trends.concat());
        tensors.insert("noise.trends", &[self.trends.len(), TREND_LEVELS], trends);
        tensors.insert("noise.factor", &[genes], single(&self.factor));
        let persistent = single(&self.persistent_variance);
        tensors.insert("noise.persistent_variance", &[genes], persistent);
    }

    /// The noise of a study of the effect bank; of a typical laboratory without one.
    pub fn of_study(&self, study: Option<usize>) -> Noise<'_> {
        let typical = self.trends.len().saturating_sub(1);
        let own = study.filter(|study| *study < typical);
        Noise {
            model: self,
            trend: self
                .trends
                .get(own.unwrap_or(typical))
                .map_or(&[], Vec::as_slice),
        }
    }
}

/// The measurement noise of one laboratory.
#[derive(Debug, Clone, Copy)]
pub struct Noise<'a> {
    model: &'a ObservationModel,
    trend: &'a [f32],
}

impl Noise<'_> {
    /// σ², the variance of ln expression between replicates beyond shot noise, at a `cpm`.
    pub fn log_variance(&self, gene: usize, cpm: f64) -> f64 {
        f64::from(self.model.factor[gene]) * trend_at(self.trend, libm::log1p(cpm.max(0.0)))
    }

    /// Variance of ln(1 + CPM) of one measurement, at an expected `cpm` in a library.
    pub fn variance(&self, gene: usize, cpm: f64, library_size: f64) -> f64 {
        let slope = cpm / (1.0 + cpm);
        // Half a count below one: the Poisson zero has no reciprocal.
        let count = (cpm * library_size / MILLION).max(0.5);
        slope * slope * (self.log_variance(gene, cpm) + 1.0 / count)
    }

    /// The expected counts per million of a second sample of a source, given the `count` of the
    /// first and the `decoded` counts per million.
    ///
    /// The level is Gamma about the decoded one, with the variance that persists; the count is
    /// Poisson with as many reads taken off as the replicates' own deviation makes worthless.
    pub fn second_sample(&self, gene: usize, decoded: f64, count: f64, library_size: f64) -> f64 {
        let decoded = decoded.max(LEAST_CPM);
        let slope = decoded / (1.0 + decoded);
        let persistent = f64::from(self.model.persistent_variance[gene]).max(1e-9);
        let shape = slope * slope / persistent;
        let worth = 1.0 / (1.0 + count * self.log_variance(gene, count * MILLION / library_size));
        let exposure = worth * library_size / MILLION;
        (shape + worth * count) / (shape / decoded + exposure)
    }
}

/// A trend `[levels]` at a level of ln(1 + CPM), linear between the levels that it is kept at.
pub fn trend_at(trend: &[f32], level: f64) -> f64 {
    let place = (level / TREND_STEP).clamp(0.0, (TREND_LEVELS - 1) as f64);
    let below = (place as usize).min(TREND_LEVELS - 2);
    let share = place - below as f64;
    let at = |level: usize| {
        trend
            .get(level)
            .map_or(0.0, |variance| f64::from(*variance))
    };
    at(below) * (1.0 - share) + at(below + 1) * share
}
