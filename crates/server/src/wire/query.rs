//! The query of the predict routes: every spelling read, every fault reported at once.

use refcast_core::nearest::nearest;
use refcast_core::random::draw_seed;
use refcast_core::{Fault, Faults, PerturbationFields, PerturbationType, Query, RawQuery, quoted};
use refcast_io::AlignmentReport;
use refcast_model::Reference;
use refcast_model::vocabulary::Understood;

use super::counts;
use super::json::{Fields, JsonValue};
use super::scalar::{kind, text, texts, truth};
use crate::registry::{Interface, RequestType};

/// The keys of a query; others are reported and ignored, so that newer clients still work.
const KEYS: [&str; 10] = [
    "inputs",
    "conditioning",
    "sampling_strategy",
    "fixed_total_count",
    "total_count",
    "deterministic_latents",
    "seed",
    "alignment_report",
    // Clients add who they are and, some, which of several operations they mean.
    "source",
    "operation",
];
/// The keys of one input.
const INPUT_KEYS: [&str; 4] = ["counts", "gene_ids", "metadata", "num_samples"];
/// What the metadata of an input may hold for reference conditioning.
const METADATA_KEYS: [&str; 4] = [
    "perturbation_ontology_id",
    "perturbation_type",
    "perturbation_time",
    "perturbation_dose",
];

/// The most that one request may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Inputs.
    pub inputs: usize,
    /// Samples, over all inputs.
    pub samples: u64,
}

/// One input of a query: a reference and what to do with it.
#[derive(Debug, Clone)]
pub struct Task {
    /// The reference, on the model's axis.
    pub reference: Reference,
    /// What to do.
    pub query: Query,
    /// What was understood of the perturbation.
    pub understood: Vec<Understood>,
    /// How its genes were matched, where the query asks for it.
    pub alignment: Option<AlignmentReport>,
}

/// A query that was read and can be answered.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The inputs in order.
    pub tasks: Vec<Task>,
    /// What was ignored.
    pub warnings: Vec<String>,
    /// The seed, given or drawn.
    pub seed: u64,
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
            let message = format!(
                "the body is {}: send an object with `inputs` and `sampling_strategy`",
                kind(body)
            );
            return Err(vec![Fault::new("", "wrong_type", message)]);
        };
        if interface.request_type != RequestType::ReferenceConditioned {
            let message = format!(
                "{} is not answered yet by this server",
                interface.request_type
            );
            return Err(vec![Fault::new("", "not_served", message)]);
        }
        let mut faults = Faults::new();
        let shared = Shared::read(body, &mut faults);
        let tasks = tasks(body, interface, &shared, limits, &mut faults);
        let warnings = unknown(body, &KEYS)
            .map(|(key, near)| {
                let near =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                format!("`{key}` is not a key of a query and was ignored{near}")
            })
            .collect();
        match faults.finish(Self {
            tasks,
            warnings,
            seed: shared.seed,
        }) {
            Ok(asked) => Ok(asked),
            Err(error) => Err(error.into_faults("")),
        }
    }

    /// Samples over all inputs.
    pub fn samples(&self) -> u64 {
        self.tasks
            .iter()
            .map(|task| u64::from(task.query.num_samples))
            .sum()
    }
}

/// The fields that all inputs share, as text for the query's own check.
#[derive(Default)]
struct Shared {
    sampling_strategy: Option<String>,
    conditioning: Option<Vec<String>>,
    deterministic_latents: Option<bool>,
    seed_given: Option<String>,
    seed: u64,
    total_count: Option<String>,
    fixed_total_count: Option<bool>,
    alignment_report: bool,
}

