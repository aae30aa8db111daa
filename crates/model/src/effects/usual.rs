//! What is usual of each gene over the whole bank.

use super::bank::EffectBank;

/// What is usual of each gene, `[genes]`.
#[derive(Debug, Clone)]
pub(super) struct Usual {
    /// See [`EffectBank::typical_variance`].
    pub effect: Vec<f64>,
    /// See [`EffectBank::pair_variance`]; 0 where no condition has replicates.
    pub pair: Vec<f64>,
}

impl Usual {
    pub fn of(bank: &EffectBank) -> Self {
        let genes = bank.genes();
        let (mut squares, mut n_squares) = (vec![0.0; genes], vec![0.0; genes]);
        let (mut logs, mut n_logs) = (vec![0.0; genes], vec![0.0; genes]);
        let (mut means, mut deviations) = (vec![0.0; genes], vec![0.0; genes]);
        for (at, entry) in bank.entries().iter().enumerate() {
            bank.read_means(at, &mut means);
            bank.read_deviations(at, &mut deviations);
            let measured = bank.measured_by(entry.study);
            let in_cells = !bank.is_footprint(at);
            for gene in (0..genes).filter(|&gene| measured[gene] != 0) {
                let (mean, deviation) = (f64::from(means[gene]), f64::from(deviations[gene]));
                if in_cells {
                    squares[gene] += mean * mean - entry.error_scale * deviation * deviation;
                    n_squares[gene] += 1.0;
                }
                if entry.samples > 1 && deviation > 0.0 {
                    logs[gene] += libm::log(deviation);
                    n_logs[gene] += 1.0;
                }
            }
        }
        Self {
            effect: averages(squares, n_squares, |mean| mean.max(0.0)),
            pair: averages(logs, n_logs, |mean| libm::exp(2.0 * mean)),
        }
    }
}

/// A function of each average; 0 of none.
fn averages(sums: Vec<f64>, counts: Vec<f64>, of: fn(f64) -> f64) -> Vec<f64> {
    let of = |(sum, n): (f64, f64)| if n > 0.0 { of(sum / n) } else { 0.0 };
    sums.into_iter().zip(counts).map(of).collect()
}
