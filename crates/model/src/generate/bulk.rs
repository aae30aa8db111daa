//! One bulk sample, treated: the same sample, or another of its source.

use refcast_core::random::Random;
use refcast_core::{SamplingStrategy, elementary};

use super::effect::PredictedEffect;
use super::measurement::measure;
use super::perturbed_reference::BulkReference;
use super::predict::{Drawn, PredictedSamples};
use super::profile::{Residual, kept, replace_groups};
use super::{integers, streams};
use crate::noise::{MILLION, ObservationModel};

/// One bulk sample before its treatment.
struct Base {
    latents: Vec<f64>,
    /// ln(1 + CPM), `[genes]`.
    profile: Vec<f64>,
}

impl PredictedSamples<'_> {
    /// What the treatment acts on is the reference as the query keeps it.
    pub(super) fn bulk(
        &self,
        noise: &ObservationModel,
        own: &BulkReference,
        random: Random,
        key: u64,
    ) -> Drawn {
        let observed = self.perturbed.observed();
        let noise = own.noise(noise);
        let residual = || own.residual(self.model, noise, &self.perturbed);
        // A million over all genes, of which those that are measured have a part.
        let whole = MILLION * self.perturbed.counts.library_size() as f64 / own.library;
        let base = self.base(own, whole, &residual, random, key);
        let mut effect = self.effect(&base.profile, random, key);
        let counts = match self.query.sampling_strategy {
            SamplingStrategy::MeanEstimation => {
                let treated = effect.rescale(&base.profile, observed, whole);
                let scale = self.library_size as f64 / whole;
                let expected: Vec<f64> = treated.iter().map(|cpm| cpm * scale).collect();
                integers::apportion(&expected, self.library_size)
            }
            SamplingStrategy::SampleGeneration => {
                // A second sample does not repeat the noise of the first.
                let lasting = self.levels(&base.latents, &residual().lasting);
                let treated = effect.clone().rescale(&lasting, observed, whole);
                effect.rescale(&base.profile, observed, whole);
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
        whole: f64,
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
        let own = &self.perturbed.posterior.mean;
        let (technical, biological) = (taken.technical, taken.biological);
        let latents = replace_groups(model, own, technical, biological, normals.as_deref());
        let profile = if technical && biological {
            // The reference itself: what the decoder leaves over is carried whole.
            reference.profile.clone()
        } else {
            brought_to(&self.levels(&latents, &residual().measured), whole)
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
            .zip(self.perturbed.observed().iter())
            .map(|((decoded, kept), seen)| {
                if *seen {
                    (decoded + kept).max(0.0)
                } else {
                    0.0
                }
            })
            .collect()
    }

    fn effect(&self, profile: &[f64], random: Random, key: u64) -> PredictedEffect {
        let model = self.model;
        let taken = self.query.conditioning;
        let is_whole = taken.technical && taken.biological;
        let mut effect = if is_whole {
            self.perturbed.effect.clone()
        } else {
            self.perturbed.effect_on(model, profile)
        };
        // Where nothing speaks for the perturbation the answer is no change, in every draw.
        let weighted = self.perturbed.weighted.as_ref();
        let speaks = weighted.is_some_and(|weighted| !weighted.target.entries().is_empty());
        if !speaks || self.query.deterministic_latents {
            return effect;
        }
        let space = model.responses();
        let of_this;
        let unexplained = if is_whole {
            self.perturbed.unexplained(model)
        } else {
            of_this = space.unexplained(&effect.variance);
            of_this.as_ref()
        };
        if let Some(unexplained) = unexplained {
            let normals: Vec<f64> = (0..model.latent().sizes.perturbation)
                .map(|position| random.normal(streams::RESPONSE, key, position as u32))
                .collect();
            let shift = space.draw(unexplained, &normals);
            for ((mean, shift), level) in effect.mean.iter_mut().zip(shift).zip(profile) {
                *mean = (*mean + shift).max(-level.max(0.0));
            }
        }
        effect
    }
}

/// Levels of ln(1 + CPM) whose CPM add up to a whole, so that the effect on them is of the treatment
/// alone and not of their sum.
fn brought_to(levels: &[f64], whole: f64) -> Vec<f64> {
    let mut cpm = levels.to_vec();
    elementary::exp_m1(&mut cpm);
    let total: f64 = cpm.iter().sum();
    if total <= 0.0 {
        return levels.to_vec();
    }
    for cpm in &mut cpm {
        *cpm *= whole / total;
    }
    elementary::ln_1p(&mut cpm);
    cpm
}
