//! What the variances of genes are like: scaled inverse χ², fitted by the mean and the variance of
//! log variances (Smyth 2004, section 6.2).

use special::Gamma;

/// A variance below this share of the median is no measurement: rounding, or a gene with hardly a
/// read. It would drag the mean of the logarithms far down.
const LEAST_VARIANCE: f64 = 1e-5;

/// The prior of a gene's variance: d₀·s₀²/σ² is χ² on d₀ degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// d₀; infinite where variances differ no more than chance has it.
    pub degrees: f64,
    /// s₀².
    pub variance: f64,
}

impl Prior {
    /// From the variances of genes, each on `degrees` degrees of freedom. None with fewer than two
    /// genes, or where more than half have no variance.
    pub fn fit(variances: &[f64], degrees: f64) -> Option<Self> {
        let n = variances.len() as f64;
        let median = median(variances)?;
        if variances.len() < 2 || median <= 0.0 {
            return None;
        }
        let variances = || {
            let least = LEAST_VARIANCE * median;
            variances.iter().map(move |variance| variance.max(least))
        };
        let half = degrees / 2.0;
        // E ln s² is ln σ² + ψ(d/2) − ln(d/2).
        let logarithms = || variances().map(|variance| variance.ln() - half.digamma() + half.ln());
        let mean = logarithms().sum::<f64>() / n;
        let spread = logarithms().map(|e| (e - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let beyond_chance = spread - half.trigamma();
        if beyond_chance <= 0.0 {
            // The maximum-likelihood estimate where all genes have one variance.
            return Some(Self {
                degrees: f64::INFINITY,
                variance: variances().sum::<f64>() / n,
            });
        }
        let half = inverse_trigamma(beyond_chance);
        Some(Self {
            degrees: 2.0 * half,
            variance: (mean + half.digamma() - half.ln()).exp(),
        })
    }

    /// The posterior variance (d₀·s₀² + d·s²) / (d₀ + d) of a gene.
    pub fn squeeze(&self, variance: f64, degrees: f64) -> f64 {
        if self.degrees.is_finite() {
            (self.degrees * self.variance + degrees * variance) / (self.degrees + degrees)
        } else {
            self.variance
        }
    }
}

/// y with ψ′(y) = x, by bisection: ψ′ falls, and 1/ψ′(y) lies between y − ½ and y.
fn inverse_trigamma(x: f64) -> f64 {
    let (mut low, mut high) = (1.0 / x, 1.0 / x + 0.5);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if middle.trigamma() > x {
            low = middle;
        } else {
            high = middle;
        }
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let upper = sorted.get(n / 2)?;
    let lower = sorted.get((n - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}
