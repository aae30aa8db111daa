//! A reference that the model itself generates, for the example that needs no input.

use refcast_core::Counts;
use refcast_core::random::Random;

use super::{integers, streams};
use crate::latent::LatentModel;
use crate::noise::{MILLION, Noise};

/// A sample for the given metadata: latents at the mean of their prior, decoded, and measured at a
/// library size.
///
/// # Errors
/// A decoder that makes nothing at all of the metadata.
pub fn sample(
    model: &LatentModel,
    noise: Noise<'_>,
    metadata: &[(&str, &str)],
    library_size: u64,
    seed: u64,
) -> refcast_core::Result<Counts> {
    let random = Random::new(seed);
    // The mean of the prior: its spread is that of all samples of the corpus about their metadata,
    // tumours among them, and far wider than that of cultured cells.
    let latents = model.prior.mean(metadata.iter().copied());
    let expected: Vec<f64> = model
        .decode(&latents)
        .iter()
        .enumerate()
        .map(|(gene, level)| {
            let cpm = libm::expm1(level.max(0.0));
            let variance = noise.log_variance(gene, cpm);
            let draw = variance.sqrt() * random.normal(streams::EXAMPLE, 0, gene as u32);
            cpm * libm::exp(draw - 0.5 * variance)
        })
        .collect();
    let scale = library_size as f64 / expected.iter().sum::<f64>().max(1.0);
    debug_assert!(scale < MILLION * MILLION);
    let expected: Vec<f64> = expected.into_iter().map(|value| value * scale).collect();
    Counts::fully_observed(integers::draw_reads(&expected, library_size, random, 0))
}
