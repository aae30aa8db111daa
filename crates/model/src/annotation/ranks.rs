//! Ranks of the levels of genes: what a laboratory does to a scale leaves them nearly as they are.

/// The ranks of values, ties at their mean rank, less their mean and of length 1, so that the
/// product of two is Spearman's correlation; all 0 where all values are the same.
pub fn unit_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let middle = 0.5 * (values.len() as f64 - 1.0);
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|&a, &b| values[a].total_cmp(&values[b]).is_eq()) {
        let rank = below as f64 + 0.5 * (tied.len() as f64 - 1.0);
        for &at in tied {
            ranks[at] = rank - middle;
        }
        below += tied.len();
    }
    let length = ranks.iter().map(|rank| rank * rank).sum::<f64>().sqrt();
    if length > 0.0 {
        ranks.iter_mut().for_each(|rank| *rank /= length);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_of_ranks_is_spearmans_correlation() {
        // python: scipy.stats.spearmanr([0, 0, 3, 1, 7, 2], [1, 0, 2, 2, 5, 9]).statistic
        let (a, b) = (
            [0.0, 0.0, 3.0, 1.0, 7.0, 2.0],
            [1.0, 0.0, 2.0, 2.0, 5.0, 9.0],
        );
        let pairs = unit_ranks(&a).into_iter().zip(unit_ranks(&b));
        let product: f64 = pairs.map(|(a, b)| a * b).sum();
        assert!((product - 0.764_705_882_353).abs() < 1e-11, "{product}");
    }

    #[test]
    fn values_that_are_all_the_same_tell_nothing() {
        assert_eq!(unit_ranks(&[2.0, 2.0, 2.0]), [0.0, 0.0, 0.0]);
        assert!(unit_ranks(&[]).is_empty());
    }
}
