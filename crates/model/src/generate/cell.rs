//! One cell, treated: the same cell, or another one of its state.

use refcast_core::random::Random;

use super::case::{log_rates, sum_over};
use super::effect::Effect;
use super::{integers, streams};
use crate::cells::{CellModel, CellState, Depth};

/// Expected counts of the cell itself under an effect on its rates, `[genes]`, at the cell's own
/// library size. What the cell shows beyond its state is kept: a gene that the treatment induces
/// gains what is expected of it at the cell's depth, one that it represses keeps its part, so that
/// the mean of ln(1 + CP10k) over cells of the state moves as the state does, and no effect gives
/// the counts of the cell.
pub fn treated_counts(
    state: &CellState,
    before: &[f64],
    after: &[f64],
    observed: &[bool],
) -> Vec<f64> {
    let depth = &state.depth;
    let scale = state.library_size / crate::cells::TEN_THOUSAND;
    let of_gene = |gene: usize| {
        if !observed[gene] {
            return 0.0;
        }
        let measured = state.levels[gene];
        if before[gene] == after[gene] {
            return libm::expm1(measured) * scale;
        }
        let (from, to) = (depth.level(before[gene]), depth.level(after[gene]));
        let level = if to >= from {
            measured + to - from
        } else {
            measured * to / from
        };
        libm::expm1(level) * scale
    };
    (0..state.levels.len()).map(of_gene).collect()
}

/// Rates per 10,000 under an effect `[genes]`, brought back to what the genes measured added up to.
/// The effect becomes that after this.
pub fn treated_rates(effect: &mut Effect, rates: &[f64], observed: &[bool]) -> Vec<f64> {
    if effect.mean.iter().all(|change| *change == 0.0) {
        // Rescaling by a factor that rounding makes of 1 would not leave them as they are.
        return rates.to_vec();
    }
    let whole = sum_over(rates, observed);
    effect.rescale(&log_rates(rates), observed, whole)
}

/// Draws the counts of one cell with these rates, `[genes]`: the level of each gene in it by its
/// dispersion, then molecules that add up to the library size.
pub fn draw_cell(
    model: &CellModel,
    rates: &[f64],
    library_size: u64,
    random: Random,
    sample: u64,
) -> Vec<u64> {
    let mut expected: Vec<f64> = rates
        .iter()
        .zip(&model.dispersion)
        .enumerate()
        .map(|(gene, (rate, dispersion))| {
            let dispersion = f64::from(*dispersion);
            if *rate <= 0.0 || dispersion <= 0.0 {
                return rate.max(0.0);
            }
            let mut draws = random.at(streams::LEVEL, sample, gene as u32);
            rate * dispersion * draws.gamma(1.0 / dispersion)
        })
        .collect();
    let total: f64 = expected.iter().sum();
    if total > 0.0 {
        let scale = library_size as f64 / total;
        for value in &mut expected {
            *value *= scale;
        }
    }
    integers::draw_reads(&expected, library_size, random, sample)
}

/// The rates of another cell of these latents, `[genes]`; 0 for a gene that is not measured.
pub fn rates_of(
    model: &CellModel,
    depth: &Depth,
    latent: &crate::latent::LatentModel,
    latents: &[f64],
    observed: &[bool],
) -> Vec<f64> {
    let mut rates = model.rates(depth, latent, latents);
    for (rate, seen) in rates.iter_mut().zip(observed) {
        if !seen {
            *rate = 0.0;
        }
    }
    rates
}
