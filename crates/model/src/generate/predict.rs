//! One reference, treated.

use std::sync::{Arc, OnceLock};

use refcast_core::random::Random;
use refcast_core::{Counts, Latents, Prediction, Query};

use super::cell::Treated;
use super::effect::PredictedEffect;
use super::perturbed_reference::{MeasuredReference, PerturbedReference};
use crate::error::Result;
use crate::latent::LatentGroup;
use crate::measurement::Measurement;
use crate::model::Model;

/// A sample, aligned to the model's axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Its name in the input; part of the key of every draw, so that the answer does not depend on
    /// the other samples of the file.
    pub name: String,
    /// Its counts.
    pub counts: Counts,
    /// Its latents, `[latents]`, where they are known and the counts are what they decode to; else
    /// they are told from the counts.
    pub latents: Option<Vec<f64>>,
}

/// The samples that a query asks for of one reference: each can be drawn on its own, in any order
/// and on any thread, so that a caller holds no more of them than it wants.
pub struct PredictedSamples<'a> {
    pub(super) model: &'a Model,
    pub(super) query: &'a Query,
    name: &'a str,
    pub(super) perturbed: Arc<PerturbedReference>,
    pub(super) library_size: u64,
    /// Of a cell that is kept whole, where a sample asks for it.
    pub(super) treated: OnceLock<Treated>,
}

/// One generated sample, before it becomes an answer.
pub(super) struct Drawn {
    /// `[genes]`
    pub counts: Vec<u64>,
    /// The treatment's.
    pub effect: PredictedEffect,
    /// The latents before the treatment, `[latents]`.
    pub latents: Vec<f64>,
}

impl<'a> PredictedSamples<'a> {
    /// Of a reference of the given name, part of the key of every draw.
    pub(crate) fn new(
        model: &'a Model,
        query: &'a Query,
        name: &'a str,
        perturbed: Arc<PerturbedReference>,
    ) -> Self {
        Self {
            library_size: if query.fixed_total_count {
                let default = model.modality().default_total_count();
                query.total_count.unwrap_or(default)
            } else {
                perturbed.counts.library_size()
            },
            model,
            query,
            name,
            perturbed,
            treated: OnceLock::new(),
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
        let drawn = match (self.model.measurement(), &self.perturbed.measured) {
            (Measurement::Cells(cells), MeasuredReference::Cell(state)) => {
                self.cell(cells, state, random, key)
            }
            (Measurement::Bulk(noise), MeasuredReference::Bulk(own)) => {
                self.bulk(noise, own, random, key)
            }
            _ => unreachable!("a case is made by its own model"),
        };
        let effect = drawn.effect;
        let perturbation = self.model.responses().project(&effect.mean);
        Ok(Prediction {
            reference: self.name.to_owned(),
            sample,
            seed: query.seed,
            counts: Counts::new(drawn.counts, self.perturbed.observed().clone())?,
            effect: effect.mean.iter().map(|mean| *mean as f32).collect(),
            effect_lower: ends(&effect, |(lower, _)| lower),
            effect_upper: ends(&effect, |(_, upper)| upper),
            latents: self.latents(&drawn.latents, &perturbation),
            support: self.perturbed.support.clone(),
        })
    }

    fn latents(&self, latents: &[f64], response: &[f64]) -> Latents {
        let model = self.model.latent();
        let group = |group: LatentGroup| -> Vec<f32> {
            latents[model.range(group)]
                .iter()
                .map(|z| *z as f32)
                .collect()
        };
        Latents {
            biological: group(LatentGroup::Biological),
            technical: group(LatentGroup::Technical),
            perturbation: latents[model.range(LatentGroup::Perturbation)]
                .iter()
                .zip(response)
                .map(|(own, response)| (own + response) as f32)
                .collect(),
        }
    }
}

fn ends(effect: &PredictedEffect, end: fn((f64, f64)) -> f64) -> Vec<f32> {
    let genes = 0..effect.mean.len();
    genes
        .map(|gene| end(effect.interval(gene)) as f32)
        .collect()
}

/// The key of a sample's draws: FNV-1a of the reference's name, then the sample's number.
pub(super) fn sample_key(name: &str, sample: u32) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash << 16) ^ u64::from(sample)
}
