//! Whether a sample is like any that training saw.

use serde::{Deserialize, Serialize};

use super::Classifiers;
use super::view::{LatentView, squared_distance};
use crate::latent::LatentModel;
use crate::linalg::{Cholesky, Symmetric};

/// The scores beyond which a sample counts as like none of training: each is passed by one in forty
/// samples of studies that were left out of it (`cargo benchmark annotation`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Novelty {
    /// Squared distance to the nearest group over the number of latents.
    pub distance: f64,
    /// Mean over genes of the squared residual over its variance.
    pub residual: f64,
}

impl Default for Novelty {
    fn default() -> Self {
        Self {
            distance: 3.0,
            residual: 8.0,
        }
    }
}

impl Novelty {
    /// Scores relative to those at the threshold.
    pub fn relative(&self, scores: [f64; 2]) -> [f64; 2] {
        [scores[0] / self.distance, scores[1] / self.residual]
    }

    /// How new scores are: 1 at the threshold.
    pub fn of(&self, scores: [f64; 2]) -> f64 {
        let [distance, residual] = self.relative(scores);
        distance.max(residual)
    }
}

/// The groups of training as they show through the genes that some samples measure.
#[derive(Debug)]
pub struct TrainingGroups {
    anywhere: Option<Cholesky>,
    groups: Vec<Vec<f64>>,
}

impl TrainingGroups {
    /// Those that the classifiers know.
    pub fn new(classifiers: &Classifiers, view: &LatentView) -> Self {
        let (within, between) = (&classifiers.within, &classifiers.between);
        let n = within.n();
        let anywhere = Symmetric::from_fn(n, |i, j| within.get(i, j) + between.get(i, j));
        let groups = classifiers.groups.chunks(n.max(1));
        Self {
            anywhere: view.covariance(&anywhere),
            groups: groups
                .map(|own| view.mean(own.iter().map(|m| f64::from(*m))))
                .collect(),
        }
    }

    /// The scores of a sample by its levels `[genes]`, the posterior mean of its latents and the
    /// levels `[genes]` that this stands for: squared distance to the nearest group over the number
    /// of latents, and mean over the measured genes of the squared residual over its variance. That
    /// is the variance of a library as deep as those of training; `shot` is what counts of this one
    /// add to it, by the decoded level.
    pub fn scores(
        &self,
        model: &LatentModel,
        levels: &[f64],
        decoded: &[f64],
        observed: &[bool],
        latents: &[f64],
        shot: impl Fn(f64) -> f64,
    ) -> [f64; 2] {
        let (mut sum, mut n) = (0.0, 0.0);
        for (gene, variance) in model.residual_variance.iter().enumerate() {
            if observed[gene] {
                let expected = decoded[gene].max(0.0);
                let own = levels[gene] - expected;
                sum += own * own / (f64::from(*variance) + shot(expected));
                n += 1.0;
            }
        }
        [self.distance(latents), sum / f64::max(n, 1.0)]
    }

    fn distance(&self, latents: &[f64]) -> f64 {
        let Some(factor) = &self.anywhere else {
            return 0.0;
        };
        let nearest = self
            .groups
            .iter()
            .map(|mean| {
                let off: Vec<f64> = latents.iter().zip(mean).map(|(z, m)| z - m).collect();
                squared_distance(factor, &off)
            })
            .fold(f64::INFINITY, f64::min);
        if nearest.is_finite() {
            nearest / latents.len() as f64
        } else {
            0.0
        }
    }
}
