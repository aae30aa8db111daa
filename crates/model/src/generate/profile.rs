//! The profile of ln(1 + CPM) that a treatment acts on: the reference as the query keeps it.

use refcast_core::LogCpm;

use crate::latent::{Group, LatentModel, Posterior};
use crate::noise::ObservationModel;

/// The reference taken apart by the decoder.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What the decoder makes of the latents, `[genes]`.
    pub decoded: Vec<f64>,
    /// What it leaves over, `[genes]`; 0 for a gene that the reference does not measure.
    pub residual: Vec<f64>,
}

impl Profile {
    /// Takes a sample apart.
    pub fn of(model: &LatentModel, sample: &LogCpm, posterior: &Posterior) -> Self {
        let decoded = model.decode(&posterior.mean);
        let residual = sample
            .values()
            .iter()
            .zip(sample.observed().iter())
            .zip(&decoded)
            .map(|((value, observed), decoded)| if *observed { value - decoded } else { 0.0 })
            .collect();
        Self { decoded, residual }
    }

    /// The part of the residual that belongs to the groups that are kept, by gene.
    pub fn kept_residual(
        &self,
        model: &LatentModel,
        gene: usize,
        technical: bool,
        biological: bool,
    ) -> f64 {
        let share = f64::from(model.technical_share[gene]);
        let kept = if technical { share } else { 0.0 } + if biological { 1.0 - share } else { 0.0 };
        kept * self.residual[gene]
    }

    /// The expected ln(1 + CPM) of a second sample of the source: the residual less what is noise.
    pub fn without_noise(
        &self,
        noise: &ObservationModel,
        gene: usize,
        residual: f64,
        library_size: f64,
    ) -> f64 {
        let level = (self.decoded[gene] + 0.5 * residual).max(0.0);
        let cpm = libm::expm1(level);
        self.decoded[gene] + noise.persistence(gene, cpm, library_size) * residual
    }
}

/// The latents with those of the dropped groups replaced by the population's: its mean, or a draw
/// from standard normal numbers `[latents]`.
pub fn replace_groups(
    model: &LatentModel,
    own: &[f64],
    technical: bool,
    biological: bool,
    normals: Option<&[f64]>,
) -> Vec<f64> {
    let mut latents = own.to_vec();
    let dropped = [
        (Group::Technical, technical),
        (Group::Biological, biological),
    ];
    for (group, kept) in dropped {
        if kept {
            continue;
        }
        for position in model.range(group) {
            let spread = f64::from(model.prior.population_variance()[position]).sqrt();
            latents[position] = normals.map_or(0.0, |normals| normals[position] * spread);
        }
    }
    latents
}
