//! Two samples of cells of one kind, compared.

use super::super::finish::{Metric, Scores};
use super::super::score::{correlation, moments};
use crate::realism::two_sample::{Rows, of_profiles, of_residuals};

/// Least part of the real cells that detect a gene for it to count.
const LEAST_DETECTED: f64 = 0.05;
/// Parts of the cells of each side, of which one is left out at a time.
const PARTS: usize = 5;

/// The figures of some cells against real ones, `[cells][scored]` each, by the names of the metrics.
pub(super) fn compare(cells: &[Vec<f32>], real: &[Vec<f32>], metrics: &[Metric; 5]) -> Scores {
    let (mean, variance) = moments(real);
    let detected = |gene: usize| real.iter().filter(|cell| cell[gene] > 0.0).count() as f64;
    let least = LEAST_DETECTED * real.len() as f64;
    let mut genes: Vec<usize> = (0..mean.len())
        .filter(|&gene| detected(gene) >= least)
        .collect();
    genes.sort_by(|a, b| mean[*a].total_cmp(&mean[*b]).then(a.cmp(b)));
    let (own_mean, own_variance) = moments(cells);
    let zero = vec![0.0; mean.len()];
    let profiles = [rows(cells, &zero, &genes), rows(real, &zero, &genes)];
    let residuals = [rows(cells, &own_mean, &genes), rows(real, &mean, &genes)];
    let varying = genes
        .iter()
        .filter(|gene| variance[**gene] > 0.0 && own_variance[**gene] > 0.0);
    let over =
        |of: &dyn Fn(usize) -> f64| -> Vec<f64> { varying.clone().map(|&gene| of(gene)).collect() };
    let values = [
        of_profiles(&profiles),
        of_residuals(&residuals),
        correlation(
            &over(&|gene| own_variance[gene].ln()),
            &over(&|gene| variance[gene].ln()),
        ),
        correlation(
            &over(&|gene| (own_variance[gene] / own_mean[gene]).ln()),
            &over(&|gene| (variance[gene] / mean[gene]).ln()),
        ),
        (zeros(cells, &genes) - zeros(real, &genes)).abs(),
    ];
    let named = metrics.iter().zip(values);
    named
        .map(|((name, ..), value)| ((*name).to_owned(), value))
        .collect()
}

/// Cells less a profile, over some genes, each with the part that it is left out with.
fn rows(cells: &[Vec<f32>], centre: &[f64], genes: &[usize]) -> Rows {
    let numbered = cells.iter().enumerate();
    numbered
        .map(|(at, cell)| {
            let off = genes
                .iter()
                .map(|&gene| f64::from(cell[gene]) - centre[gene]);
            (at % PARTS, off.collect())
        })
        .collect()
}

fn zeros(cells: &[Vec<f32>], genes: &[usize]) -> f64 {
    let silent: usize = cells
        .iter()
        .map(|cell| genes.iter().filter(|gene| cell[**gene] == 0.0).count())
        .sum();
    silent as f64 / (cells.len() * genes.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [Metric; 5] = [
        ("profile", "", false),
        ("scatter", "", false),
        ("variance", "", true),
        ("over mean", "", true),
        ("zeros", "", false),
    ];

    /// Poisson-like counts of 60 cells and 80 genes: a hash stands for a draw.
    fn cells(seed: usize, scale: f32) -> Vec<Vec<f32>> {
        let level = |cell: usize, gene: usize| {
            let hash = (cell * 7919 + gene * 104_729 + seed * 1_299_709) % 997;
            let draw = hash as f32 / 997.0;
            let mean = 0.2 + gene as f32 / 80.0;
            (mean * scale * (draw * 4.0).floor()).ln_1p()
        };
        (0..60)
            .map(|cell| (0..80).map(|gene| level(cell, gene)).collect())
            .collect()
    }

    #[test]
    fn cells_of_one_distribution_cannot_be_told_apart_and_scaled_ones_can() {
        let (one, other) = (cells(1, 1.0), cells(2, 1.0));
        let same = compare(&one, &other, &NAMES);
        assert!((same["profile"] - 0.5).abs() < 0.15, "{same:?}");
        let scaled = compare(&cells(1, 4.0), &other, &NAMES);
        assert!(scaled["profile"] > 0.9, "{scaled:?}");
        assert!(same["variance"] > 0.9 && same["zeros"] < 0.02, "{same:?}");
    }

    #[test]
    fn figures_of_genes_agree_with_numpy() {
        // python: a = np.array([[1,0,2],[3,1,2.5],[2,0.5,0]]); b = np.array([[1,0,1],[2,3,3],[0,1,2]])
        // np.corrcoef(np.log(a.var(0)), np.log(b.var(0)))[0,1] -> -0.9602019
        // np.corrcoef(np.log(a.var(0)/a.mean(0)), np.log(b.var(0)/b.mean(0)))[0,1] -> -0.8951018
        // abs((a == 0).mean() - (b == 0).mean()) -> 0
        let a = vec![
            vec![1.0, 0.0, 2.0],
            vec![3.0, 1.0, 2.5],
            vec![2.0, 0.5, 0.0],
        ];
        let b = vec![
            vec![1.0, 0.0, 1.0],
            vec![2.0, 3.0, 3.0],
            vec![0.0, 1.0, 2.0],
        ];
        let found = compare(&a, &b, &NAMES);
        assert!((found["variance"] - -0.960_201_9).abs() < 1e-6, "{found:?}");
        assert!(
            (found["over mean"] - -0.895_101_8).abs() < 1e-6,
            "{found:?}"
        );
        assert_eq!(found["zeros"], 0.0);
    }
}
