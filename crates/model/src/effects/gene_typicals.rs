//! What is typical of each gene over the whole bank.

use super::bank::EffectBank;

/// What is typical of each gene, `[genes]`.
#[derive(Debug, Clone)]
pub(super) struct GeneTypicals {
    /// See [`EffectBank::typical_variance`].
    pub effect: Vec<f64>,
    /// See [`EffectBank::pair_variance`]; 0 where no condition has replicates.
    pub pair: Vec<f64>,
    /// The lowest and the highest change that was measured of each gene.
    pub extremes: Vec<(f64, f64)>,
    /// The size that one change in a thousand exceeds, over all genes and conditions.
    pub rare: f64,
}

/// Steps of the size of a change that are counted, ln(1 + CPM),
const STEP: f64 = 0.01;
/// and the size beyond which they are not told apart.
const MOST_STEPS: usize = 2000;
/// The part of all changes that are rare.
const RARE: f64 = 1e-3;

impl GeneTypicals {
    pub fn of(bank: &EffectBank) -> Self {
        let genes = bank.genes();
        let (mut squares, mut n_squares) = (vec![0.0; genes], vec![0.0; genes]);
        let (mut logs, mut n_logs) = (vec![0.0; genes], vec![0.0; genes]);
        let (mut means, mut deviations) = (vec![0.0; genes], vec![0.0; genes]);
        let mut extremes = vec![(0.0_f64, 0.0_f64); genes];
        let mut sizes = vec![0_u64; MOST_STEPS + 1];
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
                    let (lowest, highest) = &mut extremes[gene];
                    *lowest = lowest.min(mean);
                    *highest = highest.max(mean);
                    sizes[((mean.abs() / STEP) as usize).min(MOST_STEPS)] += 1;
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
            extremes,
            rare: exceeded_by(&sizes, RARE),
        }
    }
}

/// The size that a part of the changes exceeds, from how many there are of each step.
fn exceeded_by(sizes: &[u64], part: f64) -> f64 {
    let total: u64 = sizes.iter().sum();
    let mut above = 0;
    let steps = sizes.iter().enumerate().rev();
    for (step, n) in steps {
        above += n;
        if above as f64 > part * total as f64 {
            return (step + 1) as f64 * STEP;
        }
    }
    0.0
}

/// A function of each average; 0 of none.
fn averages(sums: Vec<f64>, counts: Vec<f64>, of: fn(f64) -> f64) -> Vec<f64> {
    let of = |(sum, n): (f64, f64)| if n > 0.0 { of(sum / n) } else { 0.0 };
    sums.into_iter().zip(counts).map(of).collect()
}
