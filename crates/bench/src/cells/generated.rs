//! Cells, treated by a model.

use rayon::prelude::*;
use refcast_core::{Conditioning, Perturbation, Query, SamplingStrategy};
use refcast_model::{Model, Plan};
use refcast_train::corpus::Treatment;

use super::levels::Levels;
use crate::error::Result;

/// How the model treats cells, or leaves them as they are: so many samples of each, at its own
/// library size. Counts of mean estimation are rounded at random, so that several tell more.
///
/// # Errors
/// A treatment that the model refuses.
pub fn plan(
    model: &Model,
    treatment: Option<&Treatment>,
    sampling_strategy: SamplingStrategy,
    num_samples: u32,
) -> Result<Plan> {
    let perturbation = match treatment {
        None => Perturbation::control(),
        Some(own) => {
            Perturbation::new(own.entities.clone(), own.kind, own.doses.clone(), own.time)?
        }
    };
    Ok(model.plan(&Query {
        perturbation,
        num_samples,
        sampling_strategy,
        conditioning: Conditioning::default(),
        deterministic_latents: false,
        seed: 1,
        total_count: None,
        fixed_total_count: false,
    })?)
}

/// What the model makes of cells, ln(1 + CP10k) `[samples × cells][scored]`: the first sample of
/// every cell, then the second. Genes that it does not hold stay as they were; its answer is over
/// the molecules of its axis, and is scaled to those of the file.
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
    let of_cell = |&cell: &usize| -> Result<Vec<Vec<f32>>> {
        let reference = references.of(cell)?;
        let on_axis = reference.counts.library_size() as f64 / levels.library(cell);
        let own = levels.of(cell);
        let answers = model.predict(plan, &reference)?;
        let treated = answers.iter().map(|answer| {
            let scale = 1e4 * on_axis / answer.counts.library_size().max(1) as f64;
            let mut own = own.clone();
            for (level, place) in own.iter_mut().zip(&scored) {
                if let Some(place) = place {
                    let count = answer.counts.values()[*place] as f64;
                    *level = (count * scale).ln_1p() as f32;
                }
            }
            own
        });
        Ok(treated.collect())
    };
    let by_cell: Vec<Vec<Vec<f32>>> = cells.par_iter().map(of_cell).collect::<Result<_>>()?;
    let samples = by_cell.first().map_or(0, Vec::len);
    let mut by_cell: Vec<_> = by_cell.into_iter().map(Vec::into_iter).collect();
    let sample = |_| -> Vec<Vec<f32>> { by_cell.iter_mut().filter_map(Iterator::next).collect() };
    Ok((0..samples).flat_map(sample).collect())
}
