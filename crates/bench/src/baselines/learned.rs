//! Rules that are learned over perturbations from what is known of their entities: ridge
//! regression, and the nearest perturbations.
//!
//! A perturbation's effect is its mean change over all training samples, each study with one vote,
//! less the mean of all perturbations. The one constant of each rule is chosen by leaving each
//! training perturbation out in turn.

use rayon::prelude::*;
use refcast_core::OntologyId;
use refcast_model::linalg::{Symmetric, dot};
use refcast_train::bank::Contrast;

use super::training::Direction;
use super::{Baseline, BaselineTraining, Question};

const PENALTIES: [f64; 5] = [0.1, 0.3, 1.0, 3.0, 10.0];
const NEIGHBOURS: [usize; 4] = [1, 3, 5, 10];

/// Both rules, fitted to a training.
pub struct Learned {
    features: Vec<Vec<f64>>,
    /// Mean effect of all perturbations, `[genes]`.
    mean: Vec<f32>,
    /// Effects less their mean, `[perturbations][genes]`; 0 where not measured.
    effects: Vec<Vec<f32>>,
    /// Ridge coefficients in the span of the perturbations, `[perturbations][genes]`.
    dual: Vec<Vec<f32>>,
    neighbours: usize,
}

/// Regression of effects on features.
pub struct Ridge;

impl Baseline for Ridge {
    fn name(&self) -> &'static str {
        "ridge"
    }

    fn definition(&self) -> &'static str {
        "Ridge regression over training perturbations of the mean Δ on features of their entities: 128 components of gene annotation, class, direction. The penalty, of 0.1, 0.3, 1, 3, 10, has the least error when each training perturbation is left out."
    }

    fn prepare(&self, training: &BaselineTraining<'_>) {
        learned(training);
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let (learned, features) = asked(training, question)?;
        let weights: Vec<f64> = learned
            .features
            .iter()
            .map(|own| dot(own, &features))
            .collect();
        Some(learned.combine(&learned.dual, &weights, question.genes))
    }
}

/// The mean effect of the perturbations that are nearest by features.
pub struct NearestPerturbations;

impl Baseline for NearestPerturbations {
    fn name(&self) -> &'static str {
        "nearest perturbations"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ of the k training perturbations with the highest cosine of features (gene annotation, class, direction). k, of 1, 3, 5, 10, has the least error when each training perturbation is left out."
    }

    fn prepare(&self, training: &BaselineTraining<'_>) {
        learned(training);
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let (learned, features) = asked(training, question)?;
        let weights = nearest(&learned.features, &features, None, learned.neighbours);
        Some(learned.combine(&learned.effects, &weights, question.genes))
    }
}

/// Both rules, fitted when one is first asked for.
fn learned<'a>(training: &'a BaselineTraining<'_>) -> &'a Learned {
    training.learned.get_or_init(|| Learned::of(training))
}

fn asked<'a>(
    training: &'a BaselineTraining<'_>,
    question: &Question<'_>,
) -> Option<(&'a Learned, Vec<f64>)> {
    let learned = learned(training);
    let features = training.features.of(
        &question.treatment.entities,
        Direction::of(question.treatment.kind),
        training.classes,
    );
    (!learned.features.is_empty()).then_some((learned, features))
}

impl Learned {
    fn of(training: &BaselineTraining<'_>) -> Self {
        let genes: Vec<usize> = (0..training.corpus.axis.len()).collect();
        let perturbations = perturbations(training);
        let features: Vec<Vec<f64>> = perturbations
            .iter()
            .map(|(entities, direction, _)| {
                training.features.of(entities, *direction, training.classes)
            })
            .collect();
        let mut effects: Vec<Vec<f32>> = perturbations
            .par_iter()
            .map(|(_, _, own)| {
                let mean = training.mean(own, &genes);
                mean.into_iter().map(|change| change as f32).collect()
            })
            .collect();
        let mut mean = vec![0.0; genes.len()];
        for gene in genes {
            let measured: Vec<usize> = (0..perturbations.len())
                .filter(|&at| {
                    let own = &perturbations[at].2;
                    own.iter().any(|contrast| training.measures(contrast, gene))
                })
                .collect();
            let sum: f32 = measured.iter().map(|&at| effects[at][gene]).sum();
            mean[gene] = sum / measured.len().max(1) as f32;
            for at in measured {
                effects[at][gene] -= mean[gene];
            }
        }
        let kernel = Symmetric::from_fn(features.len(), |a, b| dot(&features[a], &features[b]));
        Self {
            dual: ridge(&kernel, &effects),
            neighbours: neighbours(&features, &effects),
            features,
            mean,
            effects,
        }
    }

