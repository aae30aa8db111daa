//! The list of inputs: what is said once for all of them, and how many there may be.

use refcast_core::{Fault, Faults};
use serde_json::value::RawValue;

use super::keys::keep;
use crate::registry::Served;
use crate::wire::body::{Body, input};
use crate::wire::counts::{self, Aligned, Names};
use crate::wire::json::{Fields, JsonValue};
use crate::wire::scalar::{kind, text};

/// The most that one request may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Inputs.
    pub inputs: usize,
    /// Samples, over all inputs.
    pub samples: u64,
}

/// Faults after which no more inputs are read.
const MOST_FAULTS: usize = 100;

/// The inputs of a query, at least one and not too many; `None` after a fault.
pub(super) fn list<'b>(
    body: &Body<'b>,
    holds: &str,
    limits: Limits,
    faults: &mut Faults,
) -> Option<Vec<&'b RawValue>> {
    let Some(inputs) = body.inputs(limits.inputs) else {
        let message = format!("give a list with at least one input, each with {holds}");
        faults.add("inputs", "missing", message);
        return None;
    };
    if inputs.len() > limits.inputs {
        let message = format!(
            "more than {} inputs, which is what this server takes in one request: send them in several",
            limits.inputs
        );
        faults.add("inputs", "too_many", message);
        return None;
    }
    Some(inputs)
}

/// Reads every input, by its path; faults of what all inputs share are said once.
pub(super) fn read<T>(
    inputs: Vec<&RawValue>,
    faults: &mut Faults,
    mut one: impl FnMut(&Fields, usize, &str) -> Result<T, Vec<Fault>>,
) -> Vec<T> {
    let mut read = Vec::with_capacity(inputs.len());
    let mut shared: Vec<Fault> = Vec::new();
    for (position, raw) in inputs.into_iter().enumerate() {
        if faults.len() >= MOST_FAULTS {
            faults.add(
                "inputs",
                "unread",
                format!("inputs from number {position} on were not read: mend the others first"),
            );
            break;
        }
        let path = format!("inputs[{position}]");
        let found = match input(raw, &path) {
            Ok((JsonValue::Object(input), repeated)) if repeated.is_empty() => {
                one(&input, position, &path)
            }
            Ok((JsonValue::Object(input), mut all)) => {
                // Of a field with two values no more is said than that.
                let twice: Vec<String> = all.iter().map(|own| own.path.clone()).collect();
                let others = one(&input, position, &path).err().into_iter().flatten();
                all.extend(
                    others.filter(|own| !twice.iter().any(|path| own.path.starts_with(path))),
                );
                Err(all)
            }
            Ok((other, _)) => {
                let message = format!("is {}: give an object", kind(&other));
                Err(vec![Fault::new(path, "wrong_type", message)])
            }
            Err(fault) => Err(vec![fault]),
        };
        match found {
            Ok(task) => read.push(task),
            Err(found) => {
                for fault in found {
                    if !fault.path.starts_with("inputs[") {
                        if shared.contains(&fault) {
                            continue;
                        }
                        shared.push(fault.clone());
                    }
                    faults.push(fault);
                }
            }
        }
    }
    read
}

/// Refuses more samples than one request may ask for.
pub(super) fn check_samples(samples: u64, limits: Limits, faults: &mut Faults) {
    if samples > limits.samples {
        let message = format!(
            "{samples} samples in all; this server generates {} in one request: send several",
            limits.samples
        );
        faults.add("inputs", "too_many", message);
    }
}

/// The counts of an input. `gene_order` names the genes of a list where the input does not.
pub(super) fn counts(
    input: &Fields,
    gene_order: Option<&JsonValue>,
    path: &str,
    served: &Served,
    faults: &mut Faults,
) -> Option<Aligned> {
    let gene_ids = input.get("gene_ids").filter(|ids| !ids.is_null());
    let names = match (gene_ids, gene_order) {
        (Some(ids), _) => Some(Names::of_input(ids, format!("{path}.gene_ids"))),
        (None, order) => order.map(Names::of_query),
    };
    let path = format!("{path}.counts");
    match input.get("counts") {
        Some(value) if !value.is_null() => {
            let found = counts::read(value, names, served, &path);
            faults.keep("", found)
        }
        _ => {
            let message =
                "give the raw counts of the reference: a list, or an object from gene to count";
            faults.add(path, "missing", message);
            None
        }
    }
}

/// How many samples of an input are wanted, as text.
pub(super) fn num_samples(input: &Fields, path: &str, faults: &mut Faults) -> Option<String> {
    let value = input.get("num_samples")?;
    keep(faults, text(value, &format!("{path}.num_samples")))
}
