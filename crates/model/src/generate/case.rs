//! One reference under one perturbation: everything that is the same for each of its samples.

use std::sync::{Arc, OnceLock};

use refcast_core::{Counts, Support, elementary};

use super::effect::Effect;
use super::familiarity::Familiarity;
use super::plan::{Plan, Prepared};
use super::predict::Reference;
use super::profile::Residual;
use super::response::Open;
use super::sight::Sight;
use super::support;
use crate::cells::CellState;
use crate::effects::{Bearing, Cells};
use crate::error::Result;
use crate::latent::Posterior;
use crate::model::Model;
use crate::noise::{MILLION, Noise, ObservationModel};
use crate::reading::Reading;

/// Correlation of profiles from which on a reference counts as from the laboratory of a context.
const SAME_LABORATORY: f64 = 0.85;

/// One reference under one perturbation. It does not depend on what else a query asks for, so that
/// it serves every query of that perturbation on that reference.
#[derive(Debug)]
pub struct Case {
    pub(crate) prepared: Arc<Prepared>,
    pub(super) counts: Counts,
    /// Those of the reference, where they were given.
    latents: Option<Vec<f64>>,
    pub(super) measured: Measured,
    pub(super) posterior: Posterior,
    pub(super) bearing: Option<Bearing>,
    /// The effect on the reference as it is,
    pub(super) effect: Effect,
    /// and what the evidence leaves open of it, where a draw asks for that.
    open: OnceLock<Option<Open>>,
    pub(super) support: Support,
}

/// A reference, by what it is a sample of.
#[derive(Debug)]
pub(super) enum Measured {
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

    pub(super) fn residual(&self, model: &Model, noise: Noise<'_>, case: &Case) -> &Residual {
        self.residual.get_or_init(|| {
            let latent = model.latent();
            Residual::of(latent, noise, &case.counts, self, &case.posterior)
        })
    }
}

impl Case {
    pub(crate) fn new(model: &Model, plan: &Plan, reference: &Reference) -> Result<Self> {
        check(model, reference)?;
        let counts = &reference.counts;
        let sight = plan.prepared.sight.through(model, counts.observed());
        let reading = sight.read(model, counts);
        let familiarity = familiarity(model, &sight, reference, &reading);
        let known = Known::of(&reading, counts);
        let profile = match &reading.state {
            None => reading.levels,
            Some(state) => log_rates(&state.rates),
        };
        let borne = Borne::new(
            model,
            plan,
            &profile,
            counts.observed(),
            &known,
            &familiarity,
        );
        let measured = match reading.state {
            None => Measured::Bulk(BulkReference {
                profile,
                library: reading.library,
                residual: OnceLock::new(),
                laboratory: laboratory(model, &borne.correlations),
            }),
            Some(state) => Measured::Cell(state),
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
            bearing: borne.bearing,
            effect: borne.effect,
            open: OnceLock::new(),
            support: borne.support,
        })
    }

    /// Whether this is a case of what the plan has prepared.
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

    pub(super) fn open(&self, model: &Model) -> Option<&Open> {
        let open = || model.responses().open(&self.effect.variance);
        self.open.get_or_init(open).as_ref()
    }

    /// The effect on another profile of the same cells, ln(1 + CPM) or ln(1 + CP10k) `[genes]`.
    pub(super) fn effect_on(&self, model: &Model, profile: &[f64]) -> Effect {
        let bearing = self.bearing.as_ref();
        effect_on(model, &self.prepared, bearing, profile, self.observed())
    }
}

/// The effect on a reference as it is, and what it rests on: a mean estimate without its counts.
pub(crate) fn effect(
    model: &Model,
    plan: &Plan,
    reference: &Reference,
) -> Result<(Effect, Support)> {
    check(model, reference)?;
    let counts = &reference.counts;
    let sight = plan.prepared.sight.through(model, counts.observed());
    let reading = sight.read(model, counts);
    let familiarity = familiarity(model, &sight, reference, &reading);
    let known = Known::of(&reading, counts);
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
    let mut borne = Borne::new(
        model,
        plan,
        &profile,
        counts.observed(),
        &known,
        &familiarity,
    );
    borne.effect.rescale(&profile, counts.observed(), whole);
    Ok((borne.effect, borne.support))
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
struct Known {
    levels: Option<Vec<f64>>,
    genes: Option<Vec<bool>>,
}

impl Known {
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

/// What the evidence says of a reference.
struct Borne {
    correlations: Vec<f64>,
    bearing: Option<Bearing>,
    effect: Effect,
    support: Support,
}

impl Borne {
    /// Of a reference's profile on the scale of the bank, `[genes]`.
    fn new(
        model: &Model,
        plan: &Plan,
        profile: &[f64],
        observed: &[bool],
        known: &Known,
        familiarity: &Familiarity,
    ) -> Self {
        let (correlations, bearing) = bear(model, plan, profile, observed, known);
        let borne = bearing.as_ref();
        Self {
            effect: effect_on(model, &plan.prepared, borne, profile, observed),
            support: support::of(model, plan, borne, familiarity),
            correlations,
            bearing,
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
fn bear(
    model: &Model,
    plan: &Plan,
    profile: &[f64],
    observed: &[bool],
    known: &Known,
) -> (Vec<f64>, Option<Bearing>) {
    let bank = model.effects();
    let correlations = model.profiles().correlations(bank, profile, observed);
    let cells = Cells {
        correlations: &correlations,
        profile: known.levels.as_deref().unwrap_or(profile),
        observed: known.genes.as_deref().unwrap_or(observed),
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
    prepared: &Prepared,
    bearing: Option<&Bearing>,
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
    if let (Some(cutting), Some(evidence)) = (&prepared.cutting, &prepared.evidence) {
        let entries = evidence.posterior().entries();
        effect.leave(cutting, entries, &bearing.weights);
    }
    effect.agree(&prepared.told, profile, observed);
    effect.aim(&prepared.aimed_at, profile, observed);
    effect
}
