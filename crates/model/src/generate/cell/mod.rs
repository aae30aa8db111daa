//! One cell, treated: the same cell, a second measurement of it, or another cell of its state.

mod draw;
mod turnover;

pub use draw::draw_cell;

use refcast_core::SamplingStrategy;
use refcast_core::random::Random;

use self::draw::SecondMeasurement;
use self::turnover::{Turnover, treated_rates};
use super::effect::PredictedEffect;
use super::perturbed_reference::log_rates;
use super::predict::{Drawn, PredictedSamples};
use super::profile::replace_groups;
use super::{integers, streams};
use crate::cells::{CellModel, CellState};

/// A cell's own state under the treatment: the same in all its samples.
pub struct Treated {
    /// Rates per 10,000 before, `[genes]`; 0 for a gene that is not measured.
    before: Vec<f64>,
    turnover: Turnover,
    effect: PredictedEffect,
}

impl Treated {
    fn new(state: &CellState, mut effect: PredictedEffect, observed: &[bool]) -> Self {
        let before = only_measured(state.rates.clone(), observed);
        let after = treated_rates(&mut effect, &before, observed);
        Self {
            turnover: Turnover::between(&before, &after),
            before,
            effect,
        }
    }
}

impl PredictedSamples<'_> {
    /// A cell keeps its state; what the evidence leaves open of the response is in the intervals
    /// and not drawn, as it would be the same in every cell.
    pub(super) fn cell(
        &self,
        model: &CellModel,
        state: &CellState,
        random: Random,
        key: u64,
    ) -> Drawn {
        let (perturbed, latent) = (&*self.perturbed, self.model.latent());
        let (observed, taken) = (perturbed.observed(), self.query.conditioning);
        let is_mean = self.query.sampling_strategy == SamplingStrategy::MeanEstimation;
        let rounding = integers::rounding(random, self.query.deterministic_latents);
        let normal = |position: usize| random.normal(streams::LATENTS, key, position as u32);
        let normals: Option<Vec<f64>> = (!self.query.deterministic_latents)
            .then(|| (0..latent.sizes.total()).map(normal).collect());
        // A second measurement of the cell is of a state where this one may lie.
        let own = match &normals {
            Some(normals) if !is_mean => perturbed.posterior.draw(normals),
            _ => perturbed.posterior.mean.clone(),
        };
        let (technical, biological) = (taken.technical, taken.biological);
        let latents = replace_groups(latent, &own, technical, biological, normals.as_deref());
        let rates = || only_measured(model.rates(&state.depth, latent, &latents), observed);
        let size = self.library_size;
        let (effect, counts) = if technical && biological {
            let treated = self
                .treated
                .get_or_init(|| Treated::new(state, perturbed.effect.clone(), observed));
            let (counts, turnover) = (perturbed.counts.values(), &treated.turnover);
            let counts = if is_mean {
                let expected = turnover.expected(counts, &treated.before);
                round_to_whole(expected, size, rounding, key)
            } else {
                let second = SecondMeasurement {
                    model,
                    counts,
                    rates: &rates(),
                    turnover,
                };
                second.draw(size, random, key)
            };
            (treated.effect.clone(), counts)
        } else {
            let before = rates();
            let mut effect = perturbed.effect_on(self.model, &log_rates(&before));
            let after = treated_rates(&mut effect, &before, observed);
            let counts = if is_mean {
                round_to_whole(after, size, rounding, key)
            } else {
                draw_cell(model, &after, size, random, key)
            };
            (effect, counts)
        };
        Drawn {
            counts,
            effect,
            latents,
        }
    }
}

/// Rates `[genes]`, 0 for a gene that is not measured.
pub fn only_measured(mut rates: Vec<f64>, observed: &[bool]) -> Vec<f64> {
    for (rate, seen) in rates.iter_mut().zip(observed) {
        if !seen {
            *rate = 0.0;
        }
    }
    rates
}

/// Whole counts that add up to the library size, from what is expected up to a factor, `[genes]`.
/// Most of what is expected of a cell is below one: rounded to the nearest, all of it would be lost.
fn round_to_whole(mut expected: Vec<f64>, library_size: u64, random: Random, key: u64) -> Vec<u64> {
    let total: f64 = expected.iter().sum();
    for count in &mut expected {
        *count *= library_size as f64 / total.max(f64::MIN_POSITIVE);
    }
    integers::round_at_random(&expected, library_size, random, key)
}
