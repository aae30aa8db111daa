//! A measurement of a state: the level of each gene in this sample, then reads of it.

use refcast_core::random::{Random, RandomStream};

use super::integers;
use crate::noise::Noise;

/// Draws the reads of one sample, `[genes]`, that add up to `library_size`, from the expected
/// counts per million of its source. `levels` is the stream that the genes' levels are drawn from.
pub fn measure(
    cpm: &[f64],
    noise: Noise<'_>,
    library_size: u64,
    random: Random,
    levels: RandomStream,
    sample: u64,
) -> Vec<u64> {
    // The directions' draws follow those of the genes.
    let direction = |at: usize| random.normal(levels, sample, (cpm.len() + at) as u32);
    let shared = noise.shared_deviation(cpm.len(), direction);
    let mut expected: Vec<f64> = cpm
        .iter()
        .zip(shared)
        .enumerate()
        .map(|(gene, (cpm, shared))| {
            let own = noise.own_variance(gene, *cpm).sqrt();
            let normal = random.normal(levels, sample, gene as u32);
            let deviation = shared + own * normal;
            cpm * libm::exp(deviation - 0.5 * noise.log_variance(gene, *cpm))
        })
        .collect();
    let total: f64 = expected.iter().sum();
    let scale = if total > 0.0 {
        library_size as f64 / total
    } else {
        0.0
    };
    for value in &mut expected {
        *value *= scale;
    }
    integers::draw_reads(&expected, library_size, random, sample)
}
