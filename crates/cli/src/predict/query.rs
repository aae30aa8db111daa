//! The query that the flags make, checked whole, with what the model plans for it.

use refcast_core::random::draw_seed;
use refcast_core::{PerturbationFields, Query, RawQuery};
use refcast_model::vocabulary::Understood;
use refcast_model::{Model, Plan};

use super::batches::failed;
use super::named;
use crate::failure::{Failure, Gathered, Result};
use crate::flags::PredictFlags;

/// A query that can be answered.
#[derive(Debug)]
pub struct Asked {
    /// The query, with a seed.
    pub query: Query,
    /// What the model will do.
    pub plan: Plan,
    /// What was understood of the perturbation.
    pub resolved: Vec<Understood>,
}

impl Asked {
    /// The query that `flags` make for `model`.
    ///
    /// # Errors
    /// Every fault of every field; entities that the model cannot answer for, with the nearest.
    pub fn new(flags: &PredictFlags, model: &Model) -> Result<Self> {
        let mut gathered = Gathered::default();
        let named = gathered.keep(named::resolve(flags, model))?;
        let fields = match &named {
            Some(named) => named.fields.clone(),
            // The other fields are checked beside a stand-in for what was not found.
            None => stand_in(flags),
        };
        let query = gathered.keep(raw(flags, fields).check(draw_seed()).map_err(Failure::from))?;
        gathered.check()?;
        let (Some(named), Some(query)) = (named, query) else {
            return Err(Failure::Failed("the query went missing".to_owned()));
        };
        let plan = model.plan(&query).map_err(failed)?;
        let resolved = named.understood;
        Ok(Self {
            query,
            plan,
            resolved,
        })
    }

    /// The name of the perturbation for people: `dexamethasone`, `TNF + IL1B`, `control`.
    pub fn label(&self) -> String {
        let labels: Vec<&str> = self
            .resolved
            .iter()
            .map(|resolved| resolved.label.as_str())
            .collect();
        labels.join(" + ")
    }
}

fn raw(flags: &PredictFlags, perturbation: PerturbationFields) -> RawQuery {
    RawQuery {
        perturbation,
        num_samples: flags.num_samples.clone(),
        // A shell likes hyphens better than quotes.
        sampling_strategy: Some(flags.sampling_strategy.replace(['-', '_'], " ")),
        conditioning: flags.conditioning.as_deref().map(conditioning),
        deterministic_latents: Some(flags.deterministic_latents),
        seed: flags.seed.clone(),
        total_count: flags.total_count.clone(),
        fixed_total_count: Some(flags.fixed_total_count),
    }
}

/// An empty list cannot be typed; `none` can.
fn conditioning(names: &[String]) -> Vec<String> {
    match names {
        [only] if only.trim().is_empty() || only.trim().eq_ignore_ascii_case("none") => Vec::new(),
        names => names.to_vec(),
    }
}

fn stand_in(flags: &PredictFlags) -> PerturbationFields {
    let kind = flags.perturbation_type.clone();
    let is_control = kind
        .as_deref()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("control"));
    PerturbationFields {
        perturbation_ontology_id: (!is_control).then(|| "REFCAST:not-found".to_owned()),
        perturbation_type: kind.or_else(|| Some("other".to_owned())),
        perturbation_time: flags.perturbation_time.clone(),
        perturbation_dose: flags.perturbation_dose.clone(),
    }
}
