//! One reference, treated.

use std::sync::Arc;

use refcast_core::random::Random;
use refcast_core::{Counts, Latents, Prediction, Query, SamplingStrategy, elementary};

use super::case::{BulkReference, Case, Measured, log_rates};
use super::cell::{Turnover, draw_again, draw_cell, rates_of, treated_counts, treated_rates};
use super::effect::Effect;
use super::measurement::measure;
use super::profile::{Residual, kept, replace_groups};
use super::{integers, streams};
use crate::cells::{CellModel, CellState};
use crate::error::Result;
use crate::latent::Group;
use crate::measurement::Measurement;
use crate::model::Model;
use crate::noise::{MILLION, ObservationModel};

/// A real sample, aligned to the model's axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Its name in the input; part of the key of every draw, so that the answer does not depend on
    /// the other samples of the file.
    pub name: String,
    /// Its counts.
    pub counts: Counts,
}

/// The samples that a query asks for of one reference: each can be drawn on its own, in any order
/// and on any thread, so that a caller holds no more of them than it wants.
pub struct Samples<'a> {
    model: &'a Model,
    query: &'a Query,
    name: &'a str,
    case: Arc<Case>,
    library_size: u64,
}

/// One generated sample, before it becomes an answer.
struct Drawn {
    counts: Vec<u64>,
    effect: Effect,
    /// The latents before the treatment, `[latents]`.
    latents: Vec<f64>,
}

/// One bulk sample before its treatment.
struct Base {
    latents: Vec<f64>,
    /// ln(1 + CPM), `[genes]`.
    profile: Vec<f64>,
}

impl<'a> Samples<'a> {
    /// Of a reference of the given name, part of the key of every draw.
    pub(crate) fn new(model: &'a Model, query: &'a Query, name: &'a str, case: Arc<Case>) -> Self {
        Self {
            library_size: if query.fixed_total_count {
                let default = model.modality().default_total_count();
                query.total_count.unwrap_or(default)
            } else {
                case.counts.library_size()
            },
            model,
            query,
            name,
            case,
        }
    }

    /// Sample number `sample` of the reference, from 0.
    ///
    /// # Errors
    /// None that a reference which was accepted can have.
    pub fn sample(&self, sample: u32) -> Result<Prediction> {
        let query = self.query;
        let random = Random::new(query.seed);
        let key = sample_key(self.name, sample);
        let drawn = match (self.model.measurement(), &self.case.measured) {
            (Measurement::Cells(cells), Measured::Cell(state)) => {
                self.cell(cells, state, random, key)
            }
            (Measurement::Bulk(noise), Measured::Bulk(own)) => self.bulk(noise, own, random, key),
            _ => unreachable!("a case is made by its own model"),
        };
        let effect = drawn.effect;
        let perturbation = self.model.responses().project(&effect.mean);
        Ok(Prediction {
            reference: self.name.to_owned(),
            sample,
            seed: query.seed,
            counts: Counts::new(drawn.counts, self.case.observed().clone())?,
            effect: effect.mean.iter().map(|mean| *mean as f32).collect(),
            effect_lower: bounds(&effect, -1.0),
            effect_upper: bounds(&effect, 1.0),
            latents: self.latents(&drawn.latents, &perturbation),
            support: self.case.support.clone(),
        })
    }

    /// A cell keeps its state; what the evidence leaves open of the response is in the intervals
    /// and not drawn, as it would be the same in every cell.
    fn cell(&self, model: &CellModel, state: &CellState, random: Random, key: u64) -> Drawn {
        let (case, latent) = (&*self.case, self.model.latent());
        let (observed, taken) = (case.observed(), self.query.conditioning);
        let is_whole = taken.technical && taken.biological;
        let is_mean = self.query.sampling_strategy == SamplingStrategy::MeanEstimation;
        let normal = |position: usize| random.normal(streams::LATENTS, key, position as u32);
        let normals: Option<Vec<f64>> = (!self.query.deterministic_latents)
            .then(|| (0..latent.sizes.total()).map(normal).collect());
        // A second measurement of the cell is of a state where this one may lie.
        let own = match &normals {
            Some(normals) if !is_mean => case.posterior.draw(normals),
            _ => case.posterior.mean.clone(),
        };
        let (technical, biological) = (taken.technical, taken.biological);
        let latents = replace_groups(latent, &own, technical, biological, normals.as_deref());
        let rates = |latents: &[f64]| rates_of(model, &state.depth, latent, latents, observed);
        let size = self.library_size;
        let (effect, counts) = if is_whole {
            let mut effect = case.effect.clone();
            let before = state.measured_rates(observed);
            let after = treated_rates(&mut effect, &before, observed);
            let turnover = Turnover::between(&before, &after);
            let counts = if is_mean {
                let expected = treated_counts(case.counts.values(), &before, &turnover);
                round_to_whole(expected, size, random, key)
            } else {
                let (own, rates) = (case.counts.values(), rates(&latents));
                draw_again(model, own, &rates, &turnover, size, random, key)
            };
            (effect, counts)
        } else {
            let before = rates(&latents);
            let mut effect = case.effect_on(self.model, &log_rates(&before));
            let after = treated_rates(&mut effect, &before, observed);
            let counts = if is_mean {
                round_to_whole(after, size, random, key)
            } else {
                draw_cell(model, &after, size, random, key)
            };
            (effect, counts)
        };
        Drawn {
            counts,
            effect,
            latents,
        }
    }

