//! The counts of a cell: of another cell of a state, or of the same cell measured a second time.

use refcast_core::random::Random;

use super::super::{integers, streams};
use super::turnover::{Turnover, molecules_per_rate};
use crate::cells::CellModel;

/// The part of a cell's molecules that a second measurement of it finds again. None would make of
/// a cell what the model knows of it, with the model's error; all would draw nothing anew.
const FOUND_AGAIN: f64 = 0.7;

/// A cell that is measured a second time, under a treatment.
pub struct SecondMeasurement<'a> {
    /// How its counts scatter.
    pub model: &'a CellModel,
    /// Its counts, `[genes]`.
    pub counts: &'a [u64],
    /// The rates of its state, `[genes]`.
    pub rates: &'a [f64],
    /// What the treatment does to its molecules.
    pub turnover: &'a Turnover,
}

impl SecondMeasurement<'_> {
    /// Draws the counts of the second measurement, `[genes]`.
    ///
    /// A molecule that stays is found again by chance. What else the state holds of a gene is
    /// measured anew at the cell's own level u of it, which its count X tells of: with m expected
    /// molecules u | X ~ Gamma(1/φ + X, 1/φ + m), for X | u ~ Poisson(m·u) and u ~ Gamma(1/φ, 1/φ).
    /// Without a treatment the counts of cells whose rates are right have the distribution that
    /// they had. New molecules are negative binomial, with the dispersion that induced genes have.
    pub fn draw(&self, library_size: u64, random: Random, sample: u64) -> Vec<u64> {
        let molecules = molecules_per_rate(self.counts, self.rates);
        // A library of another size holds as many more or fewer of each.
        let scale = library_size as f64 / self.counts.iter().sum::<u64>().max(1) as f64;
        let again = FOUND_AGAIN * scale.min(1.0);
        let genes = self.rates.len();
        let (mut found, mut expected) = (vec![0; genes], vec![0.0; genes]);
        for gene in 0..genes {
            let (count, mean) = (self.counts[gene], self.rates[gene] * molecules);
            let kept = self.turnover.kept[gene];
            let gained = self.turnover.gained[gene] * molecules;
            if count == 0 && mean <= 0.0 && gained <= 0.0 {
                continue;
            }
            let mut draws = random.at(streams::LEVEL, sample, gene as u32);
            found[gene] = draws.binomial(count, kept * again);
            // Where the gene's own level lies, given its count, and that of what is new of it.
            let own = match shape(self.model.dispersion[gene]) {
                Some(shape) => draws.gamma(shape + count as f64) / (shape + mean),
                None => 1.0,
            };
            let new = match shape(self.model.gained_dispersion[gene]) {
                Some(shape) if gained > 0.0 => draws.gamma(shape) / shape,
                _ => 1.0,
            };
            expected[gene] = mean * kept * (scale - again) * own + gained * scale * new;
        }
        let left = library_size.saturating_sub(found.iter().sum());
        let anew = measured(expected, left, random, sample);
        found.iter().zip(anew).map(|(own, new)| own + new).collect()
    }
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
