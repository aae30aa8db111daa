//! One reference, treated.

use refcast_core::random::Random;
use refcast_core::{Counts, Latents, LogCpm, Prediction, SamplingStrategy, Support};

use super::effect::Effect;
use super::plan::Plan;
use super::profile::{Profile, replace_groups};
use super::{integers, streams, support};
use crate::error::Result;
use crate::latent::{Encoder, Group, Posterior};
use crate::model::Model;
use crate::noise::MILLION;

/// The library size of a bulk sample where the query fixes it and gives none.
const DEFAULT_TOTAL_COUNT: u64 = 10_000_000;

/// A real sample, aligned to the model's axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Its name in the input; part of the key of every draw, so that the answer does not depend on
    /// the other samples of the file.
    pub name: String,
    /// Its counts.
    pub counts: Counts,
}

/// What all samples of one reference share.
struct Shared<'a> {
    model: &'a Model,
    plan: &'a Plan,
    reference: &'a Reference,
    own: LogCpm,
    posterior: Posterior,
    taken_apart: Profile,
    support: Support,
    library_size: u64,
}

pub(crate) fn predict(
    model: &Model,
    plan: &Plan,
    reference: &Reference,
) -> Result<Vec<Prediction>> {
    if reference.counts.len() != model.axis().len() {
        let message = format!(
            "{} has {} genes; {} expects the {} of its axis: align it first",
            reference.name,
            reference.counts.len(),
            model.manifest().id,
            model.axis().len()
        );
        return Err(refcast_core::Error::one("counts", "wrong_length", message).into());
    }
    let query = plan.query();
    let own = reference.counts.log_cpm();
    let encoder: std::sync::Arc<Encoder> = plan.encoder(model.latent(), own.observed());
    let nothing_known = vec![0.0; model.latent().sizes.total()];
    let posterior = encoder.encode(model.latent(), &own, &nothing_known);
    let shared = Shared {
        model,
        plan,
        reference,
        taken_apart: Profile::of(model.latent(), &own, &posterior),
        support: support::of(model, plan, &own),
        library_size: if query.fixed_total_count {
            query.total_count.unwrap_or(DEFAULT_TOTAL_COUNT)
        } else {
            reference.counts.library_size()
        },
        own,
        posterior,
    };
    (0..query.num_samples)
        .map(|sample| shared.sample(sample))
        .collect()
}