impl Shared {
    fn read(body: &Fields, faults: &mut Faults) -> Self {
        let mut shared = Self::default();
        let value = |key: &str| body.get(key).unwrap_or(&JsonValue::Null);
        let mut keep_text = |key: &str| keep(faults, text(value(key), key));
        shared.sampling_strategy = keep_text("sampling_strategy");
        shared.seed_given = keep_text("seed");
        shared.total_count = keep_text("total_count");
        shared.conditioning = keep(faults, texts(value("conditioning"), "conditioning"));
        let mut keep_truth = |key: &str| keep(faults, truth(value(key), key));
        shared.deterministic_latents = keep_truth("deterministic_latents");
        shared.fixed_total_count = keep_truth("fixed_total_count");
        shared.alignment_report = keep_truth("alignment_report").unwrap_or(false);
        shared.seed = shared
            .seed_given
            .as_deref()
            .and_then(|seed| seed.trim().replace('_', "").parse().ok())
            .unwrap_or_else(draw_seed);
        shared
    }

    fn raw(&self, perturbation: PerturbationFields, num_samples: Option<String>) -> RawQuery {
        RawQuery {
            perturbation,
            num_samples,
            sampling_strategy: self.sampling_strategy.clone(),
            conditioning: self.conditioning.clone(),
            deterministic_latents: self.deterministic_latents,
            seed: self.seed_given.clone(),
            total_count: self.total_count.clone(),
            fixed_total_count: self.fixed_total_count,
        }
    }
}

