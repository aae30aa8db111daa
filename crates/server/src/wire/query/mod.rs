//! The query of the predict routes: every spelling read, every fault reported at once.
//!
//! What a query holds depends on what the model id asks for; each kind of request has a file.

mod annotation;
mod baseline;
mod conditioned;
mod inputs;
mod keys;
mod metadata;
mod shared;
#[cfg(test)]
mod tests;

use refcast_core::{Fault, Faults};
use refcast_model::vocabulary::Understood;

use super::json::JsonValue;
use super::scalar::kind;
use crate::registry::{Interface, RequestType};

pub use annotation::{Annotated, AnnotationTasks};
pub use baseline::Described;
pub use conditioned::Conditioned;
use shared::Shared;

/// The most that one request may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Inputs.
    pub inputs: usize,
    /// Samples, over all inputs.
    pub samples: u64,
}

/// The inputs of a query, in order.
#[derive(Debug, Clone)]
pub enum Tasks {
    /// Metadata to expression.
    Baseline(Vec<Described>),
    /// Reference counts and a perturbation to expression.
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

    /// How perturbations were understood, where that is more than what was given; each once.
    fn notes(&self) -> Vec<String> {
        let understood: Vec<&[Understood]> = match self {
            Self::Baseline(tasks) => tasks.iter().map(|task| &*task.understood).collect(),
            Self::Conditioned(tasks) => tasks.iter().map(|task| &*task.understood).collect(),
            Self::Annotation(_) => Vec::new(),
        };
        let mut notes: Vec<String> = Vec::new();
        for own in understood.into_iter().flatten() {
            if let Some(note) = &own.note {
                let note = format!("perturbation {} ({}): {note}", own.given, own.label);
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        notes
    }

    /// Whether the answer says how genes were matched.
    pub fn has_alignment(&self) -> bool {
        match self {
            Self::Baseline(_) => false,
            Self::Conditioned(tasks) => tasks.iter().any(|task| task.alignment.is_some()),
            Self::Annotation(tasks) => tasks.inputs.iter().any(|input| input.alignment.is_some()),
        }
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
    known: &'static [&'static str],
}

impl Asked {
    /// Reads the body of a request to `interface`.
    ///
    /// # Errors
    /// Every fault of every field of every input.
    pub fn read(
        body: &JsonValue,
        interface: &Interface,
        limits: Limits,
    ) -> Result<Self, Vec<Fault>> {
        let JsonValue::Object(body) = body else {
            let message = format!("the body is {}: send an object with `inputs`", kind(body));
            return Err(vec![Fault::new("", "wrong_type", message)]);
        };
        let mut faults = Faults::new();
        let shared = Shared::read(body, &mut faults);
        let served = &interface.served;
        let (tasks, known): (_, &'static [&'static str]) = match interface.request_type {
            RequestType::Baseline => (
                Tasks::Baseline(baseline::read(body, served, &shared, limits, &mut faults)),
                &baseline::KEYS,
            ),
            RequestType::ReferenceConditioned => (
                Tasks::Conditioned(conditioned::read(
                    body,
                    served,
                    &shared,
                    limits,
                    &mut faults,
                )),
                &conditioned::KEYS,
            ),
            RequestType::PredictMetadata => (
                Tasks::Annotation(annotation::read(body, served, &shared, limits, &mut faults)),
                &annotation::KEYS,
            ),
        };
        let mut warnings = keys::ignored(body, known);
        warnings.extend(tasks.notes());
        let asked = Self {
            tasks,
            warnings,
            seed: shared.seed,
            known,
        };
        faults.finish(asked).map_err(|error| error.into_faults(""))
    }

    /// What is kept of `body`, which this was read from: what was understood, with its seed, so that
    /// whoever runs it gives the same bytes.
    pub fn kept(&self, mut body: JsonValue) -> JsonValue {
        if let JsonValue::Object(fields) = &mut body {
            keys::forget_ignored(fields, self.known);
            fields.insert("seed".to_owned(), JsonValue::from(self.seed));
        }
        body
    }

    /// Samples over all inputs.
    pub fn samples(&self) -> u64 {
        self.tasks.samples()
    }
}
