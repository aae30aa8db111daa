//! How well a score ranks what is to be found.

/// Average precision, Σ (Rₙ − Rₙ₋₁)·Pₙ over the thresholds from the highest score down, as in
/// scikit-learn's `average_precision_score`: items of one score pass the threshold together, so
/// that their order does not matter. None where nothing, or everything, is to be found.
pub fn average_precision(scored: impl Iterator<Item = (f64, bool)>) -> Option<f64> {
    let mut scored: Vec<(f64, bool)> = scored.collect();
    let wanted = scored.iter().filter(|(_, wanted)| *wanted).count();
    if wanted == 0 || wanted == scored.len() {
        return None;
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut found, mut area) = (0, 0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let more = tied.iter().filter(|(_, wanted)| *wanted).count();
        seen += tied.len();
        found += more;
        area += more as f64 / wanted as f64 * (found as f64 / seen as f64);
    }
    Some(area)
}
