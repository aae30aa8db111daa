//! The mean effect, shrunk gene by gene by its own noise.

use refcast_train::bank::Contrast;

use super::{Baseline, BaselineTraining, Question};

const BINS: usize = 20;
const PRIOR_DEGREES: f64 = 3.0;
/// The least variance of true effects.
const LEAST_SIGNAL: f64 = 1e-4;

/// The shrunk mean.
pub struct ShrunkMean;

impl Baseline for ShrunkMean {
    fn name(&self) -> &'static str {
        "shrunk mean"
    }

    fn definition(&self) -> &'static str {
        "The mean m over n training samples of the same study and condition, times τ² / (τ² + s²/n): s² moderated within 20 bins of expression by 3 prior degrees of freedom, τ² the mean of m² − s²/n over genes."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let others = training.nearest(question, training.same_perturbation(question));
        let one_study = others
            .iter()
            .all(|other| training.study(other) == question.study);
        if others.len() < 2 || !one_study || question.genes.is_empty() {
            return None;
        }
        let mean = training.mean(&others, question.genes);
        Some(shrunk(&others, question.genes, &mean))
    }
}

fn shrunk(others: &[&Contrast], genes: &[usize], mean: &[f64]) -> Vec<f64> {
    let n = others.len() as f64;
    let variance: Vec<f64> = genes
        .iter()
        .zip(mean)
        .map(|(&gene, mean)| {
            let squares = others
                .iter()
                .map(|other| (f64::from(other.change[gene]) - mean).powi(2));
            squares.sum::<f64>() / (n - 1.0)
        })
        .collect();
    let level = |at: usize| {
        let levels = others.iter().map(|other| other.control[genes[at]]);
        levels.sum::<f32>()
    };
    let mut order: Vec<usize> = (0..genes.len()).collect();
    order.sort_by(|&a, &b| level(a).total_cmp(&level(b)));
    let mut prior = vec![0.0; genes.len()];
    for bin in order.chunks(genes.len().div_ceil(BINS).max(1)) {
        let mean = bin.iter().map(|&at| variance[at]).sum::<f64>() / bin.len() as f64;
        for &at in bin {
            prior[at] = mean;
        }
    }
    let squared_error: Vec<f64> = prior
        .iter()
        .zip(&variance)
        .map(|(prior, own)| {
            (PRIOR_DEGREES * prior + (n - 1.0) * own) / (PRIOR_DEGREES + n - 1.0) / n
        })
        .collect();
    let excess = mean.iter().zip(&squared_error).map(|(m, e)| m * m - e);
    let signal = (excess.sum::<f64>() / genes.len() as f64).max(LEAST_SIGNAL);
    mean.iter()
        .zip(&squared_error)
        .map(|(m, e)| m * signal / (signal + e))
        .collect()
}
