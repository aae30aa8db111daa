//! One reference, treated.

use refcast_core::random::Random;
use refcast_core::{Counts, Latents, LogCpm, Prediction, SamplingStrategy, Support};

use super::effect::Effect;
use super::measurement::measure;
use super::plan::Plan;
use super::profile::{Residual, kept, replace_groups};
use super::{integers, streams, support};
use crate::effects::{Bearing, Cells, profile_correlations};
use crate::error::Result;
use crate::latent::{Group, Posterior};
use crate::model::Model;
use crate::noise::{MILLION, Noise};

/// Correlation of profiles from which on a reference counts as from the laboratory of a context.
const SAME_LABORATORY: f64 = 0.85;
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

/// One reference under a plan, made ready: each of its samples can be drawn on its own, in any
/// order and on any thread, so that a caller holds no more of them than it wants.
pub struct Samples<'a> {
    model: &'a Model,
    plan: &'a Plan,
    reference: &'a Reference,
    own: LogCpm,
    posterior: Posterior,
    residual: Residual,
    noise: Noise<'a>,
    bearing: Option<Bearing<'a>>,
    /// The effect on the reference as it is.
    effect: Effect,
    support: Support,
    library_size: u64,
}

/// One sample before its treatment.
struct Base {
    latents: Vec<f64>,
    /// ln(1 + CPM), `[genes]`.
    profile: Vec<f64>,
    /// The same for a second sample of the source, `[genes]`.
    lasting: Vec<f64>,
}

/// The effect on a reference as it is, and what it rests on: a mean estimate without its counts.
pub(crate) fn effect(
    model: &Model,
    plan: &Plan,
    reference: &Reference,
) -> Result<(Effect, Support)> {
    check(model, reference)?;
    let own = reference.counts.log_cpm();
    let (_, bearing) = bear(model, plan, &own);
    let mut effect = effect_on(model, plan, bearing.as_ref(), own.values(), own.observed());
    effect.rescale(own.values(), own.observed());
    Ok((effect, support::of(model, plan, bearing.as_ref())))
}

/// A reference must be on the model's axis, and not be empty.
fn check(model: &Model, reference: &Reference) -> Result<()> {
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
    if reference.counts.library_size() == 0 {
        let message = format!(
            "{} has no count of any gene of {}: leave the sample out",
            reference.name,
            model.manifest().id
        );
        return Err(refcast_core::Error::one("counts", "all_zero", message).into());
    }
    Ok(())
}

/// Correlations of a reference with the contexts of the bank, and what the evidence says of it.
/// The context is the reference's own, whatever of it the query keeps.
fn bear<'a>(model: &Model, plan: &'a Plan, own: &LogCpm) -> (Vec<f64>, Option<Bearing<'a>>) {
    let (bank, centre) = (model.effects(), &model.latent().mean);
    let correlations = profile_correlations(bank, centre, own.values(), own.observed());
    let cells = Cells {
        correlations: &correlations,
        profile: own.values(),
        observed: own.observed(),
    };
    let evidence = plan.prepared.evidence.as_ref();
    let bearing = evidence.map(|evidence| evidence.bear_on(bank, &cells));
    (correlations, bearing)
}

/// The study whose cells the reference is like, if there is one.
fn laboratory(model: &Model, correlations: &[f64]) -> Option<usize> {
    let contexts = model.effects().contexts();
    let (nearest, correlation) = correlations
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    (*correlation >= SAME_LABORATORY).then(|| contexts[nearest].study)
}

fn effect_on(
    model: &Model,
    plan: &Plan,
    bearing: Option<&Bearing<'_>>,
    profile: &[f64],
    observed: &[bool],
) -> Effect {
    let Some(bearing) = bearing else {
        return Effect::none(model.axis().len());
    };
    let (bank, level) = (model.effects(), model.level());
    let mut effect = Effect::on(
        bank,
        bearing,
        &level,
        model.calibration(),
        profile,
        observed,
    );
    effect.aim(&plan.prepared.aimed_at, profile, observed);
    effect
}

impl<'a> Samples<'a> {
    pub(crate) fn new(model: &'a Model, plan: &'a Plan, reference: &'a Reference) -> Result<Self> {
        check(model, reference)?;
        let query = plan.query();
        let own = reference.counts.log_cpm();
        let encoder = plan.prepared.encoder(model.latent(), own.observed());
        let nothing_known = vec![0.0; model.latent().sizes.total()];
        let posterior = encoder.encode(model.latent(), &own, &nothing_known);
        let (correlations, bearing) = bear(model, plan, &own);
        let noise = model.noise().of_study(laboratory(model, &correlations));
        Ok(Self {
            model,
            plan,
            reference,
            residual: Residual::of(model.latent(), noise, &reference.counts, &own, &posterior),
            noise,
            effect: effect_on(model, plan, bearing.as_ref(), own.values(), own.observed()),
            support: support::of(model, plan, bearing.as_ref()),
            bearing,
            library_size: if query.fixed_total_count {
                query.total_count.unwrap_or(DEFAULT_TOTAL_COUNT)
            } else {
                reference.counts.library_size()
            },
            own,
            posterior,
        })
    }

