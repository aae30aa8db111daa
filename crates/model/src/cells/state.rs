//! A cell taken apart: its depth, and the rates behind its counts.

use refcast_core::{Counts, elementary};

use super::{CellModel, Depth, TEN_THOUSAND};
use crate::latent::{Encoder, LatentModel, Posterior};

/// One cell.
#[derive(Debug)]
pub struct CellState {
    /// The mean of ln(1 + CP10k) by rate at this cell's depth.
    pub depth: Depth,
    /// Rates per 10,000 that the mean of its latents stands for, `[genes]`.
    pub rates: Vec<f64>,
}

impl CellState {
    /// Takes a cell apart, with what is believed of its latents. Where they lay before is that of
    /// any cell.
    pub fn of(
        model: &CellModel,
        latent: &LatentModel,
        encoder: &Encoder,
        counts: &Counts,
    ) -> (Self, Posterior) {
        let library_size = model.whole_library(counts.library_size() as f64, counts.observed());
        let depth = model.depth(library_size);
        let levels = log_counts(counts, library_size);
        let nothing_known = vec![0.0; latent.sizes.total()];
        let posterior = encoder.encode(latent, &levels, &nothing_known);
        let rates = model.rates(&depth, latent, &posterior.mean);
        let state = Self { depth, rates };
        (state, posterior)
    }
}

impl CellModel {
    /// ln(1 + CP10k) of a cell, `[genes]`; 0 for a gene that it does not measure.
    pub fn levels(&self, counts: &Counts) -> Vec<f64> {
        let library_size = self.whole_library(counts.library_size() as f64, counts.observed());
        log_counts(counts, library_size)
    }

    /// Rates per 10,000 that latents stand for in a cell of that depth, `[genes]`.
    pub fn rates(&self, depth: &Depth, latent: &LatentModel, latents: &[f64]) -> Vec<f64> {
        let mut rates = latent.decode(latents);
        for (rate, factor) in rates.iter_mut().zip(&self.factor) {
            *rate = f64::from(*factor) * depth.rate(*rate);
        }
        rates
    }
}

/// ln(1 + CP10k) of counts in a library of that size, `[genes]`.
fn log_counts(counts: &Counts, library_size: f64) -> Vec<f64> {
    let scale = TEN_THOUSAND / library_size.max(1.0);
    let counts = counts.values().iter();
    let mut levels: Vec<f64> = counts.map(|count| *count as f64 * scale).collect();
    elementary::ln_1p(&mut levels);
    levels
}