fn keep<T>(faults: &mut Faults, found: Result<Option<T>, Fault>) -> Option<T> {
    match found {
        Ok(value) => value,
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn tasks(
    body: &Fields,
    interface: &Interface,
    shared: &Shared,
    limits: Limits,
    faults: &mut Faults,
) -> Vec<Task> {
    let inputs: Vec<&JsonValue> = match body.get("inputs") {
        Some(JsonValue::Array(inputs)) if !inputs.is_empty() => inputs.iter().collect(),
        // A list of one that R has unboxed.
        Some(input @ JsonValue::Object(_)) => vec![input],
        _ => {
            faults.add(
                "inputs",
                "missing",
                "give a list with at least one input, each with `counts`, `metadata` and `num_samples`",
            );
            // What all inputs share is checked all the same, beside a stand-in.
            let control = PerturbationFields {
                perturbation_type: Some(PerturbationType::Control.to_string()),
                ..PerturbationFields::default()
            };
            faults.keep("", shared.raw(control, None).check(shared.seed));
            return Vec::new();
        }
    };
    if inputs.len() > limits.inputs {
        let message = format!(
            "{} inputs; this server takes {} in one request: send them in several",
            inputs.len(),
            limits.inputs
        );
        faults.add("inputs", "too_many", message);
        return Vec::new();
    }
    let mut tasks = Vec::with_capacity(inputs.len());
    let mut shared_faults: Vec<Fault> = Vec::new();
    for (position, input) in inputs.into_iter().enumerate() {
        match task(input, position, interface, shared) {
            Ok(task) => tasks.push(task),
            Err(found) => {
                for fault in found {
                    // What all inputs share is said once.
                    if !fault.path.starts_with("inputs[") {
                        if shared_faults.contains(&fault) {
                            continue;
                        }
                        shared_faults.push(fault.clone());
                    }
                    faults.push(fault);
                }
            }
        }
    }
    let samples: u64 = tasks
        .iter()
        .map(|task| u64::from(task.query.num_samples))
        .sum();
    if samples > limits.samples {
        let message = format!(
            "{samples} samples in all; this server generates {} in one request: send several",
            limits.samples
        );
        faults.add("inputs", "too_many", message);
    }
    tasks
}

fn task(
    input: &JsonValue,
    position: usize,
    interface: &Interface,
    shared: &Shared,
) -> Result<Task, Vec<Fault>> {
    let path = format!("inputs[{position}]");
    let JsonValue::Object(input) = input else {
        let message = format!("is {}: give an object with `counts`", kind(input));
        return Err(vec![Fault::new(path, "wrong_type", message)]);
    };
    let mut faults = Faults::new();
    for (key, near) in unknown(input, &INPUT_KEYS) {
        faults.push(unknown_key(&path, key, near, &INPUT_KEYS));
    }
    let counts_path = format!("{path}.counts");
    let aligned = match input.get("counts") {
        Some(value) if !value.is_null() => {
            let found = counts::read(
                value,
                input.get("gene_ids"),
                &interface.served,
                &counts_path,
            );
            faults.keep("", found)
        }
        _ => {
            let message =
                "give the raw counts of the reference: a list, or an object from gene to count";
            faults.add(&counts_path, "missing", message);
            None
        }
    };
    let num_samples = input
        .get("num_samples")
        .and_then(|value| keep(&mut faults, text(value, &format!("{path}.num_samples"))));
    let query = query(input, &path, num_samples, interface, shared, &mut faults);
    match (aligned, query) {
        (Some(aligned), Some((query, understood))) => faults
            .finish(Task {
                reference: Reference {
                    // Part of the key of every draw; the same wherever the input came from.
                    name: position.to_string(),
                    counts: aligned.counts,
                },
                query,
                understood,
                alignment: aligned.report.filter(|_| shared.alignment_report),
            })
            .map_err(|error| error.into_faults("")),
        _ => Err(faults.into_error().into_faults("")),
    }
}

fn query(
    input: &Fields,
    path: &str,
    num_samples: Option<String>,
    interface: &Interface,
    shared: &Shared,
    faults: &mut Faults,
) -> Option<(Query, Vec<Understood>)> {
    let metadata_path = format!("{path}.metadata");
    let nothing = Fields::new();
    let metadata = match input.get("metadata") {
        Some(JsonValue::Object(metadata)) => metadata,
        None | Some(JsonValue::Null) => &nothing,
        // An empty named list of R.
        Some(JsonValue::Array(values)) if values.is_empty() => &nothing,
        Some(other) => {
            let message = format!("is {}: give an object", kind(other));
            faults.add(&metadata_path, "wrong_type", message);
            return None;
        }
    };
    for (key, near) in unknown(metadata, &METADATA_KEYS) {
        faults.push(unknown_key(&metadata_path, key, near, &METADATA_KEYS));
    }
    let mut field = |key: &str| {
        let value = metadata.get(key)?;
        keep(faults, text(value, &format!("{metadata_path}.{key}")))
    };
    let fields = PerturbationFields {
        perturbation_ontology_id: field("perturbation_ontology_id"),
        perturbation_type: field("perturbation_type"),
        perturbation_time: field("perturbation_time"),
        perturbation_dose: field("perturbation_dose"),
    };
    let completed = match interface.served.model.vocabulary() {
        Some(vocabulary) => faults.keep(&metadata_path, vocabulary.complete(fields.clone())),
        None => None,
    };
    let (fields, understood) = match completed {
        Some(completed) => (completed.fields, Some(completed.understood)),
        // The other fields are checked beside a stand-in for what was not found.
        None => (stand_in(fields), None),
    };
    let checked = shared.raw(fields, num_samples).check(shared.seed);
    let query = match checked {
        Ok(query) => Some(query),
        Err(error) => {
            for fault in error.into_faults("") {
                faults.push(if METADATA_KEYS.contains(&fault.path.as_str()) {
                    fault.under(&metadata_path)
                } else if fault.path == "num_samples" {
                    fault.under(path)
                } else {
                    fault
                });
            }
            None
        }
    };
    query.zip(understood)
}

fn stand_in(fields: PerturbationFields) -> PerturbationFields {
    PerturbationFields {
        perturbation_ontology_id: Some("REFCAST:not-found".to_owned()),
        perturbation_type: Some(PerturbationType::Other.to_string()),
        ..fields
    }
}

/// Keys that are not among `known`, each with the nearest of these.
fn unknown<'a>(
    object: &'a Fields,
    known: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, Option<String>)> {
    object
        .keys()
        .map(String::as_str)
        .filter(|key| !known.contains(key))
        .map(|key| (key, nearest(key, known.iter().copied(), 1).pop()))
}

fn unknown_key(path: &str, key: &str, near: Option<String>, known: &[&str]) -> Fault {
    let message = format!(
        "{} is not known here: use {}",
        quoted(key),
        known.join(", ")
    );
    Fault::new(format!("{path}.{key}"), "unknown_key", message)
        .with_nearest(near.into_iter().collect())
}
