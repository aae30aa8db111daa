//! One cell, treated: the same cell, a second measurement of it, or another cell of its state.

use refcast_core::random::Random;

use super::case::{log_rates, sum_over};
use super::effect::Effect;
use super::{integers, streams};
use crate::cells::{CellModel, CellState, Depth, TEN_THOUSAND};

/// The part of a cell's molecules that a second measurement of it finds again. None would make of
/// a cell what the model knows of it, with the model's error; all would draw nothing anew.
const FOUND_AGAIN: f64 = 0.5;

/// The most dispersion of new molecules. What a gene scatters by was seen where it was expressed,
/// often hardly; one that a treatment turns on scatters as highly expressed genes do.
const MOST_OF_NEW: f64 = 0.15;
/// Counts up to which a mean over the molecules that stay is a sum over their number.
const FEW: u64 = 12;

/// Expected counts of the cell itself under a treatment, `[genes]`, at the cell's own library size
/// and up to a factor: those whose ln(1 + CP10k) is the mean over the molecules that stay and the
/// new ones. What the cell shows beyond its state is kept, and no change gives the counts of the
/// cell. The mean of the logarithm is what profiles of cells are compared by; of a gene that most
/// cells have no molecule of, it is well below the logarithm of the mean.
pub fn treated_counts(model: &CellModel, state: &CellState, turnover: &Turnover) -> Vec<f64> {
    let molecules = state.library_size / TEN_THOUSAND;
    let of_gene = |gene: usize| {
        let measured = state.levels[gene];
        let count = libm::expm1(measured) * molecules;
        let (kept, gained) = (turnover.kept[gene], turnover.gained[gene] * molecules);
        if gained > 0.0 {
            let dispersion = f64::from(model.dispersion[gene]).min(MOST_OF_NEW);
            let level = if count < 0.5 {
                let rate = turnover.gained[gene];
                state.depth.scattered_level(rate, dispersion)
            } else {
                measured + level_of_new(gained, dispersion, 1.0 / (molecules + count))
            };
            libm::expm1(level) * molecules
        } else if kept < 1.0 && count >= 0.5 {
            libm::expm1(level_of_kept(count, kept, 1.0 / molecules)) * molecules
        } else {
            count
        }
    };
    (0..state.levels.len()).map(of_gene).collect()
}

/// The mean of ln(1 + G·unit) over G new molecules, negative binomial with this mean and
/// dispersion, for a unit of 1 or less: the second-order expansion about the mean.
fn level_of_new(mean: f64, dispersion: f64, unit: f64) -> f64 {
    expanded(mean, mean + dispersion * mean * mean, unit)
}

/// The mean of ln(1 + K·unit) over the molecules that stay, K ~ Binomial(count, kept); of many by
/// the second-order expansion about their mean.
fn level_of_kept(count: f64, kept: f64, unit: f64) -> f64 {
    let n = count.round();
    if n > FEW as f64 {
        return expanded(n * kept, n * kept * (1.0 - kept), unit);
    }
    let mut probability = libm::pow(1.0 - kept, n);
    let odds = kept / (1.0 - kept);
    let mut level = 0.0;
    for k in 1..=n as u64 {
        probability *= odds * (n - k as f64 + 1.0) / k as f64;
        level += probability * libm::log1p(k as f64 * unit);
    }
    level
}

