//! A reference that the model itself generates, for the example that needs no input.

use refcast_core::Counts;
use refcast_core::random::Random;

use super::cell::draw_cell;
use super::measurement::measure;
use super::streams;
use crate::latent::LatentModel;
use crate::measurement::Measurement;

/// A sample for the given metadata: latents at the mean of their prior, decoded, and measured at a
/// library size.
///
/// # Errors
/// A decoder that makes nothing at all of the metadata.
pub fn sample(
    model: &LatentModel,
    measurement: &Measurement,
    metadata: &[(&str, &str)],
    library_size: u64,
    seed: u64,
) -> refcast_core::Result<Counts> {
    let random = Random::new(seed);
    // The mean of the prior: its spread is that of all samples of the corpus about their metadata,
    // tumours among them, and far wider than that of cultured cells.
    let latents = model.prior.mean(metadata.iter().copied());
    let reads = match measurement {
        Measurement::Bulk(noise) => {
            let levels = model.decode(&latents);
            let cpm: Vec<f64> = levels
                .iter()
                .map(|level| libm::expm1(level.max(0.0)))
                .collect();
            let noise = noise.of_study(None);
            measure(&cpm, noise, library_size, random, streams::EXAMPLE, 0)
        }
        Measurement::Cells(cells) => {
            let depth = cells.depth(library_size as f64);
            let rates = cells.rates(&depth, model, &latents);
            draw_cell(cells, &rates, library_size, random, 0)
        }
    };
    Counts::fully_observed(reads)
}
