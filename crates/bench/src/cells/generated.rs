//! Cells, treated by a model.

use rayon::prelude::*;
use refcast_core::{Conditioning, Perturbation, Query, SamplingStrategy};
use refcast_model::{Model, Plan};
use refcast_train::corpus::Treatment;

use super::levels::Levels;
use crate::error::Result;

/// The library size at which expected counts are as good as not rounded.
const WITHOUT_ROUNDING: u64 = 10_000_000;

/// How the model treats cells, or leaves them as they are: their expected counts by mean
/// estimation, not rounded, or other cells of their state at their library sizes by sample
/// generation.
///
/// # Errors
/// A treatment that the model refuses.
pub fn plan(
    model: &Model,
    treatment: Option<&Treatment>,
    strategy: SamplingStrategy,
) -> Result<Plan> {
    let perturbation = match treatment {
        None => Perturbation::control(),
        Some(own) => {
            Perturbation::new(own.entities.clone(), own.kind, own.doses.clone(), own.time)?
        }
    };
    let is_mean = strategy == SamplingStrategy::MeanEstimation;
    Ok(model.plan(&Query {
        perturbation,
        num_samples: 1,
        sampling_strategy: strategy,
        conditioning: Conditioning::default(),
        deterministic_latents: false,
        seed: 1,
        total_count: is_mean.then_some(WITHOUT_ROUNDING),
        fixed_total_count: is_mean,
    })?)
}

/// What the model makes of cells, ln(1 + CP10k) `[cells][scored]`. Genes that it does not hold stay
/// as they were; its answer is over the molecules of its axis, and is scaled to those of the file.
///
/// # Errors
/// A model that cannot answer.
pub fn generate(
    model: &Model,
    plan: &Plan,
    levels: &Levels<'_>,
    cells: &[usize],
) -> Result<Vec<Vec<f32>>> {
    let references = levels.references(model.axis());
    let scored = levels.on(model.axis());
    cells
        .par_iter()
        .map(|&cell| {
            let reference = references.of(cell)?;
            let on_axis = reference.counts.library_size() as f64 / levels.library(cell);
            let answer = model.predict(plan, &reference)?.remove(0);
            let scale = 1e4 * on_axis / answer.counts.library_size().max(1) as f64;
            let mut own = levels.of(cell);
            for (level, place) in own.iter_mut().zip(&scored) {
                if let Some(place) = place {
                    let count = answer.counts.values()[*place] as f64;
                    *level = (count * scale).ln_1p() as f32;
                }
            }
            Ok(own)
        })
        .collect()
}
