//! Samples from one reference, by the model and by simple rules.

use refcast_core::random::{Random, RandomStream};
use refcast_core::{Conditioning, Perturbation, Query, SamplingStrategy};
use refcast_model::{Model, Reference};
use refcast_train::corpus::Expression;
use refcast_train::evaluate::counts_of;

use super::groups::{ConditionSamples, Replicates};
use crate::error::Result;

const LEVELS: RandomStream = RandomStream(1);
const READS: RandomStream = RandomStream(2);

/// A way to get as many samples as a condition has replicates, at their library sizes.
#[derive(Debug, Clone, Copy)]
pub enum RealismSource<'m> {
    /// The replicates themselves.
    Real,
    /// A trained model.
    Model(&'m Model),
    /// The reference's levels times a deviation of one coefficient of variation for all genes, and
    /// Poisson reads.
    Variation(f64),
}

/// The samples of one condition.
///
/// # Errors
/// A model that cannot answer.
pub fn batch(
    source: RealismSource<'_>,
    study: &Expression,
    group: &Replicates,
) -> Result<ConditionSamples> {
    let measured = |levels: &[f32]| -> Vec<f32> {
        let pairs = levels.iter().zip(&study.measured);
        pairs
            .filter(|(_, m)| **m)
            .map(|(level, _)| *level)
            .collect()
    };
    let own = group[0];
    let name = study.samples[own].id();
    let mut samples = Vec::with_capacity(group.len());
    for (seed, &at) in (0..).zip(group) {
        samples.push(match source {
            RealismSource::Real => measured(&study.values[at]),
            RealismSource::Model(model) => {
                let counts = counts_of(study, &study.values[own], study.library_sizes[own])?;
                let reference = Reference {
                    name: name.to_owned(),
                    counts,
                    latents: None,
                };
                let query = query(seed, study.library_sizes[at] as u64);
                let drawn = model.predict(&model.plan(&query)?, &reference)?.remove(0);
                let levels = drawn.counts.log_cpm();
                let levels: Vec<f32> = levels.values().iter().map(|level| *level as f32).collect();
                measured(&levels)
            }
            RealismSource::Variation(variation) => {
                let random = Random::new(seed);
                let drawn = vary(
                    &study.values[own],
                    variation,
                    study.library_sizes[at],
                    random,
                    own,
                );
                measured(&drawn)
            }
        });
    }
    Ok(ConditionSamples {
        reference: measured(&study.values[own]),
        samples,
    })
}

/// Nothing is done to the reference: a sample of its own source.
fn query(seed: u64, library_size: u64) -> Query {
    Query {
        perturbation: Perturbation::control(),
        num_samples: 1,
        sampling_strategy: SamplingStrategy::SampleGeneration,
        conditioning: Conditioning::default(),
        deterministic_latents: false,
        seed,
        total_count: Some(library_size),
        fixed_total_count: true,
    }
}

fn vary(levels: &[f32], variation: f64, library: f64, random: Random, sample: usize) -> Vec<f32> {
    let variance = variation.powi(2).ln_1p();
    let counts: Vec<f64> = levels
        .iter()
        .enumerate()
        .map(|(gene, level)| {
            let normal = random.normal(LEVELS, sample as u64, gene as u32);
            let deviation = (variance.sqrt() * normal - 0.5 * variance).exp();
            let mean = f64::from(*level).exp_m1() * deviation * library / 1e6;
            let mut draws = random.at(READS, sample as u64, gene as u32);
            if mean > 0.0 {
                draws.poisson(mean) as f64
            } else {
                0.0
            }
        })
        .collect();
    let total: f64 = counts.iter().sum::<f64>().max(1.0);
    let level = |count: f64| (count * 1e6 / total).ln_1p() as f32;
    counts.into_iter().map(level).collect()
}
