//! One reference under one perturbation: everything that is the same for each of its samples.

use std::sync::{Arc, OnceLock};

use refcast_core::{Counts, LogCpm, Support};

use super::effect::Effect;
use super::plan::{Plan, Prepared};
use super::predict::Reference;
use super::profile::Residual;
use super::response::Open;
use super::support;
use crate::effects::{Bearing, Cells};
use crate::error::Result;
use crate::latent::Posterior;
use crate::model::Model;
use crate::noise::Noise;

/// Correlation of profiles from which on a reference counts as from the laboratory of a context.
const SAME_LABORATORY: f64 = 0.85;

/// One reference under one perturbation. It does not depend on what else a query asks for, so that
/// it serves every query of that perturbation on that reference.
#[derive(Debug)]
pub struct Case {
    pub(crate) prepared: Arc<Prepared>,
    pub(super) counts: Counts,
    pub(super) own: LogCpm,
    pub(super) posterior: Posterior,
    /// Where a draw of the reference asks for it; a mean estimate of it does not.
    residual: OnceLock<Residual>,
    laboratory: Option<usize>,
    pub(super) bearing: Option<Bearing>,
    /// The effect on the reference as it is,
    pub(super) effect: Effect,
    /// and what the evidence leaves open of it, where a draw asks for that.
    open: OnceLock<Option<Open>>,
    pub(super) support: Support,
}

impl Case {
    pub(crate) fn new(model: &Model, plan: &Plan, reference: &Reference) -> Result<Self> {
        let Borne {
            own,
            laboratory,
            bearing,
            effect,
            support,
        } = Borne::new(model, plan, reference)?;
        let encoder = plan.prepared.encoder(model.latent(), own.observed());
        let nothing_known = vec![0.0; model.latent().sizes.total()];
        Ok(Self {
            prepared: Arc::clone(&plan.prepared),
            counts: reference.counts.clone(),
            posterior: encoder.encode(model.latent(), &own, &nothing_known),
            residual: OnceLock::new(),
            open: OnceLock::new(),
            own,
            laboratory,
            bearing,
            effect,
            support,
        })
    }

    /// Whether this is a case of what the plan has prepared.
    pub fn is_under(&self, plan: &Plan) -> bool {
        Arc::ptr_eq(&self.prepared, &plan.prepared)
    }

    /// Whether it is, with a reference of these counts.
    pub fn is_of(&self, plan: &Plan, counts: &Counts) -> bool {
        self.is_under(plan) && self.counts == *counts
    }

    pub(super) fn noise<'m>(&self, model: &'m Model) -> Noise<'m> {
        model.noise().of_study(self.laboratory)
    }

    pub(super) fn residual(&self, model: &Model) -> &Residual {
        self.residual.get_or_init(|| {
            Residual::of(
                model.latent(),
                self.noise(model),
                &self.counts,
                &self.own,
                &self.posterior,
            )
        })
    }

    pub(super) fn open(&self, model: &Model) -> Option<&Open> {
        let open = || model.responses().open(&self.effect.variance);
        self.open.get_or_init(open).as_ref()
    }

    /// The effect on another profile of the same cells, ln(1 + CPM) `[genes]`.
    pub(super) fn effect_on(&self, model: &Model, profile: &[f64]) -> Effect {
        let bearing = self.bearing.as_ref();
        effect_on(model, &self.prepared, bearing, profile, self.own.observed())
    }
}

/// The effect on a reference as it is, and what it rests on: a mean estimate without its counts.
pub(crate) fn effect(
    model: &Model,
    plan: &Plan,
    reference: &Reference,
) -> Result<(Effect, Support)> {
    let mut borne = Borne::new(model, plan, reference)?;
    let own = &borne.own;
    borne.effect.rescale(own.values(), own.observed());
    Ok((borne.effect, borne.support))
}

/// What the evidence says of a reference.
struct Borne {
    own: LogCpm,
    laboratory: Option<usize>,
    bearing: Option<Bearing>,
    effect: Effect,
    support: Support,
}

impl Borne {
    fn new(model: &Model, plan: &Plan, reference: &Reference) -> Result<Self> {
        check(model, reference)?;
        let own = reference.counts.log_cpm();
        let (correlations, bearing) = bear(model, plan, &own);
        let (borne, prepared) = (bearing.as_ref(), &plan.prepared);
        Ok(Self {
            laboratory: laboratory(model, &correlations),
            effect: effect_on(model, prepared, borne, own.values(), own.observed()),
            support: support::of(model, plan, borne),
            bearing,
            own,
        })
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
fn bear(model: &Model, plan: &Plan, own: &LogCpm) -> (Vec<f64>, Option<Bearing>) {
    let bank = model.effects();
    let correlations = model
        .profiles()
        .correlations(bank, own.values(), own.observed());
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
    effect.aim(&prepared.aimed_at, profile, observed);
    effect
}
