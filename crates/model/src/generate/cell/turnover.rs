//! What a treatment does to the molecules of a cell: some are lost, new ones come.

use super::super::effect::PredictedEffect;
use super::super::perturbed_reference::{log_rates, sum_over};

/// What a treatment does to the molecules of a state, from its rates before and after, `[genes]`:
/// of a gene that it represses a part stays, of one that it induces new ones come. The new ones do
/// not depend on how many there were: cells that had one or none of a gene all end up with many.
#[derive(Debug)]
pub struct Turnover {
    /// The part of the molecules that stays, 0 to 1, `[genes]`.
    pub kept: Vec<f64>,
    /// The rate of new ones per 10,000, `[genes]`.
    pub gained: Vec<f64>,
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

    /// Expected counts under the treatment of the cell itself, which has these counts and whose
    /// state has these rates, both `[genes]`, at its own library size: the molecules that stay and
    /// the new ones. What the cell shows beyond its state is kept, and no change gives its counts.
    pub fn expected(&self, counts: &[u64], rates: &[f64]) -> Vec<f64> {
        let molecules = molecules_per_rate(counts, rates);
        let genes = counts.iter().zip(&self.kept).zip(&self.gained);
        genes
            .map(|((count, kept), gained)| *count as f64 * kept + gained * molecules)
            .collect()
    }
}

/// Molecules of a cell by unit of the rates that its state has.
pub fn molecules_per_rate(counts: &[u64], rates: &[f64]) -> f64 {
    counts.iter().sum::<u64>() as f64 / rates.iter().sum::<f64>().max(f64::MIN_POSITIVE)
}

/// Rates per 10,000 under an effect `[genes]`, brought back to what the genes measured added up to.
/// The effect becomes that after this.
pub fn treated_rates(effect: &mut PredictedEffect, rates: &[f64], observed: &[bool]) -> Vec<f64> {
    if effect.mean.iter().all(|change| *change == 0.0) {
        // Rescaling by a factor that rounding makes of 1 would not leave them as they are.
        return rates.to_vec();
    }
    let whole = sum_over(rates, observed);
    effect.rescale(&log_rates(rates), observed, whole)
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
