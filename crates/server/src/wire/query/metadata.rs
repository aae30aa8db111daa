//! The metadata of an input: what it describes, and what was done to it.

use refcast_core::{Fault, Faults, PerturbationFields, PerturbationType};
use refcast_model::vocabulary::Understood;

use super::keys::keep;
use crate::registry::Served;
use crate::wire::json::{Fields, JsonValue};
use crate::wire::scalar::{kind, text};

/// What an input may say of its perturbation.
pub(super) const PERTURBATION_KEYS: [&str; 4] = [
    "perturbation_ontology_id",
    "perturbation_type",
    "perturbation_time",
    "perturbation_dose",
];

/// The metadata of an input; nothing where there are none. `None` after a fault.
pub(super) fn object(input: &Fields, path: &str, faults: &mut Faults) -> Option<Fields> {
    match input.get("metadata") {
        Some(JsonValue::Object(metadata)) => Some(metadata.clone()),
        None | Some(JsonValue::Null) => Some(Fields::new()),
        // An empty named list of R.
        Some(JsonValue::Array(values)) if values.is_empty() => Some(Fields::new()),
        Some(other) => {
            let message = format!("is {}: give an object", kind(other));
            faults.add(path, "wrong_type", message);
            None
        }
    }
}

/// The value of a key of the metadata at `path`, as text.
pub(super) fn value(
    metadata: &Fields,
    key: &str,
    path: &str,
    faults: &mut Faults,
) -> Option<String> {
    keep(faults, text(metadata.get(key)?, &format!("{path}.{key}")))
}

/// What an input says of its perturbation.
pub(super) struct Given {
    fields: PerturbationFields,
    /// Whether what it names could be read; that is not missing where it could not.
    is_named: bool,
}

impl Given {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.is_named && self.fields == PerturbationFields::default()
    }
}

/// What the metadata at `path` say of a perturbation, as it was given.
pub(super) fn perturbation(metadata: &Fields, path: &str, faults: &mut Faults) -> Given {
    let before = faults.len();
    let mut field = |key: &str| value(metadata, key, path, faults);
    let (id, kind) = (
        field("perturbation_ontology_id"),
        field("perturbation_type"),
    );
    let is_named = faults.len() == before;
    let mut field = |key: &str| value(metadata, key, path, faults);
    let fields = PerturbationFields {
        perturbation_ontology_id: id,
        perturbation_type: kind,
        perturbation_time: field("perturbation_time"),
        perturbation_dose: field("perturbation_dose"),
    };
    Given { fields, is_named }
}

/// The perturbation with what it leaves open filled in by the model's vocabulary. Where it was not
/// found, the other fields go on beside a stand-in, so that they are checked all the same.
pub(super) fn completed(
    given: Given,
    path: &str,
    served: &Served,
    faults: &mut Faults,
) -> (PerturbationFields, Option<Vec<Understood>>) {
    let Given { fields, is_named } = given;
    let completed = match served.model.vocabulary().filter(|_| is_named) {
        Some(vocabulary) => faults.keep(path, vocabulary.complete(fields.clone())),
        None => None,
    };
    match completed {
        Some(completed) => (completed.fields, Some(completed.understood)),
        None => (
            PerturbationFields {
                perturbation_ontology_id: Some("REFCAST:not-found".to_owned()),
                perturbation_type: Some(PerturbationType::Other.to_string()),
                ..fields
            },
            None,
        ),
    }
}

/// Puts a fault of a checked query where it belongs: the metadata and the number of samples are of
/// an input, everything else of the query.
pub(super) fn placed(fault: Fault, input: &str, of_metadata: impl Fn(&str) -> bool) -> Fault {
    if of_metadata(&fault.path) {
        fault.under(&format!("{input}.metadata"))
    } else if fault.path == "num_samples" {
        fault.under(input)
    } else {
        fault
    }
}

/// How perturbations were understood, where that is more than what was given.
pub(super) fn notes(understood: &[Understood]) -> Vec<String> {
    let note = |own: &Understood| {
        let note = own.note.as_ref()?;
        Some(format!(
            "perturbation {} ({}): {note}",
            own.given, own.label
        ))
    };
    understood.iter().filter_map(note).collect()
}