    fn bulk(
        &self,
        noise: &ObservationModel,
        own: &BulkReference,
        random: Random,
        key: u64,
    ) -> Drawn {
        let observed = self.case.observed();
        let noise = own.noise(noise);
        let residual = || own.residual(self.model, noise, &self.case);
        let base = self.base(own, &residual, random, key);
        let mut effect = self.effect(&base.profile, random, key);
        let counts = match self.query.sampling_strategy {
            SamplingStrategy::MeanEstimation => {
                let treated = effect.rescale(&base.profile, observed, MILLION);
                let scale = self.library_size as f64 / MILLION;
                let expected: Vec<f64> = treated.iter().map(|cpm| cpm * scale).collect();
                integers::apportion(&expected, self.library_size)
            }
            SamplingStrategy::SampleGeneration => {
                // A second sample does not repeat the noise of the first.
                let lasting = self.levels(&base.latents, &residual().lasting);
                let treated = effect.clone().rescale(&lasting, observed, MILLION);
                effect.rescale(&base.profile, observed, MILLION);
                let (levels, size) = (streams::LEVEL, self.library_size);
                measure(&treated, noise, size, random, levels, key)
            }
        };
        Drawn {
            counts,
            effect,
            latents: base.latents,
        }
    }

    fn base<'r>(
        &self,
        reference: &BulkReference,
        residual: &dyn Fn() -> &'r Residual,
        random: Random,
        key: u64,
    ) -> Base {
        let query = self.query;
        let taken = query.conditioning;
        let model = self.model.latent();
        let normals: Option<Vec<f64>> = (!query.deterministic_latents).then(|| {
            (0..model.sizes.total())
                .map(|position| random.normal(streams::LATENTS, key, position as u32))
                .collect()
        });
        let own = &self.case.posterior.mean;
        let (technical, biological) = (taken.technical, taken.biological);
        let latents = replace_groups(model, own, technical, biological, normals.as_deref());
        let profile = if technical && biological {
            // The reference itself: what the decoder leaves over is carried whole.
            reference.profile.clone()
        } else {
            to_a_million(&self.levels(&latents, &residual().measured))
        };
        Base { latents, profile }
    }

    /// The levels of ln(1 + CPM) `[genes]` that latents stand for, with what the query keeps of a
    /// residual `[genes]`.
    fn levels(&self, latents: &[f64], residual: &[f64]) -> Vec<f64> {
        let model = self.model.latent();
        let taken = self.query.conditioning;
        let kept = kept(model, residual, taken.technical, taken.biological);
        let levels = model.decode(latents).into_iter().zip(kept);
        levels
            .zip(self.case.observed().iter())
            .map(|((decoded, kept), seen)| {
                if *seen {
                    (decoded + kept).max(0.0)
                } else {
                    0.0
                }
            })
            .collect()
    }

    fn effect(&self, profile: &[f64], random: Random, key: u64) -> Effect {
        let model = self.model;
        let taken = self.query.conditioning;
        let is_whole = taken.technical && taken.biological;
        let mut effect = if is_whole {
            self.case.effect.clone()
        } else {
            self.case.effect_on(model, profile)
        };
        // Where nothing speaks for the perturbation the answer is no change, in every draw.
        let bearing = self.case.bearing.as_ref();
        let speaks = bearing.is_some_and(|bearing| !bearing.target.entries().is_empty());
        if !speaks || self.query.deterministic_latents {
            return effect;
        }
        let space = model.responses();
        let of_this;
        let open = if is_whole {
            self.case.open(model)
        } else {
            of_this = space.open(&effect.variance);
            of_this.as_ref()
        };
        if let Some(open) = open {
            let normals: Vec<f64> = (0..model.latent().sizes.perturbation)
                .map(|position| random.normal(streams::RESPONSE, key, position as u32))
                .collect();
            let shift = space.draw(open, &normals);
            for ((mean, shift), level) in effect.mean.iter_mut().zip(shift).zip(profile) {
                *mean = (*mean + shift).max(-level.max(0.0));
            }
        }
        effect
    }

    fn latents(&self, latents: &[f64], response: &[f64]) -> Latents {
        let model = self.model.latent();
        let group = |group: Group| -> Vec<f32> {
            latents[model.range(group)]
                .iter()
                .map(|z| *z as f32)
                .collect()
        };
        Latents {
            biological: group(Group::Biological),
            technical: group(Group::Technical),
            perturbation: latents[model.range(Group::Perturbation)]
                .iter()
                .zip(response)
                .map(|(own, response)| (own + response) as f32)
                .collect(),
        }
    }
}

/// Whole counts that add up to the library size, from what is expected up to a factor, `[genes]`.
/// Most of what is expected of a cell is below one: rounded to the nearest, all of it would be lost.
fn round_to_whole(mut expected: Vec<f64>, library_size: u64, random: Random, key: u64) -> Vec<u64> {
    let total: f64 = expected.iter().sum();
    for count in &mut expected {
        *count *= library_size as f64 / total.max(f64::MIN_POSITIVE);
    }
    integers::round_at_random(&expected, library_size, random, key)
}

/// Levels of ln(1 + CPM) that add up to a million, so that the effect on them is of the treatment
/// alone and not of their sum.
fn to_a_million(levels: &[f64]) -> Vec<f64> {
    let mut cpm = levels.to_vec();
    elementary::exp_m1(&mut cpm);
    let total: f64 = cpm.iter().sum();
    if total <= 0.0 {
        return levels.to_vec();
    }
    for cpm in &mut cpm {
        *cpm *= MILLION / total;
    }
    elementary::ln_1p(&mut cpm);
    cpm
}

fn bounds(effect: &Effect, sign: f64) -> Vec<f32> {
    let means = effect.mean.iter().enumerate();
    means
        .map(|(gene, mean)| (mean + sign * effect.margin(gene)) as f32)
        .collect()
}

/// The key of a sample's draws: FNV-1a of the reference's name, then the sample's number.
pub(super) fn sample_key(name: &str, sample: u32) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash << 16) ^ u64::from(sample)
}
