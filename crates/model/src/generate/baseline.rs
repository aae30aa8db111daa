//! A reference that the model itself generates, for the example that needs no input.

use refcast_core::Counts;
use refcast_core::random::Random;

use super::{integers, streams};
use crate::latent::LatentModel;
use crate::noise::{MILLION, ObservationModel};

/// A sample for the given metadata: latents drawn from their prior, decoded, and measured at a
/// library size.
///
/// # Errors
/// A decoder that makes nothing at all of the metadata.
pub fn sample(
    model: &LatentModel,
    noise: &ObservationModel,
    metadata: &[(&str, &str)],
    library_size: u64,
    seed: u64,
) -> refcast_core::Result<Counts> {
    let random = Random::new(seed);
    let prior = model.prior.mean(metadata.iter().copied());
    let latents: Vec<f64> = prior
        .iter()
        .zip(model.prior.variance())
        .enumerate()
        .map(|(position, (mean, variance))| {
            let normal = random.normal(streams::LATENTS, 0, position as u32);
            mean + f64::from(*variance).sqrt() * normal
        })
        .collect();
    let expected: Vec<f64> = model
        .decode(&latents)
        .iter()
        .enumerate()
        .map(|(gene, level)| {
            let deviation = f64::from(noise.deviation[gene]);
            let draw = deviation * random.normal(streams::EXAMPLE, 0, gene as u32);
            libm::expm1(level.max(0.0)) * libm::exp(draw - 0.5 * deviation * deviation)
        })
        .collect();
    let scale = library_size as f64 / expected.iter().sum::<f64>().max(1.0);
    debug_assert!(scale < MILLION * MILLION);
    let expected: Vec<f64> = expected.into_iter().map(|value| value * scale).collect();
    Counts::fully_observed(integers::draw_reads(&expected, library_size, random, 0))
}
