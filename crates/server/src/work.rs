//! A job's work: the query through the model, the result as one JSON document.

use std::io::Write;
use std::sync::Arc;

use refcast::answer::JsonWriter;

use crate::generation::{Stopped, generate};
use crate::observe::{Stage, Timer};
use crate::registry::Registry;
use crate::store::{Job, Work, WorkError};
use crate::wire::{Asked, Body, Limits};

/// Runs jobs on the models of a registry.
pub struct Generation {
    registry: Arc<Registry>,
}

impl Generation {
    /// Work on these models.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }
}

/// What was accepted at submission is not refused now, whatever the server's limits are by then.
const NO_LIMITS: Limits = Limits {
    inputs: usize::MAX,
    samples: u64::MAX,
};

impl Work for Generation {
    fn run(
        &self,
        job: &Job,
        out: &mut dyn Write,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), WorkError> {
        let interface = self
            .registry
            .get(&job.model_id)
            .map_err(|fault| WorkError::Invalid(fault.to_string()))?;
        let served = &interface.served;
        let version = &served.model.manifest().version;
        if *version != job.model_version {
            return Err(WorkError::Invalid(format!(
                "{} was replaced by another version of its weights after this query was accepted: \
                 submit it again",
                job.model_id
            )));
        }
        let failed = |error: &dyn std::fmt::Display| WorkError::Failed(error.to_string());
        let timer = Timer::start(&interface.id, "job");
        let asked = timer.time(Stage::Read, || {
            let body = Body::read_kept(&job.query).map_err(WorkError::Failed)?;
            Asked::read(&body, interface, NO_LIMITS).map_err(|faults| {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                WorkError::Invalid(lines.join("; "))
            })
        })?;
        let mut writer = JsonWriter::new(out).map_err(|error| failed(&error))?;
        generate(served, &asked.tasks, &timer, stopped, |batch| {
            timer.time(Stage::Encode, || {
                batch
                    .iter()
                    .try_for_each(|row| writer.push(row))
                    .map_err(|error| Stopped::Failed(error.to_string()))
            })
        })
        .map_err(|stop| match stop {
            Stopped::Unwanted => WorkError::Stopped,
            Stopped::Failed(cause) => WorkError::Failed(cause),
        })?;
        writer
            .end_rows(&served.gene_order_json, version)
            .and_then(|()| writer.entry("warnings", &asked.warnings))
            .and_then(|()| writer.finish().map(drop))
            .map_err(|error| failed(&error))?;
        timer.done(asked.samples());
        Ok(())
    }
}
