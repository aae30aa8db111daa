//! Samples from metadata alone.

mod scatter;
mod support;

use std::sync::Arc;

use refcast_core::random::Random;
use refcast_core::{
    BaselinePrediction, BaselineQuery, Conditioning, Counts, Metadata, MetadataField, Query,
    SamplingStrategy, Support,
};

use super::annotate::grouped;
use super::cell::draw_cell;
use super::effect::PredictedEffect;
use super::expected::expected_counts;
use super::measurement::measure;
use super::perturbed_reference::PerturbedReference;
use super::plan::Plan;
use super::predict::{Reference, sample_key};
use super::{integers, streams};
use crate::baseline::{BaselineModel, Estimate};
use crate::error::Result;
use crate::latent::{Encoder, LatentGroup};
use crate::linalg::Cholesky;
use crate::measurement::Measurement;
use crate::model::Model;
use crate::unwanted::IsUnwanted;

/// The samples that a query asks for of a description: each can be drawn on its own.
pub struct BaselineSamples<'a> {
    model: &'a Model,
    baseline: &'a BaselineModel,
    query: BaselineQuery,
    input: u32,
    metadata: Metadata,
    estimate: Estimate,
    /// The latents of the expected profile.
    latents: Vec<f64>,
    root: Option<Cholesky>,
    residual_scale: f64,
    treatment: Option<Arc<PerturbedReference>>,
    support: Support,
    total: u64,
}

impl<'a> BaselineSamples<'a> {
    /// Refuses what [`BaselineSamples::new`] would, without what takes long.
    pub(crate) fn check(model: &Model, query: &BaselineQuery) -> Result<()> {
        described(model, query, &mut Vec::new())?;
        match &query.perturbation {
            Some(perturbation) => Plan::check(model, perturbation),
            None => Ok(()),
        }
    }

    pub(crate) fn new(
        model: &'a Model,
        query: &BaselineQuery,
        input: u32,
        is_unwanted: IsUnwanted<'_>,
    ) -> Result<Self> {
        let mut notes = Vec::new();
        let (baseline, metadata) = described(model, query, &mut notes)?;
        let latent = model.latent();
        let estimate = baseline.estimate(model.terms(), &metadata, model.profiles().centre());
        let observed: Arc<[bool]> = vec![true; latent.genes()].into();
        let default = model.modality().default_total_count();
        let total = query.total_count.unwrap_or(default);
        let levels = measured_levels(model, &estimate.profile, total);
        let nothing_known = vec![0.0; latent.sizes.total()];
        let encoder = Encoder::new(latent, &observed);
        let latents = encoder.encode(latent, &levels, &nothing_known).mean;
        let sample_type = estimate
            .completion
            .candidates
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .and_then(|(best, _)| best.get(MetadataField::SampleType));
        let kind = baseline.spread.kind(sample_type);
        let treatment = treatment(model, query, &estimate, &latents, is_unwanted)?;
        let mut support = support::of(model, &metadata, &estimate, &mut notes);
        if let Some(perturbed) = &treatment {
            // A chain is as strong as its weakest link.
            support.level = support.level.min(perturbed.support.level);
            support.score = support.score.min(perturbed.support.score);
            support
                .reasons
                .extend(perturbed.support.reasons.iter().cloned());
        }
        Ok(Self {
            total,
            root: baseline.spread.root(kind),
            residual_scale: baseline
                .spread
                .kinds
                .get(kind)
                .map_or(1.0, |kind| kind.residual_scale),
            query: query.clone(),
            model,
            baseline,
            input,
            metadata,
            estimate,
            latents,
            treatment,
            support,
        })
    }

    /// The expected ln(1 + CPM), `[genes]`, before any treatment.
    pub fn profile(&self) -> &[f64] {
        &self.estimate.profile
    }

    /// The metadata with names resolved to ids.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What the answer rests on.
    pub fn support(&self) -> &Support {
        &self.support
    }

    /// How many samples were asked for.
    pub fn len(&self) -> u32 {
        self.query.num_samples
    }

    /// Never: a query asks for one sample at least.
    pub fn is_empty(&self) -> bool {
        self.query.num_samples == 0
    }

