//! Which genes truly changed: the moderated t of limma (Smyth 2004, doi:10.2202/1544-6115.1027) on
//! ln(1 + CPM), with the false discovery rate of Benjamini and Hochberg (1995,
//! doi:10.1111/j.2517-6161.1995.tb02031.x).
//!
//! With two or three replicates a gene's own variance says next to nothing. All genes together say
//! what variances are like, and each is drawn towards that.

mod prior;

use prior::Prior;
use special::Beta;

/// The false discovery rate under which a gene counts as changed.
pub const FDR: f64 = 0.05;

/// The changes of one condition with what speaks against chance, all `[genes]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Differential {
    /// Mean change of ln(1 + CPM).
    pub change: Vec<f64>,
    /// Moderated t.
    pub t: Vec<f64>,
    /// Two-sided p-value of t.
    pub p: Vec<f64>,
    /// The lowest false discovery rate under which the gene is found.
    pub q: Vec<f64>,
}

impl Differential {
    /// The test for changes `[samples][genes]` of ln(1 + CPM), each of a treated sample against
    /// controls of its own: is their mean 0? All rows run over the same genes; genes that are not
    /// expressed are better left out, as they tell of no variance.
    ///
    /// None with fewer than two samples or two genes, or where more than half of the genes do not
    /// vary at all.
    pub fn paired(changes: &[Vec<f64>]) -> Option<Self> {
        let n = changes.len() as f64;
        let (mean, squares) = moments(changes);
        Self::moderated(mean, squares, n - 1.0, 1.0 / n)
    }

    /// The test for treated samples that share controls, both `[samples][genes]` of ln(1 + CPM): do
    /// their means differ? Variances are taken as equal in both. Each control is given once.
    ///
    /// None with fewer than three samples in all, none on a side, or as for [`paired`](Self::paired).
    pub fn two_group(treated: &[Vec<f64>], controls: &[Vec<f64>]) -> Option<Self> {
        if treated.is_empty() || controls.is_empty() {
            return None;
        }
        let (mean, squares) = moments(treated);
        let (base, more) = moments(controls);
        let change = mean.iter().zip(&base).map(|(x, y)| x - y).collect();
        let squares = squares.iter().zip(&more).map(|(x, y)| x + y).collect();
        let (n, m) = (treated.len() as f64, controls.len() as f64);
        Self::moderated(change, squares, n + m - 2.0, 1.0 / n + 1.0 / m)
    }

    /// Whether each gene changed, at a false discovery rate, `[genes]`.
    pub fn changed(&self, rate: f64) -> Vec<bool> {
        self.q.iter().map(|&q| q < rate).collect()
    }

    /// `squares` are sums of squared residuals on `degrees` degrees of freedom, `scale` the variance
    /// of a change in units of a sample's.
    fn moderated(change: Vec<f64>, squares: Vec<f64>, degrees: f64, scale: f64) -> Option<Self> {
        if degrees < 1.0 {
            return None;
        }
        let variances: Vec<f64> = squares.iter().map(|sum| sum / degrees).collect();
        let prior = Prior::fit(&variances, degrees)?;
        // As limma has it: no more certain than if all genes had one variance.
        let total = (degrees + prior.degrees).min(degrees * variances.len() as f64);
        let t: Vec<f64> = change
            .iter()
            .zip(&variances)
            .map(|(change, &variance)| change / (scale * prior.squeeze(variance, degrees)).sqrt())
            .collect();
        let p: Vec<f64> = t.iter().map(|&t| two_sided(t, total)).collect();
        let q = false_discovery_rates(&p);
        Some(Self { change, t, p, q })
    }
}

/// Mean, and sum of squared deviations from it, by column of `[samples][genes]`.
fn moments(rows: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let genes = rows.iter().map(Vec::len).min().unwrap_or(0);
    let of_gene = |gene: usize| {
        let values = || rows.iter().map(move |row| row[gene]);
        let mean = values().sum::<f64>() / rows.len() as f64;
        let squares = values().map(|value| (value - mean).powi(2)).sum::<f64>();
        (mean, squares)
    };
    (0..genes).map(of_gene).unzip()
}

/// P(|T| ≥ |t|) of Student's t: the regularised incomplete beta function I(ν/2, ½) at ν/(ν + t²).
fn two_sided(t: f64, degrees: f64) -> f64 {
    let (a, b) = (degrees / 2.0, 0.5f64);
    (degrees / (degrees + t * t)).inc_beta(a, b, a.ln_beta(b))
}

/// Benjamini and Hochberg's: for each p, the least of p′·n/rank over the p′ that are no smaller.
fn false_discovery_rates(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut rates = vec![0.0; p.len()];
    let mut least = 1.0f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min(p[at] * p.len() as f64 / (rank + 1) as f64);
        rates[at] = least;
    }
    rates
}

#[cfg(test)]
mod tests;
