//! A cell taken apart: its depth, and the rates behind its counts.

use super::{CellModel, Depth};
use crate::latent::LatentModel;

/// One cell.
#[derive(Debug)]
pub struct CellState {
    /// The mean of ln(1 + CP10k) by rate at this cell's depth.
    pub depth: Depth,
    /// Rates per 10,000 that the mean of its latents stands for, `[genes]`.
    pub rates: Vec<f64>,
}

impl CellState {
    /// Of a cell with this library over all genes, and these levels that the mean of its latents
    /// stands for, `[genes]`.
    pub fn of(model: &CellModel, library: f64, decoded: &[f64]) -> Self {
        let depth = model.depth(library);
        let rates = model.rates_of(&depth, decoded.to_vec());
        Self { depth, rates }
    }
}

impl CellModel {
    /// Rates per 10,000 that latents stand for in a cell of that depth, `[genes]`.
    pub fn rates(&self, depth: &Depth, latent: &LatentModel, latents: &[f64]) -> Vec<f64> {
        self.rates_of(depth, latent.decode(latents))
    }

    /// Rates per 10,000 that decoded levels stand for, `[genes]`.
    fn rates_of(&self, depth: &Depth, mut decoded: Vec<f64>) -> Vec<f64> {
        for (rate, factor) in decoded.iter_mut().zip(&self.factor) {
            *rate = f64::from(*factor) * depth.rate(*rate);
        }
        decoded
    }
}
