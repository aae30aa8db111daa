//! One reference under one perturbation: everything that is the same for each of its samples.

use std::sync::{Arc, OnceLock};

use refcast_core::{Counts, Support, elementary};

use super::effect::PredictedEffect;
use super::familiarity::Familiarity;
use super::plan::{Plan, PreparedPerturbation};
use super::predict::Reference;
use super::profile::Residual;
use super::response::UnexplainedCovariance;
use super::sight::Sight;
use super::support;
use crate::cells::CellState;
use crate::effects::{ReferenceProfile, WeightedEvidence};
use crate::error::Result;
use crate::latent::LatentPosterior;
use crate::model::Model;
use crate::noise::{MILLION, Noise, ObservationModel};
use crate::reading::Reading;

/// Correlation of profiles from which on a reference counts as from the laboratory of a context.
const SAME_LABORATORY: f64 = 0.85;

/// One reference under one perturbation. It does not depend on what else a query asks for, so that
/// it serves every query of that perturbation on that reference.
#[derive(Debug)]
pub struct PerturbedReference {
    pub(crate) prepared: Arc<PreparedPerturbation>,
    pub(super) counts: Counts,
    /// Those of the reference, where they were given.
    latents: Option<Vec<f64>>,
    pub(super) measured: MeasuredReference,
    pub(super) posterior: LatentPosterior,
    pub(super) weighted: Option<WeightedEvidence>,
    /// The effect on the reference as it is,
    pub(super) effect: PredictedEffect,
    /// and what the evidence leaves open of it, where a draw asks for that.
    unexplained: OnceLock<Option<UnexplainedCovariance>>,
    pub(super) support: Support,
}

/// A reference, by what it is a sample of.
#[derive(Debug)]
pub(super) enum MeasuredReference {
    /// Many cells.
    Bulk(BulkReference),
    /// One cell.
    Cell(CellState),
}

/// A bulk sample as the effect finds it.
#[derive(Debug)]
pub(super) struct BulkReference {
    /// ln(1 + CPM), `[genes]`.
    pub profile: Vec<f64>,
    /// Counts that all genes of the axis would have.
    pub library: f64,
    /// Where a draw of the reference asks for it; a mean estimate of it does not.
    residual: OnceLock<Residual>,
    laboratory: Option<usize>,
}

impl BulkReference {
    pub(super) fn noise<'m>(&self, noise: &'m ObservationModel) -> Noise<'m> {
        noise.of_study(self.laboratory)
    }

    pub(super) fn residual(
        &self,
        model: &Model,
        noise: Noise<'_>,
        perturbed: &PerturbedReference,
    ) -> &Residual {
        self.residual.get_or_init(|| {
            let latent = model.latent();
            Residual::of(latent, noise, &perturbed.counts, self, &perturbed.posterior)
        })
    }
}

impl PerturbedReference {
    pub(crate) fn new(model: &Model, plan: &Plan, reference: &Reference) -> Result<Self> {
        check(model, reference)?;
        let counts = &reference.counts;
        let sight = plan.prepared.sight.through(model, counts.observed());
        let reading = sight.read(model, counts);
        let familiarity = familiarity(model, &sight, reference, &reading);
        let receptors = ReceptorLevels::of(&reading, counts);
        let profile = match &reading.state {
            None => reading.levels,
            Some(state) => log_rates(&state.rates),
        };
        let evidence = ReferenceEvidence::new(
            model,
            plan,
            &profile,
            counts.observed(),
            &receptors,
            &familiarity,
        );
        let measured = match reading.state {
            None => MeasuredReference::Bulk(BulkReference {
                profile,
                library: reading.library,
                residual: OnceLock::new(),
                laboratory: laboratory(model, &evidence.correlations),
            }),
            Some(state) => MeasuredReference::Cell(state),
        };
        let mut posterior = reading.posterior;
        if let Some(latents) = &reference.latents {
            posterior.mean.clone_from(latents);
        }
        Ok(Self {
            prepared: Arc::clone(&plan.prepared),
            counts: counts.clone(),
            latents: reference.latents.clone(),
            measured,
            posterior,
            weighted: evidence.weighted,
            effect: evidence.effect,
            unexplained: OnceLock::new(),
            support: evidence.support,
        })
    }

    /// Whether this reference is under what the plan has prepared.
    pub fn is_under(&self, plan: &Plan) -> bool {
        Arc::ptr_eq(&self.prepared, &plan.prepared)
    }

    /// Whether it is, with a reference like this one, whatever its name.
    pub fn is_of(&self, plan: &Plan, reference: &Reference) -> bool {
        self.is_under(plan) && self.latents == reference.latents && self.counts == reference.counts
    }

    /// The genes that the reference measures, `[genes]`.
    pub(super) fn observed(&self) -> &Arc<[bool]> {
        self.counts.observed()
    }

    pub(super) fn unexplained(&self, model: &Model) -> Option<&UnexplainedCovariance> {
        let unexplained = || model.responses().unexplained(&self.effect.variance);
        self.unexplained.get_or_init(unexplained).as_ref()
    }

    /// The effect on another profile of the same cells, ln(1 + CPM) or ln(1 + CP10k) `[genes]`.
    pub(super) fn effect_on(&self, model: &Model, profile: &[f64]) -> PredictedEffect {
        let weighted = self.weighted.as_ref();
        effect_on(model, &self.prepared, weighted, profile, self.observed())
    }
}

