//! How near a predicted change is to the true one.

/// Pearson's correlation; 0 where one side does not vary.
pub fn pearson(predicted: &[f64], truth: &[f64]) -> f64 {
    refcast_model::effects::correlation(predicted.iter().copied().zip(truth.iter().copied()))
}

/// Explained fraction: 1 − MSE(predicted) / MSE(no change). 1 is perfect, 0 no better than saying
/// nothing, negative worse.
pub fn explained(predicted: &[f64], truth: &[f64]) -> f64 {
    let error: f64 = predicted
        .iter()
        .zip(truth)
        .map(|(p, t)| (p - t).powi(2))
        .sum();
    let size: f64 = truth.iter().map(|t| t * t).sum();
    if size > 0.0 { 1.0 - error / size } else { 0.0 }
}