    /// Sample number `sample` of the reference, from 0.
    ///
    /// # Errors
    /// None that a reference which was accepted can have.
    pub fn sample(&self, sample: u32) -> Result<Prediction> {
        let query = self.plan.query();
        let random = Random::new(query.seed);
        let key = sample_key(&self.reference.name, sample);
        let observed = self.own.observed();
        let base = self.base(random, key);

        let mut effect = self.effect(&base.profile, random, key);
        let counts = match query.sampling_strategy {
            SamplingStrategy::MeanEstimation => {
                let treated = effect.rescale(&base.profile, observed);
                let scale = self.library_size as f64 / MILLION;
                let expected: Vec<f64> = treated.iter().map(|cpm| cpm * scale).collect();
                integers::apportion(&expected, self.library_size)
            }
            SamplingStrategy::SampleGeneration => {
                // A second sample does not repeat the noise of the first.
                let treated = effect.clone().rescale(&base.lasting, observed);
                effect.rescale(&base.profile, observed);
                measure(
                    &treated,
                    self.noise,
                    self.library_size,
                    random,
                    streams::LEVEL,
                    key,
                )
            }
        };
        let perturbation = self
            .plan
            .prepared
            .space
            .project(self.model.latent(), &effect.mean);
        Ok(Prediction {
            reference: self.reference.name.clone(),
            sample,
            seed: query.seed,
            counts: Counts::new(counts, observed.clone())?,
            effect: effect.mean.iter().map(|mean| *mean as f32).collect(),
            effect_lower: bounds(&effect, -1.0),
            effect_upper: bounds(&effect, 1.0),
            latents: self.latents(&base.latents, &perturbation),
            support: self.support.clone(),
        })
    }

    fn base(&self, random: Random, key: u64) -> Base {
        let query = self.plan.query();
        let taken = query.conditioning;
        let model = self.model.latent();
        let normals: Option<Vec<f64>> = (!query.deterministic_latents).then(|| {
            (0..model.sizes.total())
                .map(|position| random.normal(streams::LATENTS, key, position as u32))
                .collect()
        });
        let own = &self.posterior.mean;
        let (technical, biological) = (taken.technical, taken.biological);
        let latents = replace_groups(model, own, technical, biological, normals.as_deref());
        let decoded = model.decode(&latents);
        let with = |residual: &[f64]| -> Vec<f64> {
            let kept = kept(model, residual, technical, biological);
            let levels = decoded.iter().zip(kept).zip(self.own.observed().iter());
            levels
                .map(|((decoded, kept), seen)| {
                    if *seen {
                        (decoded + kept).max(0.0)
                    } else {
                        0.0
                    }
                })
                .collect()
        };
        let profile = if technical && biological {
            // The reference itself: what the decoder leaves over is carried whole.
            self.own.values().to_vec()
        } else {
            to_a_million(&with(&self.residual.measured))
        };
        let lasting = with(&self.residual.lasting);
        Base {
            latents,
            profile,
            lasting,
        }
    }

    fn effect(&self, profile: &[f64], random: Random, key: u64) -> Effect {
        let model = self.model;
        let taken = self.plan.query().conditioning;
        let mut effect = if taken.technical && taken.biological {
            self.effect.clone()
        } else {
            let bearing = self.bearing.as_ref();
            effect_on(model, self.plan, bearing, profile, self.own.observed())
        };
        // Where nothing speaks for the perturbation the answer is no change, in every draw.
        let open = self
            .bearing
            .as_ref()
            .is_some_and(|bearing| !bearing.target.entries().is_empty());
        if open && !self.plan.query().deterministic_latents {
            let normals: Vec<f64> = (0..model.latent().sizes.perturbation)
                .map(|position| random.normal(streams::RESPONSE, key, position as u32))
                .collect();
            let shift = self
                .plan
                .prepared
                .space
                .draw(model.latent(), &effect.variance, &normals);
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

/// Levels of ln(1 + CPM) that add up to a million, so that the effect on them is of the treatment
/// alone and not of their sum.
fn to_a_million(levels: &[f64]) -> Vec<f64> {
    let total: f64 = levels.iter().map(|level| libm::expm1(*level)).sum();
    if total <= 0.0 {
        return levels.to_vec();
    }
    let factor = MILLION / total;
    let scaled = levels
        .iter()
        .map(|level| libm::log1p(libm::expm1(*level) * factor));
    scaled.collect()
}

fn bounds(effect: &Effect, sign: f64) -> Vec<f32> {
    let means = effect.mean.iter().enumerate();
    means
        .map(|(gene, mean)| (mean + sign * effect.margin(gene)) as f32)
        .collect()
}

/// The key of a sample's draws: FNV-1a of the reference's name, then the sample's number.
fn sample_key(name: &str, sample: u32) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash << 16) ^ u64::from(sample)
}
