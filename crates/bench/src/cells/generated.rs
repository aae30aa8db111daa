//! The benchmark's cells, treated by a model.

use std::sync::Arc;

use rayon::prelude::*;
use refcast_core::{Counts, PerturbationFields, RawQuery, SamplingStrategy};
use refcast_model::{Model, Reference};

use super::protocol::Protocol;
use crate::error::Result;

/// Interferon beta.
const LIGAND: &str = "ENSG00000171855";
/// The library size at which expected counts are as good as not rounded.
const WITHOUT_ROUNDING: u64 = 10_000_000;

/// Cells made of untreated ones, `[cells][scored]` each, ln(1 + CP10k).
pub struct Generated {
    /// Their expected levels: mean estimation.
    pub expected: Vec<Vec<f32>>,
    /// Drawn cells: sample generation.
    pub drawn: Vec<Vec<f32>>,
}

/// Treats cells with interferon beta, or with nothing at all. Genes that the model does not hold
/// stay as they were; its answer is over the molecules of its axis, and is scaled to those of the
/// file.
///
/// # Errors
/// A model that cannot answer.
pub fn generate(
    model: &Model,
    protocol: &Protocol<'_>,
    cells: &[usize],
    treated: bool,
) -> Result<Generated> {
    let of = |strategy| levels(model, protocol, cells, treated, strategy);
    Ok(Generated {
        expected: of(SamplingStrategy::MeanEstimation)?,
        drawn: of(SamplingStrategy::SampleGeneration)?,
    })
}

fn levels(
    model: &Model,
    protocol: &Protocol<'_>,
    cells: &[usize],
    treated: bool,
    strategy: SamplingStrategy,
) -> Result<Vec<Vec<f32>>> {
    let is_mean = strategy == SamplingStrategy::MeanEstimation;
    let raw = RawQuery {
        perturbation: PerturbationFields {
            perturbation_ontology_id: treated.then(|| LIGAND.to_owned()),
            perturbation_type: Some(
                if treated {
                    "peptide or biologic"
                } else {
                    "control"
                }
                .to_owned(),
            ),
            ..PerturbationFields::default()
        },
        sampling_strategy: Some(strategy.name().to_owned()),
        fixed_total_count: Some(is_mean),
        total_count: is_mean.then(|| WITHOUT_ROUNDING.to_string()),
        ..RawQuery::default()
    };
    let plan = model.plan(&raw.check(1)?)?;
    let set = protocol.set();
    let axis = model.axis();
    let places: Vec<Option<usize>> = set
        .genes
        .iter()
        .map(|gene| axis.index_of(*gene).map(|index| index.as_usize()))
        .collect();
    let mut observed = vec![false; axis.len()];
    for place in places.iter().flatten() {
        observed[*place] = true;
    }
    let observed: Arc<[bool]> = observed.into();
    let scored = protocol.on(axis);
    cells
        .par_iter()
        .map(|&cell| {
            let mut counts = vec![0_u64; axis.len()];
            for (place, count) in set.counts[cell].on(&places) {
                counts[place] += count as u64;
            }
            let reference = Reference {
                name: format!("cell {cell}"),
                counts: Counts::new(counts, observed.clone())?,
            };
            let on_axis = reference.counts.library_size() as f64 / protocol.library(cell);
            let answer = model.predict(&plan, &reference)?.remove(0);
            let scale = 1e4 * on_axis / answer.counts.library_size().max(1) as f64;
            let mut levels = protocol.levels(cell);
            for (level, place) in levels.iter_mut().zip(&scored) {
                if let Some(place) = place {
                    let count = answer.counts.values()[*place] as f64;
                    *level = (count * scale).ln_1p() as f32;
                }
            }
            Ok(levels)
        })
        .collect()
}
