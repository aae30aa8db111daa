//! The mean of ln(1 + CP10k) of a gene by its rate, at a library size.

use std::sync::Arc;

use super::TEN_THOUSAND;

/// Means of counts that the function is kept at: evenly spaced in ln, from the least to the most.
const POINTS: usize = 192;
const LEAST: f64 = 1e-4;
const MOST: f64 = 1e3;
/// Deviations of a Poisson count from its mean beyond which it is left out.
const REACH: f64 = 9.0;

/// Probabilities of Poisson counts, which all library sizes share.
#[derive(Debug, Clone)]
pub struct DepthTable {
    /// At every point.
    rows: Arc<Vec<CountProbabilities>>,
}

/// The counts that have a probability at a mean.
#[derive(Debug)]
struct CountProbabilities {
    first: usize,
    probabilities: Vec<f64>,
}

/// The mean of ln(1 + 10⁴·X/L), X Poisson with mean L·λ/10⁴, as a function of λ: continuous,
/// rising, from 0 at 0. The counts' further dispersion is in a gene's factor.
#[derive(Debug, Clone)]
pub struct Depth {
    /// Molecules per unit of rate: L / 10⁴.
    exposure: f64,
    /// The function at the points.
    values: Vec<f64>,
}

impl Default for DepthTable {
    fn default() -> Self {
        Self::new()
    }
}

impl DepthTable {
    /// The probabilities.
    pub fn new() -> Self {
        let rows = (0..POINTS).map(|at| poisson(mean_at(at as f64))).collect();
        Self {
            rows: Arc::new(rows),
        }
    }

    /// The function for a library of that size.
    pub fn at(&self, library_size: f64) -> Depth {
        let exposure = library_size.max(1.0) / TEN_THOUSAND;
        let most = self
            .rows
            .iter()
            .map(|row| row.first + row.probabilities.len());
        let logs: Vec<f64> = (0..most.max().unwrap_or(0))
            .map(|count| libm::log1p(count as f64 / exposure))
            .collect();
        let values = self.rows.iter().map(|row| {
            let logs = &logs[row.first..];
            let terms = row.probabilities.iter().zip(logs);
            terms.map(|(probability, log)| probability * log).sum()
        });
        Depth {
            exposure,
            values: values.collect(),
        }
    }
}

impl Depth {
    /// The mean of ln(1 + CP10k) at a rate (per 10,000).
    pub fn level(&self, rate: f64) -> f64 {
        let mean = rate * self.exposure;
        if mean <= LEAST {
            return self.values[0] * (mean / LEAST).max(0.0);
        }
        if mean >= MOST {
            return libm::log1p(rate);
        }
        at(&self.values, libm::log(mean / LEAST) / step())
    }

    /// The rate (per 10,000) at which the mean of ln(1 + CP10k) is `level`; 0 for one of 0 or less.
    pub fn rate(&self, level: f64) -> f64 {
        let first = self.values[0];
        if level <= first {
            return (level / first).max(0.0) * LEAST / self.exposure;
        }
        let above = self.values.partition_point(|value| *value < level);
        if above >= POINTS {
            return libm::expm1(level);
        }
        let (low, high) = (self.values[above - 1], self.values[above]);
        let share = (level - low) / (high - low);
        let place = (above - 1) as f64 + share;
        LEAST * libm::exp(place * step()) / self.exposure
    }
}

/// The value at a place among the points.
fn at(values: &[f64], place: f64) -> f64 {
    let below = (place as usize).min(POINTS - 2);
    let share = place - below as f64;
    values[below] * (1.0 - share) + values[below + 1] * share
}

fn step() -> f64 {
    libm::log(MOST / LEAST) / (POINTS - 1) as f64
}

fn mean_at(point: f64) -> f64 {
    LEAST * libm::exp(point * step())
}

fn poisson(mean: f64) -> CountProbabilities {
    let spread = REACH * mean.sqrt() + REACH;
    let first = (mean - spread).max(0.0) as usize;
    let last = (mean + spread) as usize;
    let log_mean = libm::log(mean);
    let probability =
        |count: usize| libm::exp(count as f64 * log_mean - mean - libm::lgamma(count as f64 + 1.0));
    CountProbabilities {
        first,
        probabilities: (first..=last).map(probability).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_of_a_rate_is_the_mean_over_poisson_counts() {
        // sum(poisson.pmf(k, .3) * log1p(k * 1e4 / 2000) for k in range(60)), scipy 1.17
        let depth = DepthTable::new().at(2000.0);
        assert!(
            (depth.level(1.5) - 0.488_204_3).abs() < 3e-4,
            "{}",
            depth.level(1.5)
        );
    }

    #[test]
    fn rate_and_level_are_each_others_inverse_at_any_depth() {
        for library in [80.0, 1712.0, 24_149.0, 668_768.0] {
            let depth = DepthTable::new().at(library);
            for rate in [1e-5, 0.003, 0.1, 1.0, 7.5, 60.0, 900.0, 4000.0] {
                let back = depth.rate(depth.level(rate));
                assert!((back / rate - 1.0).abs() < 2e-3, "{library} {rate} {back}");
            }
        }
    }

    #[test]
    fn no_expression_is_no_level() {
        let depth = DepthTable::new().at(1000.0);
        assert!(depth.level(0.0).abs() < 1e-15 && depth.rate(-0.3).abs() < 1e-15);
    }
}
