//! References under a perturbation.

use std::sync::Arc;

use rayon::prelude::*;
use refcast_core::random::draw_seed;
use refcast_core::{Faults, PerturbationFields, Prediction, Query, RawQuery};
use refcast_model::vocabulary::Understood;
use refcast_model::{Plan, Reference};

use super::perturbation::resolve;
use crate::answer::{Answer, Batch, Content, Head, InputFacts, Resources, Row};
use crate::error::{Error, Result};
use crate::input::Input;
use crate::session::Session;

/// Of one reference with more samples than a batch has, the samples in memory at a time.
const SAMPLES_AT_A_TIME: u32 = 64;

/// A perturbation, and how samples under it are to be generated from references.
///
/// ```
/// # fn main() -> refcast::Result<()> {
/// use refcast::{ConditionedAsk, Session};
/// use refcast_core::RawQuery;
///
/// let session = Session::open("gem-1-bulk")?;
/// let query = RawQuery { sampling_strategy: Some("mean estimation".into()), ..RawQuery::default() };
/// let ask = ConditionedAsk::new(&session, Some("dexamethasone"), query.clone())?;
/// assert_eq!(ask.understood()[0].id.as_deref(), Some("CHEMBL384467"));
/// // Every fault is said at once.
/// let query = RawQuery { num_samples: Some("-1".into()), seed: Some("x".into()), ..query };
/// let error = ConditionedAsk::new(&session, Some("no such drug"), query).unwrap_err();
/// assert_eq!(error.to_string().lines().count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ConditionedAsk {
    query: Query,
    plan: Plan,
    understood: Vec<Understood>,
}

impl ConditionedAsk {
    /// The perturbation of that name, or the one that `raw` has the id of, with the other fields of
    /// `raw`. A seed is drawn where it has none.
    ///
    /// # Errors
    /// Every fault of every field; entities that the model cannot answer for, with the nearest.
    pub fn new(session: &Session, name: Option<&str>, raw: RawQuery) -> Result<Self> {
        let mut faults = Faults::new();
        let named = faults.gather(resolve(session, name, raw.perturbation.clone()))?;
        let fields = match &named {
            Some(named) => named.fields.clone(),
            // The other fields are checked beside a stand-in for what was not found.
            None => stand_in(raw.perturbation.clone()),
        };
        let raw = RawQuery {
            perturbation: fields,
            ..raw
        };
        let query = faults.keep("", raw.check(draw_seed()));
        let (Some(named), Some(query)) = (named, query) else {
            return Err(faults.into_error().into());
        };
        Ok(Self {
            plan: session.model().plan(&query)?,
            query,
            understood: named.understood,
        })
    }

    /// The query, with a seed.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What was understood of the perturbation.
    pub fn understood(&self) -> &[Understood] {
        &self.understood
    }

    /// The samples of `input` under the perturbation.
    pub fn answer<'a>(&'a self, session: &'a Session, input: &'a mut Input) -> Answer<'a> {
        let head = Head {
            samples: input.len() * self.query.num_samples as usize,
            ..Head::new(session, Content::Expression, &self.query)
        };
        let run = move |resources: &Resources<'_>,
                        take: &mut dyn FnMut(Batch<'_>) -> Result<()>| {
            let run = ConditionedRun {
                ask: self,
                session,
                resources,
            };
            run.all(input, take)?;
            Ok(input.alignment())
        };
        Answer::new(head, run)
    }

    fn row<'a>(&'a self, made: Prediction) -> Row<'a> {
        let name = if self.query.num_samples == 1 {
            made.reference.clone()
        } else {
            format!("{}.{}", made.reference, made.sample + 1)
        };
        let facts = InputFacts {
            understood: &self.understood,
            ..InputFacts::named(made.reference.clone())
        };
        Row::conditioned(&facts, &self.query.perturbation, made).with_name(name)
    }
}

/// One answer in the making.
struct ConditionedRun<'a, 'w> {
    ask: &'a ConditionedAsk,
    session: &'a Session,
    resources: &'w Resources<'w>,
}

impl ConditionedRun<'_, '_> {
    /// References through the model, some at a time on all threads, in the order of the input.
    fn all(&self, input: &mut Input, take: &mut dyn FnMut(Batch<'_>) -> Result<()>) -> Result<()> {
        let num_samples = self.ask.query.num_samples;
        loop {
            let batch = input.next_batch(self.resources.references_at_a_time(num_samples))?;
            if batch.is_empty() {
                return Ok(());
            }
            if self.resources.is_split(num_samples) {
                for reference in &batch {
                    self.some_of_one(reference, take)?;
                }
            } else {
                for (reference, rows) in batch.iter().zip(self.of_each(&batch)?) {
                    take(Batch {
                        reference: Some(reference),
                        rows: &rows,
                    })?;
                }
            }
        }
    }

    /// The samples of one reference, some at a time.
    fn some_of_one(
        &self,
        reference: &Reference,
        take: &mut dyn FnMut(Batch<'_>) -> Result<()>,
    ) -> Result<()> {
        let (model, plan) = (self.session.model(), &self.ask.plan);
        let case = self.resources.on_threads(|| model.case(plan, reference))?;
        let samples = model.samples_of(plan, &reference.name, Arc::new(case));
        let all = self.ask.query.num_samples;
        let draw = |sample| Ok(self.ask.row(samples.sample(sample)?));
        self.resources
            .in_batches(all, SAMPLES_AT_A_TIME, draw, |first, rows| {
                // A reference is told once, with its first samples.
                let reference = (first == 0).then_some(reference);
                take(Batch { reference, rows })
            })
    }

    fn of_each(&self, batch: &[Reference]) -> Result<Vec<Vec<Row<'_>>>> {
        let (model, plan) = (self.session.model(), &self.ask.plan);
        let rows = |reference: &Reference| -> Result<Vec<Row<'_>>> {
            let made = model.predict(plan, reference).map_err(Error::from)?;
            Ok(made.into_iter().map(|made| self.ask.row(made)).collect())
        };
        self.resources
            .on_threads(|| batch.par_iter().map(rows).collect())
    }
}

fn stand_in(fields: PerturbationFields) -> PerturbationFields {
    let is_control = fields
        .perturbation_type
        .as_deref()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("control"));
    PerturbationFields {
        perturbation_ontology_id: (!is_control).then(|| "REFCAST:not-found".to_owned()),
        perturbation_type: fields
            .perturbation_type
            .or_else(|| Some("other".to_owned())),
        ..fields
    }
}
