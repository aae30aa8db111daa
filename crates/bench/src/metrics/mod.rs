//! How near a prediction is to the truth: the metrics of every table, the most important first.
//!
//! Changes are of ln(1 + CPM) against controls, over the genes that a case scores. A metric that
//! does not apply is absent, never NaN.

pub(crate) mod correlation;
mod discrimination;
mod energy;
mod ranking;

use std::collections::BTreeMap;

pub use discrimination::{Distance, discrimination};
pub use energy::energy;
use refcast_train::evaluate::explained;

use crate::outcome::{Definition, MetricInfo};

/// The name of [`discrimination()`] by [`Distance::L1`] among the scores.
pub const DISCRIMINATION: &str = "discrimination";
/// The name of [`energy()`] among the scores.
pub const ENERGY: &str = "energy";

/// Genes that `r200` looks at.
const LARGEST: usize = 200;
/// Fewest truly changed genes that direction and order are judged on.
const LEAST_CHANGED: usize = 10;
/// A prediction this near to the mean of the perturbed, against that mean's size, is that mean up
/// to the rounding of f32.
const ROUNDING: f64 = 1e-5;

/// One case and one prediction for it. All slices run over the scored genes.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// True change.
    pub truth: &'a [f64],
    /// Predicted change.
    pub predicted: &'a [f64],
    /// Mean change of the perturbed samples of training; none where training has none.
    pub perturbed_mean: Option<&'a [f64]>,
    /// Whether the gene is truly changed in the case's condition; none where too few samples tell.
    pub changed: Option<&'a [bool]>,
}

/// Metric → value for one case: all of [`all`] but [`DISCRIMINATION`] and [`ENERGY`], which need
/// more than one case.
pub fn score(case: &Scored<'_>) -> BTreeMap<String, f64> {
    let found = [
        ("r", correlation::pearson(case.predicted, case.truth)),
        ("r200", r_of_largest(case)),
        ("EV", explained_fraction(case)),
        ("r_vs_perturbed", r_vs_perturbed(case)),
        ("direction", direction(case)),
        ("spearman", spearman(case)),
        ("auprc", auprc(case)),
    ];
    let applies = found.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| value.is_finite())?;
        Some((name.to_owned(), value))
    });
    applies.collect()
}

/// The metrics, the most important first.
pub fn all() -> Vec<MetricInfo> {
    let higher = |name, definition| info(name, definition, true);
    vec![
        higher(
            "r",
            "Pearson's correlation of predicted and true change over the scored genes. 0 for a \
             prediction that is the same for every gene.",
        ),
        higher(
            "EV",
            "Explained fraction, 1 − MSE(prediction) / MSE(no change), over the scored genes. 1 is \
             perfect, 0 no better than saying nothing, negative worse.",
        ),
        higher(
            "r_vs_perturbed",
            "Pearson's correlation of (prediction − m) and (truth − m) over the scored genes, m the \
             mean change of the perturbed samples of training: what is special to the perturbation, \
             beyond what all share.",
        ),
        higher(
            "r200",
            "Pearson's correlation over the 200 scored genes with the largest |true change|.",
        ),
        higher(
            "direction",
            "Share of the truly changed genes (moderated t over the condition's samples, FDR 5 %) \
             whose predicted sign is that of the true change; a change of 0 counts half. Absent with \
             fewer than 10 changed genes.",
        ),
        higher(
            "spearman",
            "Spearman's correlation (mean ranks for ties) of predicted and true change over the \
             truly changed genes. Absent with fewer than 10 changed genes.",
        ),
        higher(
            "auprc",
            "Area under the precision–recall curve (average precision, Σ (Rₙ − Rₙ₋₁)·Pₙ) of \
             |predicted change| in finding the truly changed genes among the scored ones. By chance \
             it is their share.",
        ),
        higher(
            DISCRIMINATION,
            "Share of the other conditions of the same setting whose true mean change is farther \
             (L1) from the prediction than that of the right one; a tie counts half. 1 is perfect, \
             0.5 chance.",
        ),
        info(
            ENERGY,
            "Energy distance of the predicted (X) and the real (Y) treated profiles of a condition, \
             2E|X − Y| − E|X − X′| − E|Y − Y′|, Euclidean over ln(1 + CPM) of the scored genes, X′ \
             and Y′ other profiles of the same kind.",
            false,
        ),
    ]
}

fn info(name: &str, definition: &str, higher_is_better: bool) -> MetricInfo {
    MetricInfo {
        described: Definition {
            name: name.to_owned(),
            definition: definition.to_owned(),
        },
        higher_is_better,
    }
}

fn r_of_largest(case: &Scored<'_>) -> Option<f64> {
    let mut pairs: Vec<(f64, f64)> = pairs(case).collect();
    // Stable: genes of one size keep their order, so that the answer is one.
    pairs.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    pairs.truncate(LARGEST);
    let (predicted, truth): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    correlation::pearson(&predicted, &truth)
}

fn explained_fraction(case: &Scored<'_>) -> Option<f64> {
    let says_something = case.truth.iter().any(|&change| change != 0.0);
    says_something.then(|| explained(case.predicted, case.truth))
}

fn r_vs_perturbed(case: &Scored<'_>) -> Option<f64> {
    let mean = case.perturbed_mean?;
    let beyond = |of: &[f64]| -> Vec<f64> { of.iter().zip(mean).map(|(x, m)| x - m).collect() };
    let (predicted, truth) = (beyond(case.predicted), beyond(case.truth));
    let size = |of: &[f64]| of.iter().map(|x| x * x).sum::<f64>().sqrt();
    if size(&predicted) <= ROUNDING * size(mean) {
        // The residue of rounding has a correlation, and no meaning.
        return correlation::pearson(&vec![0.0; predicted.len()], &truth);
    }
    correlation::pearson(&predicted, &truth)
}

fn direction(case: &Scored<'_>) -> Option<f64> {
    let changed = changed_pairs(case)?;
    let right = changed.iter().map(|(predicted, truth)| {
        if *predicted == 0.0 || *truth == 0.0 {
            0.5
        } else {
            f64::from(u8::from((*predicted > 0.0) == (*truth > 0.0)))
        }
    });
    Some(right.sum::<f64>() / changed.len() as f64)
}

fn spearman(case: &Scored<'_>) -> Option<f64> {
    let (predicted, truth): (Vec<f64>, Vec<f64>) = changed_pairs(case)?.into_iter().unzip();
    correlation::spearman(&predicted, &truth)
}

fn auprc(case: &Scored<'_>) -> Option<f64> {
    let size = case.predicted.iter().map(|change| change.abs());
    ranking::average_precision(size.zip(case.changed?.iter().copied()))
}

/// Predicted and true change of the truly changed genes, if there are enough.
fn changed_pairs(case: &Scored<'_>) -> Option<Vec<(f64, f64)>> {
    let changed = pairs(case).zip(case.changed?);
    let pairs: Vec<(f64, f64)> = changed
        .filter_map(|(pair, &changed)| changed.then_some(pair))
        .collect();
    (pairs.len() >= LEAST_CHANGED).then_some(pairs)
}

fn pairs<'a>(case: &Scored<'a>) -> impl Iterator<Item = (f64, f64)> + use<'a> {
    case.predicted
        .iter()
        .copied()
        .zip(case.truth.iter().copied())
}

#[cfg(test)]
mod tests;
