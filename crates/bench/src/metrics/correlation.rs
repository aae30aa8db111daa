//! Correlations that say 0 of a prediction that does not vary, and nothing of such a truth.

/// Pearson's correlation. 0 where the prediction is the same everywhere; none where the truth is,
/// or with fewer than two values.
pub fn pearson(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    if is_constant(truth) {
        None
    } else if is_constant(predicted) {
        Some(0.0)
    } else {
        Some(refcast_train::evaluate::pearson(predicted, truth))
    }
}

/// Spearman's correlation: Pearson's of the ranks, ties at the mean of their ranks.
pub fn spearman(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    pearson(&ranks(predicted), &ranks(truth))
}

/// Asked of the values, not of their variance: that of 0.1, 0.1, 0.1 is not 0 in floating point.
fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// Ranks from 1, ties at their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &at in tied {
            ranks[at] = rank;
        }
        before += tied.len();
    }
    ranks
}
