//! One cell, treated: the same cell, a second measurement of it, or another cell of its state.

use refcast_core::random::Random;

use super::case::{log_rates, sum_over};
use super::effect::Effect;
use super::{integers, streams};
use crate::cells::{CellModel, Depth};

/// The part of a cell's molecules that a second measurement of it finds again. None would make of
/// a cell what the model knows of it, with the model's error; all would draw nothing anew.
const FOUND_AGAIN: f64 = 0.7;

/// Expected counts of the cell itself under a treatment, `[genes]`, at the cell's own library size:
/// the molecules that stay and the new ones. What the cell shows beyond its state is kept, and no
/// change gives the counts of the cell.
pub fn treated_counts(counts: &[u64], rates: &[f64], turnover: &Turnover) -> Vec<f64> {
    let molecules = molecules_per_rate(counts, rates);
    let genes = counts.iter().zip(&turnover.kept).zip(&turnover.gained);
    genes
        .map(|((count, kept), gained)| *count as f64 * kept + gained * molecules)
        .collect()
}

/// Molecules of a cell by unit of the rates that its state has.
fn molecules_per_rate(counts: &[u64], rates: &[f64]) -> f64 {
    counts.iter().sum::<u64>() as f64 / rates.iter().sum::<f64>().max(f64::MIN_POSITIVE)
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
/// treatment the counts of cells whose rates are right have the distribution that they had. New
/// molecules are negative binomial, with the dispersion that induced genes have.
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
    let molecules = molecules_per_rate(counts, rates);
    // A library of another size holds as many more or fewer of each.
    let scale = library_size as f64 / counts.iter().sum::<u64>().max(1) as f64;
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
        // Where the gene's own level lies, given its count, and that of what is new of it.
        let own = match shape(model.dispersion[gene]) {
            Some(shape) => draws.gamma(shape + counts[gene] as f64) / (shape + mean),
            None => 1.0,
        };
        let new = match shape(model.gained_dispersion[gene]) {
            Some(shape) if gained > 0.0 => draws.gamma(shape) / shape,
            _ => 1.0,
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

/// The shape of the levels of a gene with this dispersion; none of one that does not scatter.
fn shape(dispersion: f32) -> Option<f64> {
    (dispersion > 0.0).then(|| 1.0 / f64::from(dispersion))
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
    fn what_is_repressed_keeps_a_part_and_what_is_induced_gains() {
        let turnover = Turnover::between(&[4.0, 2.0, 0.0, 3.0], &[1.0, 5.0, 2.0, 3.0]);
        assert_eq!(turnover.kept, [0.25, 1.0, 1.0, 1.0]);
        assert_eq!(turnover.gained, [0.0, 3.0, 2.0, 0.0]);
    }
}