    /// Sample number `sample`, from 0.
    ///
    /// # Errors
    /// None that a query which was accepted can have.
    pub fn sample(&self, sample: u32) -> Result<BaselinePrediction> {
        let random = Random::new(self.query.seed);
        let key = sample_key("baseline", sample) ^ (u64::from(self.input) << 40);
        let draws = self.query.sampling_strategy == SamplingStrategy::SampleGeneration;
        let mut profile = self.estimate.profile.clone();
        let mut latents = self.latents.clone();
        if draws && !self.query.deterministic_latents {
            self.draw_sex(&mut profile, random, key);
            match self.model.measurement() {
                Measurement::Bulk(noise) => {
                    let noise = noise.of_study(None);
                    self.scatter(&mut profile, &mut latents, noise, random, key);
                }
                Measurement::Cells(cells) => {
                    self.scatter_cell(&mut profile, &mut latents, cells, random, key);
                }
            }
        }
        let observed: Arc<[bool]> = vec![true; profile.len()].into();
        let mut effect = match &self.treatment {
            Some(perturbed) => perturbed.effect.clone(),
            None => PredictedEffect::none(profile.len()),
        };
        let whole = self.model.modality().per();
        let expression = effect.rescale(&profile, &observed, whole);
        if self.treatment.is_some() {
            let shift = self.model.responses().project(&effect.mean);
            let range = self.model.latent().range(LatentGroup::Perturbation);
            for (latent, shift) in latents[range].iter_mut().zip(shift) {
                *latent += shift;
            }
        }
        let reads = match self.model.measurement() {
            measurement if !draws => {
                let scale = self.total as f64 / whole;
                let expected: Vec<f64> = expression.iter().map(|level| level * scale).collect();
                match measurement {
                    Measurement::Bulk(_) => integers::apportion(&expected, self.total),
                    // Most of what is expected of a cell is below one.
                    Measurement::Cells(_) => {
                        let rounding = integers::rounding(random, self.query.deterministic_latents);
                        integers::round_at_random(&expected, self.total, rounding, key)
                    }
                }
            }
            Measurement::Bulk(noise) => {
                let (noise, levels) = (noise.of_study(None), streams::LEVEL);
                measure(&expression, noise, self.total, random, levels, key)
            }
            Measurement::Cells(cells) => draw_cell(cells, &expression, self.total, random, key),
        };
        Ok(BaselinePrediction {
            input: self.input,
            sample,
            seed: self.query.seed,
            counts: Counts::fully_observed(reads)?,
            latents: grouped(self.model.latent(), &latents),
            support: self.support.clone(),
        })
    }
}

/// What the samples are of, with names resolved to ids; what stood in for what goes to `notes`.
fn described<'a>(
    model: &'a Model,
    query: &BaselineQuery,
    notes: &mut Vec<String>,
) -> Result<(&'a BaselineModel, Metadata)> {
    let Some(baseline) = model.baseline_model() else {
        let message = format!(
            "{} makes no samples from metadata: use a model that does, or train one",
            model.manifest().id
        );
        return Err(refcast_core::Error::one("model", "not_capable", message).into());
    };
    let (metadata, mut resolved) = model.resolve_metadata(&query.metadata)?;
    let metadata = model.with_tissue_of_disease(metadata, &mut resolved)?;
    notes.append(&mut resolved);
    Ok((baseline, metadata))
}

/// The levels that a sample of the profile would be measured at, `[genes]`: in bulk its own; of a
/// cell the means of ln(1 + CP10k) at its depth.
fn measured_levels(model: &Model, profile: &[f64], total: u64) -> Vec<f64> {
    match model.measurement() {
        Measurement::Bulk(_) => profile.to_vec(),
        Measurement::Cells(cells) => {
            let depth = cells.depth(total as f64);
            let rates = profile.iter().map(|level| libm::expm1(*level));
            rates.map(|rate| depth.level(rate)).collect()
        }
    }
}

/// The expected profile under the treatment; none where nothing is done.
fn treatment(
    model: &Model,
    query: &BaselineQuery,
    estimate: &Estimate,
    latents: &[f64],
    is_unwanted: IsUnwanted<'_>,
) -> Result<Option<Arc<PerturbedReference>>> {
    let Some(perturbation) = query.perturbation.as_ref().filter(|own| !own.is_control()) else {
        return Ok(None);
    };
    let query = Query {
        perturbation: perturbation.clone(),
        num_samples: 1,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        conditioning: Conditioning::default(),
        deterministic_latents: true,
        seed: query.seed,
        total_count: None,
        fixed_total_count: false,
    };
    let plan = model.plan_unless(&query, is_unwanted)?;
    let reference = Reference {
        name: "baseline".to_owned(),
        counts: expected_counts(model, &estimate.profile)?,
        latents: Some(latents.to_vec()),
    };
    Ok(Some(Arc::new(PerturbedReference::new(
        model, &plan, &reference,
    )?)))
}
