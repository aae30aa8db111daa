//! Whether a prediction is nearer to the right condition than to others.

/// How far two changes are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// Σ |x − y|.
    L1,
    /// √Σ (x − y)².
    L2,
    /// 1 − cosine of the angle; 1 where one side is 0.
    Cosine,
}

impl Distance {
    fn between(self, a: &[f64], b: &[f64]) -> f64 {
        let pairs = || a.iter().zip(b);
        match self {
            Self::L1 => pairs().map(|(x, y)| (x - y).abs()).sum(),
            Self::L2 => pairs().map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt(),
            Self::Cosine => {
                let product =
                    |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
                let size = (product(a, a) * product(b, b)).sqrt();
                if size > 0.0 {
                    1.0 - product(a, b) / size
                } else {
                    1.0
                }
            }
        }
    }
}

/// The discrimination score of `prediction`: the share of the wrong candidates that are farther
/// from it than the right one, ties counting half. 1 is perfect, 0.5 chance. All slices run over
/// the same genes; `candidates[right]` is the true mean change of the case's own condition. None
/// with fewer than two candidates, or without the right one.
///
/// The perturbation discrimination score of the Virtual Cell Challenge (Roohani et al. 2025,
/// doi:10.1016/j.cell.2025.06.008), scaled so that the worst rank is 0 for any number of candidates.
pub fn discrimination(
    prediction: &[f64],
    right: usize,
    candidates: &[Vec<f64>],
    distance: Distance,
) -> Option<f64> {
    let own = distance.between(prediction, candidates.get(right)?);
    let wrong = candidates.iter().enumerate().filter(|(at, _)| *at != right);
    let (mut farther, mut all) = (0.0, 0.0);
    for (_, candidate) in wrong {
        let other = distance.between(prediction, candidate);
        all += 1.0;
        if other > own {
            farther += 1.0;
        } else if other == own {
            farther += 0.5;
        }
    }
    (all > 0.0).then(|| farther / all)
}