/// The effect on a reference as it is, and what it rests on: a mean estimate without its counts.
pub(crate) fn effect(
    model: &Model,
    plan: &Plan,
    reference: &Reference,
) -> Result<(PredictedEffect, Support)> {
    check(model, reference)?;
    let counts = &reference.counts;
    let sight = plan.prepared.sight.through(model, counts.observed());
    let reading = sight.read(model, counts);
    let familiarity = familiarity(model, &sight, reference, &reading);
    let receptors = ReceptorLevels::of(&reading, counts);
    let (profile, whole) = match &reading.state {
        None => {
            let part = counts.library_size() as f64 / reading.library;
            (reading.levels, MILLION * part)
        }
        Some(state) => {
            let whole = sum_over(&state.rates, counts.observed());
            (log_rates(&state.rates), whole)
        }
    };
    let mut evidence = ReferenceEvidence::new(
        model,
        plan,
        &profile,
        counts.observed(),
        &receptors,
        &familiarity,
    );
    evidence.effect.rescale(&profile, counts.observed(), whole);
    Ok((evidence.effect, evidence.support))
}

fn familiarity(
    model: &Model,
    sight: &Sight,
    reference: &Reference,
    reading: &Reading,
) -> Familiarity {
    if reference.latents.is_some() {
        // The model's own, at a depth that no sample has.
        return Familiarity::expected();
    }
    let counts = &reference.counts;
    let known = sight.known.as_ref();
    let scores = known.map(|known| reading.scores(model, known, counts.observed()));
    Familiarity::of(model, counts, scores)
}

/// ln(1 + CP10k) of rates per 10,000.
pub(super) fn log_rates(rates: &[f64]) -> Vec<f64> {
    let mut levels = rates.to_vec();
    elementary::ln_1p(&mut levels);
    levels
}

/// The sum over the genes that are measured.
pub(super) fn sum_over(values: &[f64], observed: &[bool]) -> f64 {
    let seen = values.iter().zip(observed).filter(|(_, seen)| **seen);
    seen.map(|(value, _)| value).sum()
}

/// The levels by which a receptor limits a response, where they are not those that are measured: of
/// a panel that lacks the receptor its level is the one that the latents stand for.
#[derive(Default)]
struct ReceptorLevels {
    levels: Option<Vec<f64>>,
    genes: Option<Vec<bool>>,
}

impl ReceptorLevels {
    fn of(reading: &Reading, counts: &Counts) -> Self {
        let is_panel = reading.library > counts.library_size() as f64;
        if !is_panel || reading.state.is_some() {
            return Self::default();
        }
        let measured = reading.levels.iter().zip(counts.observed().iter());
        let levels = measured.zip(&reading.decoded);
        Self {
            levels: Some(
                levels
                    .map(|((own, seen), decoded)| if *seen { *own } else { decoded.max(0.0) })
                    .collect(),
            ),
            genes: Some(vec![true; counts.len()]),
        }
    }
}

/// The evidence for a reference, with the effect and the support that follow from it.
struct ReferenceEvidence {
    correlations: Vec<f64>,
    weighted: Option<WeightedEvidence>,
    effect: PredictedEffect,
    support: Support,
}

impl ReferenceEvidence {
    /// Of a reference's profile on the scale of the bank, `[genes]`.
    fn new(
        model: &Model,
        plan: &Plan,
        profile: &[f64],
        observed: &[bool],
        receptors: &ReceptorLevels,
        familiarity: &Familiarity,
    ) -> Self {
        let (correlations, weighted) = weigh(model, plan, profile, observed, receptors);
        let evidence = weighted.as_ref();
        Self {
            effect: effect_on(model, &plan.prepared, evidence, profile, observed),
            support: support::of(model, plan, evidence, familiarity),
            correlations,
            weighted,
        }
    }
}

/// A reference must be on the model's axis, and not be empty.
pub(super) fn check(model: &Model, reference: &Reference) -> Result<()> {
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
fn weigh(
    model: &Model,
    plan: &Plan,
    profile: &[f64],
    observed: &[bool],
    receptors: &ReceptorLevels,
) -> (Vec<f64>, Option<WeightedEvidence>) {
    let bank = model.effects();
    let correlations = model.profiles().correlations(bank, profile, observed);
    let reference = ReferenceProfile {
        correlations: &correlations,
        profile: receptors.levels.as_deref().unwrap_or(profile),
        observed: receptors.genes.as_deref().unwrap_or(observed),
    };
    let evidence = plan.prepared.evidence.as_ref();
    let weighted = evidence.map(|evidence| evidence.weigh_for(bank, &reference));
    (correlations, weighted)
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
    prepared: &PreparedPerturbation,
    weighted: Option<&WeightedEvidence>,
    profile: &[f64],
    observed: &[bool],
) -> PredictedEffect {
    let Some(weighted) = weighted else {
        return PredictedEffect::none(model.axis().len());
    };
    let (bank, level) = (model.effects(), model.level());
    let mut effect = PredictedEffect::on(
        bank,
        weighted,
        &level,
        model.calibration(),
        profile,
        observed,
    );
    if let (Some(cutting), Some(evidence)) = (&prepared.cutting, &prepared.evidence) {
        let entries = evidence.posterior().entries();
        effect.leave(cutting, entries, &weighted.weights);
    }
    effect.agree(&prepared.regulated, profile, observed);
    effect.aim(&prepared.aimed_at, profile, observed);
    effect
}
