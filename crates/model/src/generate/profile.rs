//! The profile of ln(1 + CPM) that a treatment acts on: the reference as the query keeps it.

use refcast_core::Counts;

use super::perturbed_reference::BulkReference;
use crate::latent::{LatentGroup, LatentModel, LatentPosterior};
use crate::noise::Noise;

/// The reference taken apart by the decoder: what the decoder leaves over, `[genes]`; 0 for a gene
/// that the reference does not measure.
#[derive(Debug, Clone)]
pub struct Residual {
    /// Of the reference as it was measured.
    pub measured: Vec<f64>,
    /// Of what a second sample of the source is expected to show.
    pub lasting: Vec<f64>,
}

impl Residual {
    /// Takes a sample apart.
    pub fn of(
        model: &LatentModel,
        noise: Noise<'_>,
        counts: &Counts,
        reference: &BulkReference,
        posterior: &LatentPosterior,
    ) -> Self {
        let (levels, library_size) = (&reference.profile, reference.library);
        let decoded = model.decode(&posterior.mean);
        let mut residual = Self {
            measured: vec![0.0; decoded.len()],
            lasting: vec![0.0; decoded.len()],
        };
        let genes = (0..decoded.len()).filter(|&gene| counts.observed()[gene]);
        let (mut squares, mut n) = (0.0, 0.0);
        for gene in genes.clone() {
            residual.measured[gene] = levels[gene] - decoded[gene];
            let typical = libm::expm1(decoded[gene].max(0.0));
            squares += noise.relative_square(gene, residual.measured[gene], typical, library_size);
            n += 1.0;
        }
        // Cells or a laboratory that the decoder does not know.
        let strangeness = (squares / f64::max(n, 1.0)).max(1.0);
        for gene in genes {
            let typical = libm::expm1(decoded[gene].max(0.0));
            let count = counts.values()[gene] as f64;
            let persistence = noise.persistence(gene, residual.measured[gene], strangeness);
            let expected = noise.second_sample(gene, typical, count, library_size, persistence);
            residual.lasting[gene] = libm::log1p(expected) - decoded[gene];
        }
        residual
    }
}

/// The part of a residual that belongs to the groups that are kept, `[genes]`.
pub fn kept(model: &LatentModel, residual: &[f64], technical: bool, biological: bool) -> Vec<f64> {
    let parts = model.technical_share.iter().zip(residual);
    parts
        .map(|(share, residual)| {
            let share = f64::from(*share);
            let technical = if technical { share } else { 0.0 };
            let biological = if biological { 1.0 - share } else { 0.0 };
            (technical + biological) * residual
        })
        .collect()
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
        (LatentGroup::Technical, technical),
        (LatentGroup::Biological, biological),
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