impl Shared<'_> {
    fn sample(&self, sample: u32) -> Result<Prediction> {
        let query = self.plan.query();
        let random = Random::new(query.seed);
        let key = sample_key(&self.reference.name, sample);
        let observed = self.own.observed();
        let (latents, base, residual) = self.base(random, key);

        let mut effect = self.effect(&base, random, key);
        let draws_reads = query.sampling_strategy == SamplingStrategy::SampleGeneration;
        // The state that the treatment acts on; a drawn sample does not repeat the reference's noise.
        let state: Vec<f64> = if draws_reads {
            self.without_noise(&latents, &residual)
        } else {
            base.clone()
        };
        let treated = {
            let mut on_state = effect.clone();
            let cpm = on_state.rescale(&state, observed);
            if draws_reads {
                effect.rescale(&base, observed);
            } else {
                effect = on_state;
            }
            cpm
        };
        let counts = if draws_reads {
            self.draw(&treated, random, key)
        } else {
            let scale = self.library_size as f64 / MILLION;
            let expected: Vec<f64> = treated.iter().map(|cpm| cpm * scale).collect();
            integers::apportion(&expected, self.library_size)
        };
        let perturbation = self.plan.space.project(self.model.latent(), &effect.mean);
        Ok(Prediction {
            reference: self.reference.name.clone(),
            sample,
            seed: query.seed,
            counts: Counts::new(counts, observed.clone())?,
            effect: effect.mean.iter().map(|mean| *mean as f32).collect(),
            effect_lower: bounds(&effect, -1.0),
            effect_upper: bounds(&effect, 1.0),
            latents: self.latents(&latents, &perturbation),
            support: self.support.clone(),
        })
    }

    /// The latents, the profile of ln(1 + CPM) before treatment, and the residual in it.
    fn base(&self, random: Random, key: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let query = self.plan.query();
        let kept = query.conditioning;
        let model = self.model.latent();
        if kept.technical && kept.biological {
            // The reference itself: what the decoder leaves over is carried whole.
            return (
                self.posterior.mean.clone(),
                self.own.values().to_vec(),
                self.taken_apart.residual.clone(),
            );
        }
        let normals: Option<Vec<f64>> = (!query.deterministic_latents).then(|| {
            (0..model.sizes.total())
                .map(|position| random.normal(streams::LATENTS, key, position as u32))
                .collect()
        });
        let latents = replace_groups(
            model,
            &self.posterior.mean,
            kept.technical,
            kept.biological,
            normals.as_deref(),
        );
        let residual: Vec<f64> = (0..model.genes())
            .map(|gene| {
                self.taken_apart
                    .kept_residual(model, gene, kept.technical, kept.biological)
            })
            .collect();
        let base = model
            .decode(&latents)
            .iter()
            .zip(&residual)
            .map(|(decoded, residual)| (decoded + residual).max(0.0))
            .collect();
        (latents, base, residual)
    }

    fn effect(&self, base: &[f64], random: Random, key: u64) -> Effect {
        let model = self.model;
        let Some(evidence) = &self.plan.evidence else {
            return Effect::none(model.axis().len());
        };
        let observed = self.own.observed();
        // The context is the reference's own, whatever of it the query keeps.
        let bearing = evidence.bear_on(
            model.effects(),
            &model.latent().mean,
            self.own.values(),
            observed,
        );
        let mut effect = Effect::on(model.effects(), &bearing, &model.level(), base, observed);
        if !self.plan.query().deterministic_latents {
            let normals: Vec<f64> = (0..model.latent().sizes.perturbation)
                .map(|position| random.normal(streams::RESPONSE, key, position as u32))
                .collect();
            let shift = self
                .plan
                .space
                .draw(model.latent(), &effect.variance, &normals);
            for ((mean, shift), level) in effect.mean.iter_mut().zip(shift).zip(base) {
                *mean = (*mean + shift).max(-level.max(0.0));
            }
        }
        effect
    }

    /// The expected profile of a second sample of the source.
    fn without_noise(&self, latents: &[f64], residual: &[f64]) -> Vec<f64> {
        let model = self.model.latent();
        let apart = Profile {
            decoded: model.decode(latents),
            residual: residual.to_vec(),
        };
        let size = self.reference.counts.library_size() as f64;
        (0..model.genes())
            .map(|gene| {
                let level = apart.without_noise(self.model.noise(), gene, residual[gene], size);
                level.max(0.0)
            })
            .collect()
    }

    /// A measurement of a treated profile of counts per million.
    fn draw(&self, treated: &[f64], random: Random, key: u64) -> Vec<u64> {
        let noise = self.model.noise();
        let mut expected: Vec<f64> = treated
            .iter()
            .enumerate()
            .map(|(gene, cpm)| {
                let deviation = f64::from(noise.deviation[gene]);
                let normal = random.normal(streams::LEVEL, key, gene as u32);
                cpm * libm::exp(deviation * normal - 0.5 * deviation * deviation)
            })
            .collect();
        let total: f64 = expected.iter().sum();
        let scale = if total > 0.0 {
            self.library_size as f64 / total
        } else {
            0.0
        };
        for value in &mut expected {
            *value *= scale;
        }
        integers::draw_reads(&expected, self.library_size, random, key)
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

fn bounds(effect: &Effect, sign: f64) -> Vec<f32> {
    effect
        .mean
        .iter()
        .zip(&effect.margin)
        .map(|(mean, margin)| (mean + sign * margin) as f32)
        .collect()
}

/// The key of a sample's draws: FNV-1a of the reference's name, then the sample's number.
fn sample_key(name: &str, sample: u32) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash << 16) ^ u64::from(sample)
}
