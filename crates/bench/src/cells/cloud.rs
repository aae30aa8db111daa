//! Clouds of cells: how far two samples of cells are from one distribution.

use rayon::prelude::*;

use super::score::moments;

/// The most cells of a cloud that are compared; evenly spaced ones of a larger.
const MOST: usize = 400;

/// Cells as points, `[cells][genes]`.
pub struct Cloud<'a>(pub Vec<&'a [f32]>);

impl<'a> Cloud<'a> {
    /// At most so many of the cells that distances are made of.
    pub fn of(cells: &'a [Vec<f32>]) -> Self {
        let n = cells.len().min(MOST);
        Self(
            (0..n)
                .map(|at| cells[at * cells.len() / n].as_slice())
                .collect(),
        )
    }
}

/// 2·E‖X − Y‖ − E‖X − X′‖ − E‖Y − Y′‖ (Székely and Rizzo 2013, doi:10.1016/j.jspi.2013.03.018),
/// unbiased: a cell is not compared with itself. About 0 for two samples of one distribution.
pub fn energy_distance(one: &Cloud<'_>, other: &Cloud<'_>) -> f64 {
    2.0 * between(one, other, f64::sqrt) - within(one, f64::sqrt) - within(other, f64::sqrt)
}

/// Squared maximum mean discrepancy, unbiased, under a Gaussian kernel whose width is the root of
/// the mean squared distance of cells of `one` (Gretton et al. 2012, JMLR 13:723).
pub fn mmd(one: &Cloud<'_>, other: &Cloud<'_>) -> f64 {
    let width = within(one, |square| square).max(f64::MIN_POSITIVE);
    let kernel = |square: f64| (-square / width).exp();
    within(one, kernel) + within(other, kernel) - 2.0 * between(one, other, kernel)
}

/// 1 − Σ (predicted − real)² / Σ (real − mean)² of the variances of some genes.
pub fn variance_r2(predicted: &[Vec<f32>], real: &[Vec<f32>], genes: &[usize]) -> f64 {
    let (of_predicted, of_real) = (moments(predicted).1, moments(real).1);
    let mean = genes.iter().map(|gene| of_real[*gene]).sum::<f64>() / genes.len() as f64;
    let sum = |of: &dyn Fn(usize) -> f64| genes.iter().map(|gene| of(*gene).powi(2)).sum::<f64>();
    let error = sum(&|gene| of_predicted[gene] - of_real[gene]);
    1.0 - error / sum(&|gene| of_real[gene] - mean).max(f64::MIN_POSITIVE)
}

fn between(one: &Cloud<'_>, other: &Cloud<'_>, of: impl Fn(f64) -> f64 + Sync) -> f64 {
    let sums: Vec<f64> = one
        .0
        .par_iter()
        .map(|a| other.0.iter().map(|b| of(square(a, b))).sum())
        .collect();
    sums.iter().sum::<f64>() / (one.0.len() * other.0.len()) as f64
}

fn within(cloud: &Cloud<'_>, of: impl Fn(f64) -> f64 + Sync) -> f64 {
    let n = cloud.0.len();
    let sums: Vec<f64> = (0..n)
        .into_par_iter()
        .map(|a| (0..a).map(|b| of(square(cloud.0[a], cloud.0[b]))).sum())
        .collect();
    2.0 * sums.iter().sum::<f64>() / (n * n.saturating_sub(1)).max(1) as f64
}

fn square(one: &[f32], other: &[f32]) -> f64 {
    let terms = one.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
    f64::from(terms.sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_agree_with_scipy_and_vanish_between_samples_of_one_cloud() {
        // scipy: x = [[0,0],[3,4],[6,8]]; y = [[0,1],[3,5]]; 2*cdist(x,y).mean() - pdist(x).mean() - pdist(y).mean()
        let (x, y) = (
            vec![vec![0.0, 0.0], vec![3.0, 4.0], vec![6.0, 8.0]],
            vec![vec![0.0, 1.0], vec![3.0, 5.0]],
        );
        let distance = energy_distance(&Cloud::of(&x), &Cloud::of(&y));
        assert!((distance - -3.154_740_76).abs() < 1e-5, "{distance}");
        // numpy: k = exp(-|a - b|^2 / 50), 50 the mean of pdist(x)**2; mean of k over pairs of x, of y, less twice that of both.
        let discrepancy = mmd(&Cloud::of(&x), &Cloud::of(&y));
        assert!((discrepancy - -0.292_353_98).abs() < 1e-6, "{discrepancy}");
        let cells = |offset: usize| -> Vec<Vec<f32>> {
            let level = |cell: usize, gene: usize| {
                let hash = (cell * 7919 + gene * 104_729 + offset * 1_299_709) % 1000;
                hash as f32 / 1000.0
            };
            (0..200)
                .map(|cell| (0..20).map(|gene| level(cell, gene)).collect())
                .collect()
        };
        let (one, other) = (cells(0), cells(1));
        assert!(energy_distance(&Cloud::of(&one), &Cloud::of(&other)).abs() < 0.02);
        assert!(mmd(&Cloud::of(&one), &Cloud::of(&other)).abs() < 0.01);
        let moved: Vec<Vec<f32>> = other
            .iter()
            .map(|cell| cell.iter().map(|x| x + 1.0).collect())
            .collect();
        assert!(energy_distance(&Cloud::of(&one), &Cloud::of(&moved)) > 1.0);
    }

    #[test]
    fn the_r2_of_variances_agrees_with_scikit_learn() {
        // a = np.array([[0,1,2],[1,3,2.5],[2,2,0]]); b = np.array([[1,0,1],[2,3,3],[0,1,2]]); r2_score(b.var(0), a.var(0))
        let a = [
            vec![0.0, 1.0, 2.0],
            vec![1.0, 3.0, 2.5],
            vec![2.0, 2.0, 0.0],
        ];
        let b = [
            vec![1.0, 0.0, 1.0],
            vec![2.0, 3.0, 3.0],
            vec![0.0, 1.0, 2.0],
        ];
        let found = variance_r2(&a, &b, &[0, 1, 2]);
        assert!((found - -0.974_609_4).abs() < 1e-6, "{found}");
    }
}
