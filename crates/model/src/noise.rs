//! The observation model: how a second sample of the same source differs from the first.
//!
//! A gene of expected count c in a library has count
//!
//! ```text
//! X ~ Poisson(c · exp(δ − σ² / 2)),   δ = Σ_k l_gk u_k + √(φ_g f(level)) ε,   ε, u_k/√v_k ~ N(0, 1)
//! ```
//!
//! so that on the scale ln(1 + CPM) the variance is about (cpm / (1 + cpm))² · (σ² + 1 / c), with
//! σ² = Σ_k l_gk² v_k + φ_g f: shot noise where counts are low, the deviation σ where they are
//! high. Replicates deviate in many genes together (density of the culture, stress, quality of the
//! library): l are the directions that replicates of all studies share, u how far this sample went.
//! f, by level of expression, is a gene's own, φ its size relative to others. All were learned from
//! replicates of one source. Laboratories differ tenfold in f and v: a reference that is like the
//! cells of a study in training takes that study's, any other the median.

use crate::bundle::{Tensor, Tensors};
use crate::error::Result;

/// Counts per million of a library of one million.
pub(crate) const MILLION: f64 = 1e6;

const LOADINGS: &str = "noise.directions";
const STRENGTHS: &str = "noise.strengths";

/// No gene is believed to be silent altogether, in counts per million.
const LEAST_CPM: f64 = 1e-3;
/// Levels of ln(1 + CPM) at which the trend is kept: 0, ½, 1, … ; beyond the last it is flat.
pub const TREND_LEVELS: usize = 20;
/// The distance of two such levels.
pub const TREND_STEP: f64 = 0.5;

/// Directions in which replicates deviate together.
pub const DIRECTIONS: usize = 16;
/// Degrees of freedom of the variance of a source's own level about the decoder's. The decoder
/// describes most genes of most samples closely and a few not at all.
const PERSISTENT_DEGREES: f64 = 4.0;

/// Measurement noise, and what of a residual outlasts it.
#[derive(Debug, Clone)]
pub struct ObservationModel {
    /// f, `[studies + 1 × levels]`: variance of ln expression between replicates beyond shot noise,
    /// of a typical gene at that level, for each study of the effect bank; last the median.
    pub trends: Vec<Vec<f32>>,
    /// φ, `[genes]`: a gene's variance relative to the trend.
    pub factor: Vec<f32>,
    /// l, `[directions × genes]`, ln expression; no directions in a bundle that was made before
    /// there were any.
    pub directions: Vec<Vec<f32>>,
    /// v, `[studies + 1 × directions]`: variance of u, for each study; last a typical one.
    pub strengths: Vec<Vec<f32>>,
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
        let (mut directions, mut strengths) = (Vec::new(), vec![Vec::new(); studies + 1]);
        if tensors.contains(LOADINGS) {
            let loadings = tensors.take_f32(LOADINGS, &[DIRECTIONS, genes])?;
            directions = loadings.chunks(genes.max(1)).map(<[f32]>::to_vec).collect();
            let by_study = tensors.take_not_negative(STRENGTHS, &[studies + 1, DIRECTIONS])?;
            strengths = by_study.chunks(DIRECTIONS).map(<[f32]>::to_vec).collect();
        }
        Ok(Self {
            directions,
            strengths,
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
        if self.directions.len() == DIRECTIONS {
            let (loadings, strengths) = (self.directions.concat(), self.strengths.concat());
            tensors.insert_half(LOADINGS, &[DIRECTIONS, genes], loadings);
            tensors.insert(
                STRENGTHS,
                &[self.strengths.len(), DIRECTIONS],
                Tensor::F32(strengths),
            );
        }
        let persistent = single(&self.persistent_variance);
        tensors.insert("noise.persistent_variance", &[genes], persistent);
    }

    /// The noise of a study of the effect bank; of a typical laboratory without one.
    pub fn of_study(&self, study: Option<usize>) -> Noise<'_> {
        let typical = self.trends.len().saturating_sub(1);
        let own = study.filter(|study| *study < typical);
        Noise {
            model: self,
            strengths: self
                .strengths
                .get(own.unwrap_or(typical))
                .map_or(&[], Vec::as_slice),
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
    strengths: &'a [f32],
}

impl Noise<'_> {
    /// σ², the variance of ln expression between replicates beyond shot noise, at a `cpm`.
    pub fn log_variance(&self, gene: usize, cpm: f64) -> f64 {
        let directions = self.model.directions.iter().zip(self.strengths);
        let shared: f64 = directions
            .map(|(direction, strength)| f64::from(direction[gene]).powi(2) * f64::from(*strength))
            .sum();
        shared + self.own_variance(gene, cpm)
    }

    /// The part of σ² that is the gene's own.
    pub fn own_variance(&self, gene: usize, cpm: f64) -> f64 {
        f64::from(self.model.factor[gene]) * trend_at(self.trend, libm::log1p(cpm.max(0.0)))
    }

    /// Deviation of ln expression that genes have together in one sample, `[genes]`, from standard
    /// normal numbers by direction.
    pub fn shared_deviation(&self, genes: usize, normal: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut deviation = vec![0.0; genes];
        let directions = self.model.directions.iter().zip(self.strengths);
        for (at, (direction, strength)) in directions.enumerate() {
            let length = f64::from(*strength).sqrt() * normal(at);
            for (sum, loading) in deviation.iter_mut().zip(direction) {
                *sum += length * f64::from(*loading);
            }
        }
        deviation
    }

    /// How many times the learned persistent variance is expected of a gene that is this far from
    /// its decoded level, in a source that is `strangeness` times as far from its decoded levels as
    /// is usual: the posterior mean of a variance with few degrees of freedom. A gene that the
    /// decoder plainly misses in this source is not drawn back to it.
    pub fn persistence(&self, gene: usize, residual: f64, strangeness: f64) -> f64 {
        let persistent = f64::from(self.model.persistent_variance[gene]).max(1e-9);
        (PERSISTENT_DEGREES * strangeness + residual * residual / persistent)
            / (PERSISTENT_DEGREES + 1.0)
    }

    /// The square of a residual from a decoded level of `cpm`, relative to the variance expected of
    /// it: 1 on average over the samples of the training.
    pub fn relative_square(&self, gene: usize, residual: f64, cpm: f64, library_size: f64) -> f64 {
        let persistent = f64::from(self.model.persistent_variance[gene]);
        residual * residual / (persistent + self.variance(gene, cpm, library_size)).max(1e-9)
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
    /// The level is Gamma about the decoded one, with `persistence` times the variance that
    /// persists; the count is
    /// Poisson with as many reads taken off as the replicates' own deviation makes worthless.
    pub fn second_sample(
        &self,
        gene: usize,
        decoded: f64,
        count: f64,
        library_size: f64,
        persistence: f64,
    ) -> f64 {
        let decoded = decoded.max(LEAST_CPM);
        let slope = decoded / (1.0 + decoded);
        let persistent = f64::from(self.model.persistent_variance[gene]);
        let persistent = (persistence * persistent).max(1e-9);
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
