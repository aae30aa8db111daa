//! The model of a fold, and what it answers.

use refcast_core::{Conditioning, Perturbation, Query, SamplingStrategy, Support};
use refcast_model::generate::PredictedEffect;
use refcast_model::{Model, Plan, Reference};
use refcast_train::bank::Contrast;
use refcast_train::corpus::{Corpus, Treatment};
use refcast_train::evaluate::counts_of;
use refcast_train::{Labels, Recipe, fit_effects};

use crate::error::Result;

/// Trains the recipe's model for mean estimates on the samples of a fold.
///
/// # Errors
/// Those of training.
pub fn train(corpus: &Corpus, recipe: &Recipe, labels: &Labels) -> Result<Model> {
    Ok(Model::from_parts(fit_effects(corpus, recipe, labels)?))
}

/// How the model would answer for a treatment; `None` if it refuses it.
///
/// # Errors
/// A model that fails otherwise.
pub fn plan(model: &Model, treatment: &Treatment) -> Result<Option<Plan>> {
    match model.plan(&query(treatment)?) {
        Ok(plan) => Ok(Some(plan)),
        Err(refcast_model::Error::Query(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The model's change of ln(1 + CPM) on the mean controls of a held-out sample, `[genes]`.
///
/// # Errors
/// Those of prediction.
pub fn predict(
    model: &Model,
    corpus: &Corpus,
    plan: &Plan,
    contrast: &Contrast,
) -> Result<Vec<f32>> {
    let mut predictions = model.predict(plan, &reference(corpus, contrast)?)?;
    Ok(predictions.remove(0).effect)
}

/// The same with how far it may be off, and what it rests on.
///
/// # Errors
/// Those of prediction.
pub fn effect(
    model: &Model,
    corpus: &Corpus,
    plan: &Plan,
    contrast: &Contrast,
) -> Result<(PredictedEffect, Support)> {
    Ok(model.effect(plan, &reference(corpus, contrast)?)?)
}

/// The controls of a sample. One is the reference as it is; several are one, at the mean of their
/// levels.
fn reference(corpus: &Corpus, contrast: &Contrast) -> Result<Reference> {
    let study = &corpus.studies[contrast.study];
    let library: f64 = contrast
        .controls
        .iter()
        .map(|&at| study.library_sizes[at])
        .sum();
    Ok(Reference {
        name: study.samples[contrast.controls[0]].id().to_owned(),
        counts: counts_of(study, &contrast.control, library)?,
        latents: None,
    })
}

/// The query for a treatment: the mean of the latents, no measurement noise.
fn query(treatment: &Treatment) -> Result<Query> {
    let perturbation = Perturbation::new(
        treatment.entities.clone(),
        treatment.kind,
        treatment.doses.clone(),
        treatment.time,
    )?;
    Ok(Query {
        perturbation,
        num_samples: 1,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        conditioning: Conditioning::default(),
        deterministic_latents: true,
        seed: 0,
        total_count: None,
        fixed_total_count: false,
    })
}
