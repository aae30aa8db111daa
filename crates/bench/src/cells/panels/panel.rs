//! A panel: some hundreds of genes, and the real changes that are asked for.

use std::collections::BTreeMap;

use refcast_core::SamplingStrategy;
use refcast_model::Model;
use refcast_train::CellCorpus;
use refcast_train::corpus::Treatment;
use refcast_train::corpus::cells::CellSet;

use super::super::arms::Row;
use super::super::finish::{Metric, Scores, scores};
use super::super::score::{correlation, moments};
use super::super::{Levels, generate, plan};
use super::{NO_CHANGE, OTHERS};
use crate::error::{Error, Result};
use crate::outcome::CaseScores;
use crate::run::MODEL;

/// Times that the expected counts of a cell are rounded, at random.
const ROUNDINGS: u32 = 4;

pub(super) const METRICS: [Metric; 2] = [
    (
        "r of change",
        "Pearson's r over the panel's genes of predicted and real change of the mean of ln(1 + CP10k). 0 for no change.",
        true,
    ),
    (
        "EV of change",
        "1 − Σ(predicted − real)² / Σ real² of the changes. 0 for no change.",
        true,
    ),
];

/// A panel, and the real changes that are asked for, by name of the fold.
pub(super) struct GenePanel<'a> {
    pub levels: Levels<'a>,
    pub changes: BTreeMap<String, Vec<f64>>,
}

impl<'a> GenePanel<'a> {
    /// Of a set, nothing asked for yet.
    pub fn new(corpus: &CellCorpus, set: &'a CellSet) -> Self {
        Self {
            levels: Levels::panel(set, part(corpus, set)),
            changes: BTreeMap::new(),
        }
    }

    /// The cells that pass.
    pub fn cells(&self, keep: impl Fn(&Row) -> bool) -> Vec<usize> {
        let rows = self.levels.set().rows.iter().enumerate();
        rows.filter(|(_, row)| keep(row))
            .map(|(cell, _)| cell)
            .collect()
    }

    /// The mean level of some cells, `[genes]`.
    pub fn mean(&self, cells: &[usize]) -> Vec<f64> {
        moments(&self.levels.of_all(cells)).0
    }

    /// The scores of a fold, and the change that the model predicts on some untreated cells.
    ///
    /// # Errors
    /// A model that cannot answer; one that refuses says no change.
    pub fn scored(
        &self,
        fold: &str,
        model: &Model,
        treatment: &Treatment,
        untreated: &[usize],
        refused: &mut usize,
    ) -> Result<(CaseScores, Vec<f64>)> {
        let strategy = SamplingStrategy::MeanEstimation;
        let own = match plan(model, Some(treatment), strategy, ROUNDINGS) {
            Ok(plan) => {
                let expected = generate(model, &plan, &self.levels, untreated)?;
                less(&moments(&expected).0, &self.mean(untreated))
            }
            Err(Error::Model(refcast_model::Error::Query(_))) => {
                *refused += 1;
                vec![0.0; self.levels.scored()]
            }
            Err(other) => return Err(other),
        };
        let truth = &self.changes[fold];
        let others: Vec<&Vec<f64>> = self
            .changes
            .iter()
            .filter(|(name, _)| *name != fold)
            .map(|(_, change)| change)
            .collect();
        let mean: Vec<f64> = (0..truth.len())
            .map(|gene| {
                others.iter().map(|own| own[gene]).sum::<f64>() / others.len().max(1) as f64
            })
            .collect();
        let nothing = vec![0.0; truth.len()];
        let methods = [(MODEL, &own), (NO_CHANGE, &nothing), (OTHERS, &mean)];
        let by_method: BTreeMap<String, Scores> = methods
            .into_iter()
            .map(|(name, predicted)| (name.to_owned(), of_change(truth, predicted)))
            .collect();
        let set = &self.levels.set().recipe.name;
        let case = CaseScores {
            group: set.clone(),
            study: set.clone(),
            sample: fold.to_owned(),
            perturbation: treatment
                .entities
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("|"),
            scores: by_method,
        };
        Ok((case, own))
    }
}

/// The part of a mean cell's molecules that are of the genes of a set.
fn part(corpus: &CellCorpus, set: &CellSet) -> f64 {
    let share = corpus.share();
    let places = set
        .genes
        .iter()
        .filter_map(|gene| corpus.axis.index_of(*gene));
    places.map(|place| f64::from(share[place.as_usize()])).sum()
}

/// The difference of two profiles.
pub(super) fn less(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(a, b)| a - b).collect()
}

/// r and explained part of a change.
fn of_change(truth: &[f64], predicted: &[f64]) -> Scores {
    let error: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p).powi(2))
        .sum();
    let size: f64 = truth.iter().map(|t| t * t).sum();
    scores([
        (METRICS[0].0, correlation(predicted, truth)),
        (METRICS[1].0, 1.0 - error / size.max(f64::MIN_POSITIVE)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_change_agree_with_numpy() {
        // t = np.array([1,-2,.5]); p = np.array([.8,-1,.1]); np.corrcoef(t,p)[0,1]; 1 - ((t-p)**2).sum()/(t**2).sum()
        let found = of_change(&[1.0, -2.0, 0.5], &[0.8, -1.0, 0.1]);
        assert!(
            (found["r of change"] - 0.971_381_0).abs() < 1e-6,
            "{found:?}"
        );
        assert!(
            (found["EV of change"] - 0.771_428_6).abs() < 1e-6,
            "{found:?}"
        );
        let nothing = of_change(&[1.0, -2.0, 0.5], &[0.0; 3]);
        assert_eq!(
            (nothing["r of change"], nothing["EV of change"]),
            (0.0, 0.0)
        );
    }
}
