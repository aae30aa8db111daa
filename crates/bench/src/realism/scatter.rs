//! How samples of one source scatter: variance by gene, zeros, genes that move together.

use refcast_train::evaluate::pearson;

use super::groups::ConditionSamples;

/// Least genes of a module that are expressed.
const LEAST_GENES: usize = 10;

/// Scatter of the samples of several conditions about their conditions' means.
pub struct Scatter {
    /// Variance of ln(1 + CPM) within conditions, `[genes]`.
    variance: Vec<f64>,
    /// Share of genes and samples with no read.
    zeros: f64,
    /// Mean correlation of two genes of a module, `[modules]`; none with too few genes.
    modules: Vec<Option<f64>>,
}

impl Scatter {
    /// Of the conditions, with modules and expressed genes by place among the measured.
    pub fn of(batches: &[&ConditionSamples], modules: &[Vec<usize>], expressed: &[bool]) -> Self {
        let residuals: Vec<Vec<f64>> = batches.iter().flat_map(|one| one.residuals()).collect();
        let n = residuals.len().max(1) as f64;
        let genes = expressed.len();
        let mut variance = vec![0.0; genes];
        for residual in &residuals {
            for (sum, value) in variance.iter_mut().zip(residual) {
                *sum += value * value / n;
            }
        }
        // A level is 0 for a count of 0 and for no other.
        let zeros: usize = batches
            .iter()
            .flat_map(|batch| &batch.samples)
            .map(|sample| sample.iter().filter(|level| **level == 0.0).count())
            .sum();
        let modules = modules.iter();
        let modules = modules
            .map(|module| correlation(module, &residuals, &variance, expressed))
            .collect();
        Self {
            variance,
            zeros: zeros as f64 / (n * genes.max(1) as f64),
            modules,
        }
    }

    /// Share of zeros.
    pub fn zeros(&self) -> f64 {
        self.zeros
    }

    /// Over genes that vary in both: Pearson's r of the log variances, and the mean of
    /// ln(own variance / other variance).
    pub fn variances(&self, other: &Self) -> (f64, f64) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for (a, b) in self.variance.iter().zip(&other.variance) {
            if *a > 0.0 && *b > 0.0 {
                own.push(a.ln());
                others.push(b.ln());
            }
        }
        let n = own.len().max(1) as f64;
        let ratio = (own.iter().sum::<f64>() - others.iter().sum::<f64>()) / n;
        (pearson(&own, &others), ratio)
    }

    /// Pearson's r over modules of the mean correlation within them.
    pub fn module_correlation(&self, other: &Self) -> f64 {
        let pairs = self.modules.iter().zip(&other.modules);
        let (own, others): (Vec<f64>, Vec<f64>) = pairs.filter_map(|(a, b)| a.zip(*b)).unzip();
        pearson(&own, &others)
    }
}

/// Mean correlation of two genes of a module over the residuals: of standardised genes, the
/// variance of their sum is their number plus all correlations.
fn correlation(
    module: &[usize],
    residuals: &[Vec<f64>],
    variance: &[f64],
    expressed: &[bool],
) -> Option<f64> {
    let genes: Vec<usize> = module
        .iter()
        .copied()
        .filter(|&gene| expressed[gene] && variance[gene] > 0.0)
        .collect();
    if genes.len() < LEAST_GENES {
        return None;
    }
    let n = genes.len() as f64;
    let square = |residual: &Vec<f64>| {
        let sum = genes
            .iter()
            .map(|&gene| residual[gene] / variance[gene].sqrt());
        sum.sum::<f64>().powi(2)
    };
    let total = residuals.iter().map(square).sum::<f64>() / residuals.len().max(1) as f64;
    Some((total - n) / (n * (n - 1.0)))
}
