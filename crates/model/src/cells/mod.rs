//! What is counted of one cell.
//!
//! A cell with rates λ (expected molecules per 10,000 of its own) and library size L has counts
//!
//! ```text
//! X_g ~ NB(mean L·λ_g / 10⁴, variance mean + φ_g · mean²)
//! ```
//!
//! with a dispersion φ for each gene. The latents describe y = ln(1 + CP10k), whose mean depends on
//! the depth as much as on the rate: most counts of a cell are 0 or 1. [`Depth`] is that mean as a
//! function of the rate, so that a decoded level is turned into a rate and back for the depth of
//! the cell at hand.

mod depth;
mod state;

pub use depth::{Depth, DepthTable};
pub use state::CellState;

use crate::bundle::{Tensor, Tensors};
use crate::error::Result;

/// Counts per this many of the library.
pub const TEN_THOUSAND: f64 = 1e4;

const SHARE: &str = "cells.share";
const FACTOR: &str = "cells.factor";
const DISPERSION: &str = "cells.dispersion";
const GAINED_DISPERSION: &str = "cells.gained_dispersion";

/// The counts of cells, given their rates.
#[derive(Debug, Clone)]
pub struct CellModel {
    /// The part of a cell's molecules that are of a gene, mean over the training's cells,
    /// `[genes]`; adds up to 1. A panel's counts are this part of what the cell had.
    pub share: Vec<f32>,
    /// A gene's rate over that which its decoded level stands for, `[genes]`.
    pub factor: Vec<f32>,
    /// φ, `[genes]`.
    pub dispersion: Vec<f32>,
    /// The dispersion of the molecules that a treatment makes new, `[genes]`.
    pub gained_dispersion: Vec<f32>,
    table: DepthTable,
}

impl CellModel {
    /// A model from its vectors, `[genes]` each.
    pub fn new(
        share: Vec<f32>,
        factor: Vec<f32>,
        dispersion: Vec<f32>,
        gained_dispersion: Vec<f32>,
    ) -> Self {
        Self {
            share,
            factor,
            dispersion,
            gained_dispersion,
            table: DepthTable::new(),
        }
    }

    /// Takes the model out of a bundle's tensors.
    ///
    /// # Errors
    /// A tensor that is missing, has another shape or holds a negative number.
    pub fn take(tensors: &mut Tensors, genes: usize) -> Result<Self> {
        Ok(Self::new(
            tensors.take_not_negative(SHARE, &[genes])?,
            tensors.take_positive(FACTOR, &[genes])?,
            tensors.take_not_negative(DISPERSION, &[genes])?,
            tensors.take_not_negative(GAINED_DISPERSION, &[genes])?,
        ))
    }

    /// Puts the model among a bundle's tensors.
    pub fn put(&self, tensors: &mut Tensors) {
        for (name, values) in [
            (SHARE, &self.share),
            (FACTOR, &self.factor),
            (DISPERSION, &self.dispersion),
            (GAINED_DISPERSION, &self.gained_dispersion),
        ] {
            tensors.insert(name, &[values.len()], Tensor::F32(values.clone()));
        }
    }

    /// The mean of ln(1 + CP10k) by rate, for a library of that size.
    pub fn depth(&self, library_size: f64) -> Depth {
        self.table.at(library_size)
    }

    /// ln(1 + CP10k) of a mean cell, `[genes]`: what profiles are compared about.
    pub fn mean_profile(&self) -> Vec<f32> {
        let profile = self.share.iter();
        profile
            .map(|share| libm::log1p(f64::from(*share) * TEN_THOUSAND) as f32)
            .collect()
    }
}
