//! A sample as a model reads it: on the scale of all genes, whichever of them are measured.
//!
//! The counts of a panel are a part π of what all genes would have, and levels are taken of
//! `counts / π`. No gene is filled in.
//!
//! In training π is 1 for bulk studies, which are filtered at most, and for sets of cells the part
//! that their genes have in a mean cell; so it is here where that is much. Of a bulk panel π is the
//! one at which its counts are most likely: genes are not chosen at random (the most variable ones
//! of some samples have a third of what they have on average, the most abundant ones a quarter
//! more), and the order of magnitude of the levels tells which of the known kinds of samples these
//! are. Counts of cells are too few for that.

use refcast_core::{Counts, elementary};

use crate::annotation::TrainingGroups;
use crate::cells::CellState;
use crate::latent::{Encoder, LatentModel, LatentPosterior};
use crate::measurement::Measurement;
use crate::model::Model;
use crate::noise::MILLION;

/// A typical bulk sample's part from which on its genes count as all that have counts.
const WHOLE: f64 = 0.85;
/// Logarithms of parts that are tried, about that of a typical sample: from minus this to this,
const REACH: f64 = 1.5;
/// in so many steps; the best is refined by a parabola.
const STEPS: usize = 12;

/// A sample, read.
#[derive(Debug)]
pub struct Reading {
    /// Counts that all genes of the axis would have.
    pub library: f64,
    /// ln(1 + CPM) or ln(1 + CP10k), `[genes]`; 0 for a gene that is not measured.
    pub levels: Vec<f64>,
    /// What is believed of the latents.
    pub posterior: LatentPosterior,
    /// The levels that their mean stands for, `[genes]`; may lie below 0.
    pub decoded: Vec<f64>,
    /// The state of a cell.
    pub state: Option<CellState>,
}

impl Reading {
    /// How far the sample is from those of training.
    pub(crate) fn scores(
        &self,
        model: &Model,
        known: &TrainingGroups,
        observed: &[bool],
    ) -> [f64; 2] {
        let shot = |level: f64| match model.measurement() {
            // That of ln(1 + CPM) by Poisson counts; half a count below one, as zero has no
            // reciprocal.
            Measurement::Bulk(_) => {
                let cpm = libm::expm1(level);
                let slope = cpm / (1.0 + cpm);
                slope * slope / (cpm * self.library / MILLION).max(0.5)
            }
            // Every cell of training has few counts.
            Measurement::Cells(_) => 0.0,
        };
        let latents = &self.posterior.mean;
        known.scores(
            model.latent(),
            &self.levels,
            &self.decoded,
            observed,
            latents,
            shot,
        )
    }
}

impl Measurement {
    /// The part of the molecules of a typical sample that each gene has, `[genes]`; adds up to 1.
    /// In bulk the typical sample is at the mean of the logarithms.
    pub fn typical_shares(&self, latent: &LatentModel) -> Vec<f32> {
        let mut shares: Vec<f64> = match self {
            Self::Bulk(_) => {
                let levels = latent.mean.iter();
                levels.map(|level| f64::from(*level).max(0.0)).collect()
            }
            Self::Cells(cells) => cells.share.iter().map(|share| f64::from(*share)).collect(),
        };
        if self.bulk().is_some() {
            elementary::exp_m1(&mut shares);
        }
        let total: f64 = shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let shares = shares.into_iter().map(|share| (share / total) as f32);
        shares.collect()
    }

    /// Reads a sample through the encoder of the genes that it measures; `typical` is that of
    /// [`typical_shares`](Self::typical_shares).
    pub fn read(
        &self,
        latent: &LatentModel,
        typical: &[f32],
        encoder: &Encoder,
        counts: &Counts,
    ) -> Reading {
        let part = part_of(typical, counts.observed());
        let part = match self {
            Self::Bulk(_) if part >= WHOLE => 1.0,
            Self::Bulk(_) => likeliest(self, latent, encoder, counts, part),
            Self::Cells(_) => part,
        };
        let library = counts.library_size() as f64 / part;
        let levels = self.levels(counts, part);
        let nothing_known = vec![0.0; latent.sizes.total()];
        let posterior = encoder.encode(latent, &levels, &nothing_known);
        let decoded = latent.decode(&posterior.mean);
        let state = self.cells();
        Reading {
            library,
            state: state.map(|cells| CellState::of(cells, library, &decoded)),
            levels,
            posterior,
            decoded,
        }
    }

    /// ln(1 + CPM) or ln(1 + CP10k) of counts that are a part of all, `[genes]`.
    pub fn levels(&self, counts: &Counts, part: f64) -> Vec<f64> {
        let scale = part * self.modality().per() / MILLION;
        let cpm = counts.cpm();
        let mut levels: Vec<f64> = cpm.values().iter().map(|cpm| cpm * scale).collect();
        elementary::ln_1p(&mut levels);
        levels
    }
}

/// The part of all that the genes which are measured have, above 0 and 1 at most.
pub fn part_of(shares: &[f32], observed: &[bool]) -> f64 {
    let seen = shares.iter().zip(observed).filter(|(_, seen)| **seen);
    let part: f64 = seen.map(|(share, _)| f64::from(*share)).sum();
    if part > 0.0 { part.min(1.0) } else { 1.0 }
}

/// The part π at which the counts are most likely: the density of y = ln(1 + CPM) times dy/d ln π of
/// the genes that have a count.
fn likeliest(
    measurement: &Measurement,
    latent: &LatentModel,
    encoder: &Encoder,
    counts: &Counts,
    typical: f64,
) -> f64 {
    let at = |step: f64| {
        let shift = REACH * (2.0 * step / STEPS as f64 - 1.0);
        (typical * libm::exp(shift)).min(1.0)
    };
    let log_likelihood = |step: usize| {
        let levels = measurement.levels(counts, at(step as f64));
        // d ln(1 + x) / d ln x = x / (1 + x) = 1 − exp(−y)
        let slopes: f64 = levels
            .iter()
            .filter(|level| **level > 0.0)
            .map(|level| libm::log(-libm::expm1(-level)))
            .sum();
        encoder.log_density(latent, &levels) + slopes
    };
    let tried: Vec<f64> = (0..=STEPS).map(log_likelihood).collect();
    let best = (0..=STEPS)
        .max_by(|a, b| tried[*a].total_cmp(&tried[*b]).then(b.cmp(a)))
        .unwrap_or(STEPS / 2);
    let vertex = match (best.checked_sub(1), tried.get(best + 1)) {
        (Some(below), Some(above)) => {
            let (low, top) = (tried[below], tried[best]);
            let bend = low - 2.0 * top + above;
            if bend < 0.0 {
                (0.5 * (low - above) / bend).clamp(-0.5, 0.5)
            } else {
                0.0
            }
        }
        _ => 0.0,
    };
    at(best as f64 + vertex)
}