/// The mean of ln(1 + X·unit) to second order about the mean of X; not below 0.
fn expanded(mean: f64, variance: f64, unit: f64) -> f64 {
    let most = 1.0 + mean * unit;
    let level = libm::log(most) - 0.5 * variance * (unit / most) * (unit / most);
    level.max(0.0)
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

/// What a treatment does to the molecules of a state, from its rates before and after, `[genes]`:
/// of a gene that it represses a part stays, of one that it induces new ones come. The new ones do
/// not depend on how many there were: cells that had one or none of a gene all end up with many.
pub struct Turnover {
    /// The part of the molecules that stays, 0 to 1, `[genes]`.
    kept: Vec<f64>,
    /// The rate of new ones per 10,000, `[genes]`.
    gained: Vec<f64>,
}

impl Turnover {
    /// Between two states.
    pub fn between(before: &[f64], after: &[f64]) -> Self {
        let pairs = || before.iter().zip(after);
        let part = |before: f64, after: f64| if before > after { after / before } else { 1.0 };
        Self {
            kept: pairs().map(|(b, a)| part(*b, *a)).collect(),
            gained: pairs().map(|(b, a)| (a - b).max(0.0)).collect(),
        }
    }
}

/// Draws a second measurement of the cell with these counts, whose state has these rates, both
/// `[genes]`, under a treatment.
///
/// A molecule that stays is found again by chance. What else the state holds of a gene is measured
/// anew at the cell's own level u of it, which its count X tells of: with m expected molecules
/// u | X ~ Gamma(1/φ + X, 1/φ + m), for X | u ~ Poisson(m·u) and u ~ Gamma(1/φ, 1/φ). Without a
/// treatment the counts of cells whose rates are right have the distribution that they had.
#[allow(clippy::too_many_arguments)]
pub fn draw_again(
    model: &CellModel,
    counts: &[u64],
    rates: &[f64],
    turnover: &Turnover,
    library_size: u64,
    random: Random,
    sample: u64,
) -> Vec<u64> {
    let own = counts.iter().sum::<u64>() as f64;
    let molecules = own / rates.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    // A library of another size holds as many more or fewer of each.
    let scale = library_size as f64 / own.max(1.0);
    let again = FOUND_AGAIN * scale.min(1.0);
    let mut found = vec![0; rates.len()];
    let mut expected = vec![0.0; rates.len()];
    for gene in 0..rates.len() {
        let mean = rates[gene] * molecules;
        let (kept, gained) = (turnover.kept[gene], turnover.gained[gene] * molecules);
        if counts[gene] == 0 && mean <= 0.0 && gained <= 0.0 {
            continue;
        }
        let mut draws = random.at(streams::LEVEL, sample, gene as u32);
        found[gene] = draws.binomial(counts[gene], kept * again);
        let dispersion = f64::from(model.dispersion[gene]);
        let (own, new) = if dispersion > 0.0 {
            let shape = 1.0 / dispersion;
            let own = draws.gamma(shape + counts[gene] as f64) / (shape + mean);
            // The gene's last draw: of most genes there is nothing new.
            let new = if gained > 0.0 {
                let of_new = 1.0 / dispersion.min(MOST_OF_NEW);
                draws.gamma(of_new) / of_new
            } else {
                1.0
            };
            (own, new)
        } else {
            (1.0, 1.0)
        };
        expected[gene] = mean * kept * (scale - again) * own + gained * scale * new;
    }
    let left = library_size.saturating_sub(found.iter().sum());
    for (count, found) in measured(expected, left, random, sample)
        .iter_mut()
        .zip(&mut found)
    {
        *found += *count;
    }
    found
}

/// Draws the counts of one cell with these rates, `[genes]`: the level of each gene in it by its
/// dispersion (negative binomial), then molecules that add up to the library size.
pub fn draw_cell(
    model: &CellModel,
    rates: &[f64],
    library_size: u64,
    random: Random,
    sample: u64,
) -> Vec<u64> {
    let genes = rates.iter().zip(&model.dispersion).enumerate();
    let expected = genes
        .map(|(gene, (rate, dispersion))| {
            let dispersion = f64::from(*dispersion);
            if *rate <= 0.0 || dispersion <= 0.0 {
                return rate.max(0.0);
            }
            let mut draws = random.at(streams::LEVEL, sample, gene as u32);
            rate * dispersion * draws.gamma(1.0 / dispersion)
        })
        .collect();
    measured(expected, library_size, random, sample)
}

/// Molecules that add up to the library size, by what is expected of each gene up to a factor.
fn measured(mut expected: Vec<f64>, library_size: u64, random: Random, sample: u64) -> Vec<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_molecules_that_stay_are_means_over_binomial_counts() {
        // sum(binom.pmf(k, n, p) * log1p(k * u) for k in range(5000)), scipy 1.17
        for (n, p, unit, level, within) in [
            (1.0, 0.3, 5.8, 0.575_076_784, 1e-6),
            (5.0, 0.6, 5.8, 2.827_871_503, 1e-6),
            (40.0, 0.25, 2.0, 3.007_691_902, 0.01),
        ] {
            let found = level_of_kept(n, p, unit);
            assert!((found - level).abs() < within, "{n} {p}: {found} {level}");
        }
    }

    #[test]
    fn levels_of_new_molecules_are_about_means_over_negative_binomial_counts() {
        // r = 1/φ; sum(nbinom.pmf(k, r, r / (r + m)) * log1p(k * u) for k in range(5000))
        for (mean, dispersion, unit, level, within) in [
            (1.0, 0.2, 0.85, 0.502_318_091, 0.015),
            (120.0, 0.25, 0.9, 4.558_759_474, 0.01),
            (0.05, 1.0, 0.5, 0.019_985_274, 0.002),
        ] {
            let found = level_of_new(mean, dispersion, unit);
            assert!((found - level).abs() < within, "{mean}: {found} {level}");
        }
    }

    #[test]
    fn what_is_repressed_keeps_a_part_and_what_is_induced_gains() {
        let turnover = Turnover::between(&[4.0, 2.0, 0.0, 3.0], &[1.0, 5.0, 2.0, 3.0]);
        assert_eq!(turnover.kept, [0.25, 1.0, 1.0, 1.0]);
        assert_eq!(turnover.gained, [0.0, 3.0, 2.0, 0.0]);
    }
}
