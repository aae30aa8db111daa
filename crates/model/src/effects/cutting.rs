//! What of the losses of genes is no gene's own: cells whose DNA is cut answer by p53, whatever the
//! gene. It stays in what the loss of any gene does, since an edited cell shows it; it is taken off
//! where a loss comes without a cut, or is of p53's own regulators.

use refcast_core::PerturbationType;

use super::bank::EffectBank;

/// The pathway that answers to cut DNA, by the name that footprints and regulons have for it.
pub const P53: &str = "p53";
/// The weight in its footprint, in root mean squares, at which half of a change is taken for p53's.
const HALF_BY_P53: f64 = 2.0;

/// The part of an effect that p53 may have in it, for a loss that must not answer by it.
#[derive(Debug, Clone)]
pub struct Cutting {
    /// The weight of each gene in the footprint, in root mean squares, `[genes]`.
    weights: Vec<f64>,
    /// What the loss does to p53: −1 where there is less of it, 1 where there is more; `None` where
    /// it does nothing to it and cuts nothing.
    activity: Option<f64>,
    /// Entries of the bank that hold what losses by cutting have in common.
    cut: Vec<usize>,
}

impl Cutting {
    /// For a loss by `kind` that was not seen itself. `None` where the answer of cut cells is a part
    /// of it, and for a bank that does not have p53's footprint.
    pub fn of(bank: &EffectBank, kind: PerturbationType, activity: Option<f64>) -> Option<Self> {
        if activity.is_none() && kind == PerturbationType::Crispr {
            return None;
        }
        let condition = format!("{P53} footprint");
        let entries = bank.entries();
        let footprint = (0..entries.len())
            .find(|&at| bank.is_footprint(at) && entries[at].condition == condition)?;
        let mut weights: Vec<f64> = (0..bank.genes())
            .map(|gene| bank.mean(footprint, gene).unwrap_or(0.0))
            .collect();
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        let size = (squares / weights.len() as f64).sqrt();
        if size <= 0.0 {
            return None;
        }
        for weight in &mut weights {
            *weight /= size;
        }
        let is_cut = |context: usize| {
            let cells = &bank.contexts()[context];
            entries.iter().enumerate().any(|(at, entry)| {
                let own = &bank.contexts()[entry.context];
                let here = own.study == cells.study && own.label == cells.label;
                here && !bank.is_any_loss(at) && entry.kind == PerturbationType::Crispr
            })
        };
        let cut = (0..entries.len())
            .filter(|&at| bank.is_any_loss(at) && is_cut(entries[at].context))
            .collect();
        Some(Self {
            weights,
            activity,
            cut,
        })
    }

    /// What is left of the change of each gene, `[genes]`, 0 to 1. `mean` is the change as it was
    /// told from `entries` of the bank with these `weights`.
    pub fn left<'a>(
        &'a self,
        mean: &'a [f64],
        entries: &[usize],
        weights: &[f64],
    ) -> impl Iterator<Item = f64> + 'a {
        let of = |entry: &usize| self.cut.contains(entry);
        let size = |wanted: &dyn Fn(&usize) -> bool| -> f64 {
            let own = entries
                .iter()
                .zip(weights)
                .filter(|(entry, _)| wanted(entry));
            own.map(|(_, weight)| weight.abs()).sum()
        };
        let all = size(&|_| true);
        let by_cut = if all > 0.0 { size(&of) / all } else { 0.0 };
        self.weights.iter().zip(mean).map(move |(weight, mean)| {
            let square = weight * weight;
            let of_p53 = square / (HALF_BY_P53 * HALF_BY_P53 + square);
            match self.activity {
                Some(activity) if activity * weight * mean < 0.0 => 1.0 - of_p53,
                Some(_) => 1.0,
                None => 1.0 - by_cut * of_p53,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(activity: Option<f64>, mean: [f64; 3], weights: [f64; 2]) -> Vec<f64> {
        let cutting = Cutting {
            weights: vec![2.0, -2.0, 0.0],
            activity,
            cut: vec![7],
        };
        cutting.left(&mean, &[7, 9], &weights).collect()
    }

    #[test]
    fn without_p53_nothing_changes_as_by_p53() {
        assert_eq!(
            left(Some(-1.0), [1.0, 1.0, 1.0], [1.0, 0.0]),
            [0.5, 1.0, 1.0]
        );
        assert_eq!(
            left(Some(1.0), [1.0, 1.0, 1.0], [1.0, 0.0]),
            [1.0, 0.5, 1.0]
        );
    }

    #[test]
    fn where_nothing_is_cut_what_cut_cells_told_is_taken_off_by_their_part() {
        assert_eq!(left(None, [1.0, -1.0, 1.0], [0.5, -0.5]), [0.75, 0.75, 1.0]);
        assert_eq!(left(None, [1.0, -1.0, 1.0], [0.0, 1.0]), [1.0; 3]);
    }
}