    /// The mean effect plus a weighted sum of rows, over some genes.
    fn combine(&self, rows: &[Vec<f32>], weights: &[f64], genes: &[usize]) -> Vec<f64> {
        genes
            .iter()
            .map(|&gene| {
                let rows = rows.iter().zip(weights);
                f64::from(self.mean[gene])
                    + rows
                        .map(|(row, weight)| f64::from(row[gene]) * weight)
                        .sum::<f64>()
            })
            .collect()
    }
}

/// Training contrasts by what was done: entities and direction.
type Perturbation<'a> = (&'a [OntologyId], Direction, Vec<&'a Contrast>);

fn perturbations<'a>(training: &'a BaselineTraining<'_>) -> Vec<Perturbation<'a>> {
    let mut found: Vec<Perturbation<'a>> = Vec::new();
    for contrast in &training.contrasts {
        let entities = contrast.treatment.entities.as_slice();
        let direction = Direction::of(contrast.treatment.kind);
        match found
            .iter_mut()
            .find(|(known, way, _)| *known == entities && *way == direction)
        {
            Some((_, _, own)) => own.push(contrast),
            None => found.push((entities, direction, vec![contrast])),
        }
    }
    found
}

/// (K + λ)⁻¹ Y at the penalty whose left-out residuals, (K + λ)⁻¹ Y over the diagonal of
/// (K + λ)⁻¹, are least.
fn ridge(kernel: &Symmetric, effects: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut best: Option<(f64, Vec<Vec<f32>>)> = None;
    for penalty in PENALTIES {
        let penalised = Symmetric::from_fn(kernel.n(), |a, b| {
            kernel.get(a, b) + if a == b { penalty } else { 0.0 }
        });
        let Some(factor) = penalised.cholesky() else {
            continue;
        };
        let inverse = factor.inverse();
        let dual: Vec<Vec<f32>> = (0..kernel.n())
            .into_par_iter()
            .map(|at| {
                let mut sum = vec![0.0f32; effects[at].len()];
                for (weight, row) in inverse.row(at).iter().zip(effects) {
                    for (sum, value) in sum.iter_mut().zip(row) {
                        *sum += *weight as f32 * value;
                    }
                }
                sum
            })
            .collect();
        let of_one = |at: usize| squares(&dual[at]) / inverse.get(at, at).powi(2);
        let error: f64 = (0..kernel.n()).map(of_one).sum();
        if best.as_ref().is_none_or(|(least, _)| error < *least) {
            best = Some((error, dual));
        }
    }
    best.map(|(_, dual)| dual).unwrap_or_default()
}

/// The number of neighbours whose mean is nearest to a perturbation that is left out.
fn neighbours(features: &[Vec<f64>], effects: &[Vec<f32>]) -> usize {
    let error = |count: usize| -> f64 {
        (0..features.len())
            .into_par_iter()
            .map(|at| {
                let weights = nearest(features, &features[at], Some(at), count);
                let mut left = effects[at].clone();
                for (weight, row) in weights.iter().zip(effects).filter(|(w, _)| **w > 0.0) {
                    for (left, value) in left.iter_mut().zip(row) {
                        *left -= *weight as f32 * value;
                    }
                }
                squares(&left)
            })
            // In order, so that the sum is the same for any number of threads.
            .collect::<Vec<f64>>()
            .into_iter()
            .sum()
    };
    let errors = NEIGHBOURS.map(|count| (error(count), count));
    errors
        .into_iter()
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(NEIGHBOURS[0], |(_, count)| count)
}

/// Equal weights for the nearest by cosine, 0 for the others.
fn nearest(features: &[Vec<f64>], asked: &[f64], but: Option<usize>, count: usize) -> Vec<f64> {
    let length = |of: &[f64]| dot(of, of).sqrt().max(f64::MIN_POSITIVE);
    let mut order: Vec<(f64, usize)> = features
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != but)
        .map(|(at, own)| (dot(own, asked) / (length(own) * length(asked)), at))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order.truncate(count);
    let mut weights = vec![0.0; features.len()];
    for (_, at) in &order {
        weights[*at] = 1.0 / order.len() as f64;
    }
    weights
}

fn squares(row: &[f32]) -> f64 {
    row.iter().map(|value| f64::from(*value).powi(2)).sum()
}
