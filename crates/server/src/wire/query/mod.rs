//! The query of the predict routes: every spelling read, every fault reported at once.
//!
//! What a query holds depends on what the model id asks for; each kind of request has a file.

mod annotation;
mod baseline;
#[cfg(test)]
mod client_tests;
mod conditioned;
mod inputs;
mod keys;
mod metadata;
mod reference;
#[cfg(test)]
mod reference_tests;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use refcast_core::{Fault, Faults};

use super::body::Body;
use crate::brief;
use crate::registry::{Interface, RequestType};

pub use annotation::AnnotationTasks;
pub use baseline::Described;
pub use conditioned::Conditioned;
pub use inputs::Limits;
use reference::Origin;
use shared::Shared;

/// The inputs of a query, in order.
#[derive(Debug, Clone)]
pub enum Tasks {
    /// Metadata to expression.
    Baseline(Vec<Described>),
    /// A reference, by its counts or its id, and a perturbation to expression.
    Conditioned(Vec<Conditioned>),
    /// Counts to metadata.
    Annotation(AnnotationTasks),
}

impl Tasks {
    /// Samples over all inputs; an input that is annotated has one, of the decoder.
    pub fn samples(&self) -> u64 {
        match self {
            Self::Baseline(tasks) => tasks.iter().map(Described::samples).sum(),
            Self::Conditioned(tasks) => tasks.iter().map(Conditioned::samples).sum(),
            Self::Annotation(tasks) => tasks.inputs.len() as u64,
        }
    }

    /// Puts what is to be said of the query before what is to be said of each input, and returns all
    /// of it, each once: the same sentences with a submission, a stream and a result.
    fn warn(&mut self, of_query: Vec<String>) -> Vec<String> {
        let of_inputs: Vec<&mut Vec<String>> = match self {
            Self::Baseline(tasks) => tasks.iter_mut().map(|task| &mut task.warnings).collect(),
            Self::Conditioned(tasks) => tasks.iter_mut().map(|task| &mut task.warnings).collect(),
            Self::Annotation(tasks) => {
                let inputs = tasks.inputs.iter_mut();
                inputs.map(|input| &mut input.warnings).collect()
            }
        };
        let of_query = brief::warnings(of_query);
        let mut all = of_query.clone();
        let mut said: HashSet<String> = of_query.iter().cloned().collect();
        for of_input in of_inputs {
            let own = std::mem::replace(of_input, of_query.clone());
            for warning in brief::warnings(own) {
                if said.insert(warning.clone()) {
                    all.push(warning.clone());
                }
                of_input.push(warning);
            }
        }
        brief::warnings(all)
    }
}

/// A query that was read and can be answered.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The inputs.
    pub tasks: Tasks,
    /// What was ignored, and what was understood where it was not said.
    pub warnings: Vec<String>,
    /// The seed, given or drawn.
    pub seed: u64,
    /// The keys of the query that were read.
    known: &'static [&'static str],
    /// What is said of the others.
    ignored: Vec<String>,
}

impl Asked {
    /// Reads the body of a request to `interface`.
    ///
    /// # Errors
    /// Every fault of every field of every input, up to some number of them.
    pub fn read(
        body: &Body<'_>,
        interface: &Interface,
        limits: Limits,
    ) -> Result<Self, Vec<Fault>> {
        body.check().map_err(|fault| vec![fault])?;
        let mut faults = Faults::new();
        for repeated in body.repeated() {
            faults.push(repeated);
        }
        let shared = Shared::read(&body.fields, interface.request_type, &mut faults);
        let served = &interface.served;
        let mut conditioned = |origin: Origin| {
            let tasks = conditioned::read(body, served, &shared, limits, origin, &mut faults);
            (Tasks::Conditioned(tasks), origin.query_keys())
        };
        let (mut tasks, known): (_, &[&str]) = match interface.request_type {
            RequestType::ReferenceConditioned => conditioned(Origin::Counts),
            RequestType::SampleConditioned => conditioned(Origin::Training),
            RequestType::Baseline => (
                Tasks::Baseline(baseline::read(body, served, &shared, limits, &mut faults)),
                &baseline::KEYS,
            ),
            RequestType::PredictMetadata => (
                Tasks::Annotation(annotation::read(body, served, &shared, limits, &mut faults)),
                &annotation::KEYS,
            ),
        };
        let mut ignored = body.said.clone();
        ignored.extend(keys::ignored(&body.fields, known));
        let warnings = tasks.warn([ignored.clone(), shared.notes].concat());
        let asked = Self {
            tasks,
            warnings,
            seed: shared.seed,
            known,
            ignored,
        };
        faults.finish(asked).map_err(|error| error.into_faults(""))
    }

    /// The query to keep: what was understood of `body`, from which this was read, with its seed
    /// fixed, so that whoever runs it gives the same bytes.
    pub fn query(&self, body: &Body<'_>) -> String {
        body.understood(self.known, self.seed, &self.ignored)
    }

    /// Samples over all inputs.
    pub fn samples(&self) -> u64 {
        self.tasks.samples()
    }
}
