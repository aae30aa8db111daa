//! References through the model, some at a time on all threads, in the order of the input.

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;
use refcast_core::Prediction;
use refcast_model::{Model, Plan, Reference};

use super::references::References;
use super::sample_faults::SampleFaults;
use crate::failure::{Failure, Result};

/// Of one reference with more samples than a batch has, the samples in memory at a time.
const SAMPLES_AT_A_TIME: u32 = 64;

/// How references are worked through.
#[derive(Clone, Copy)]
pub struct Batches<'a> {
    /// The model.
    pub model: &'a Model,
    /// What it is to do.
    pub plan: &'a Plan,
    /// The threads to do it on.
    pub pool: &'a ThreadPool,
    /// References in memory at a time.
    pub size: usize,
    /// Whether a reference has so many samples that not even its own fit in a batch.
    pub is_split: bool,
}

impl Batches<'_> {
    /// Calls `take` with every reference and some of its predictions, in the order of the input and
    /// of the samples.
    ///
    /// # Errors
    /// The faults of all samples, a failure of the model, or the first failure of `take`.
    pub fn run(
        self,
        references: &mut References,
        mut take: impl FnMut(&Reference, &[Prediction]) -> Result<()>,
    ) -> Result<()> {
        let mut faults = SampleFaults::default();
        loop {
            let mut batch = Vec::with_capacity(self.size);
            while batch.len() < self.size {
                match references.next() {
                    Ok(Some(reference)) => batch.push(reference),
                    Ok(None) => break,
                    Err(Failure::Invalid(found)) => {
                        faults.extend(found);
                        if references.is_broken() {
                            return faults.check();
                        }
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if batch.is_empty() {
                break;
            }
            // After a fault the rest is read for its faults only.
            if !faults.is_empty() {
                continue;
            }
            if self.is_split {
                for reference in &batch {
                    self.predict_some(reference, &mut take)?;
                }
            } else {
                for (reference, predictions) in batch.iter().zip(self.predict(&batch)?) {
                    take(reference, &predictions)?;
                }
            }
        }
        faults.check()
    }

    /// The samples of one reference, some at a time.
    fn predict_some(
        &self,
        reference: &Reference,
        take: &mut impl FnMut(&Reference, &[Prediction]) -> Result<()>,
    ) -> Result<()> {
        let case = self.pool.install(|| self.model.case(self.plan, reference));
        let case = Arc::new(case.map_err(failed)?);
        let samples = self.model.samples_of(self.plan, &reference.name, case);
        let all = self.plan.query().num_samples;
        let mut first = 0;
        while first < all {
            let end = all.min(first + SAMPLES_AT_A_TIME);
            let draw = |sample| samples.sample(sample).map_err(failed);
            let drawn: Vec<Prediction> = self.pool.install(|| {
                (first..end)
                    .into_par_iter()
                    .map(draw)
                    .collect::<Result<_>>()
            })?;
            take(reference, &drawn)?;
            first = end;
        }
        Ok(())
    }

    fn predict(&self, batch: &[Reference]) -> Result<Vec<Vec<Prediction>>> {
        let predict = |reference| self.model.predict(self.plan, reference).map_err(failed);
        self.pool
            .install(|| batch.par_iter().map(predict).collect())
    }
}

/// A fault of the query is the user's; anything else is not.
pub fn failed(error: refcast_model::Error) -> Failure {
    match error {
        refcast_model::Error::Query(error) => error.into(),
        error => Failure::Failed(error.to_string()),
    }
}
