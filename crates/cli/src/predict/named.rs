//! What a perturbation's name or id stands for, by the vocabulary of the model.

use refcast_core::{OntologyId, PerturbationFields, PerturbationType};
use refcast_model::Model;
use refcast_model::vocabulary::{MatchedBy, Resolution, ResolvedEntity};

use crate::chosen_model::vocabulary;
use crate::failure::{Failure, Result};
use crate::flags::PredictFlags;
use crate::report::Resolved;

/// What `--example` shows when nothing is named: a response that many cells have and biologists
/// know.
const EXAMPLE: &str = "dexamethasone";

/// The name of doing nothing.
const CONTROL: &str = "control";

/// The perturbation in the fields of a query, and how it was understood.
#[derive(Debug)]
pub struct Named {
    /// The fields, the id and type filled in.
    pub fields: PerturbationFields,
    /// What each part stands for.
    pub resolved: Vec<Resolved>,
}

impl Named {
    /// Looks up what `flags` name.
    ///
    /// # Errors
    /// A name or id that no table knows, with the nearest; a name beside an id.
    pub fn resolve(flags: &PredictFlags, model: &Model) -> Result<Self> {
        let fields = PerturbationFields {
            perturbation_ontology_id: flags.perturbation_ontology_id.clone(),
            perturbation_type: flags.perturbation_type.clone(),
            perturbation_time: flags.perturbation_time.clone(),
            perturbation_dose: flags.perturbation_dose.clone(),
        };
        let nothing_named = fields == PerturbationFields::default();
        match (&flags.perturbation, &flags.perturbation_ontology_id) {
            (Some(_), Some(_)) => Err(Failure::invalid(
                "perturbation",
                "contradiction",
                "give either --perturbation (a name) or --perturbation-ontology-id",
            )),
            (Some(name), None) => by_name(name, fields, model),
            (None, Some(ids)) => by_id(ids, fields, model),
            (None, None) if flags.example && nothing_named => by_name(EXAMPLE, fields, model),
            (None, None) => Ok(without_entity(fields)),
        }
    }
}

/// A name, or several, or ids: whatever a person writes for a perturbation.
fn by_name(text: &str, mut fields: PerturbationFields, model: &Model) -> Result<Named> {
    if is_control(text) {
        fields
            .perturbation_type
            .get_or_insert_with(|| CONTROL.to_owned());
        return Ok(without_entity(fields));
    }
    fill(look_up("perturbation", text, model)?, fields, model)
}

/// Ids only; they are looked up as well, so that an unknown one is answered with the nearest.
fn by_id(text: &str, fields: PerturbationFields, model: &Model) -> Result<Named> {
    // What is no id is the query's own check to refuse; it also knows the forms of ids.
    if OntologyId::parse_joined(text).is_err() {
        return Ok(Named {
            fields,
            resolved: Vec::new(),
        });
    }
    fill(
        look_up("perturbation_ontology_id", text, model)?,
        fields,
        model,
    )
}

fn look_up(field: &str, text: &str, model: &Model) -> Result<Resolution> {
    let found = vocabulary(model)?.resolve(text);
    found.map_err(|error| Failure::Invalid(error.into_faults(field)))
}

fn fill(found: Resolution, mut fields: PerturbationFields, model: &Model) -> Result<Named> {
    let ids: Vec<String> = found
        .entities
        .iter()
        .map(|entity| entity.id.to_string())
        .collect();
    fields.perturbation_ontology_id = Some(ids.join("|"));
    let mut resolved: Vec<Resolved> = found.entities.iter().map(understood).collect();
    if fields.perturbation_type.is_none() {
        let implied = PerturbationType::implied_by(&found.ids());
        let kind = trained_type(&found, implied, model)?;
        if kind != implied
            && let (Some(kind), Some(last)) = (kind, resolved.last_mut())
        {
            let note = last
                .note
                .take()
                .map_or_else(String::new, |note| format!("{note}; "));
            last.note = Some(format!("{note}type {kind}, the one seen in training"));
        }
        fields.perturbation_type = kind.map(|kind| kind.to_string());
    }
    Ok(Named { fields, resolved })
}

/// The type where none is given: the one by which training saw all of the entities; `implied`,
/// which their ids imply, where it saw them in several ways or not at all. None where that leaves
/// it open: the query's own check then asks for the type.
///
/// # Errors
/// When training saw them in several ways and the ids imply none of those; they are named.
fn trained_type(
    found: &Resolution,
    implied: Option<PerturbationType>,
    model: &Model,
) -> Result<Option<PerturbationType>> {
    let vocabulary = vocabulary(model)?;
    let types_of = |entity: &ResolvedEntity| {
        let trained = vocabulary.trained_entity(&entity.id);
        trained
            .map(|trained| trained.types.clone())
            .unwrap_or_default()
    };
    let common = found
        .entities
        .iter()
        .map(types_of)
        .reduce(|mut common, types| {
            common.retain(|kind| types.contains(kind));
            common
        });
    match common.unwrap_or_default().as_slice() {
        [only] => Ok(Some(*only)),
        [] => Ok(implied),
        several if implied.is_some_and(|implied| several.contains(&implied)) => Ok(implied),
        several => {
            let names: Vec<&str> = several.iter().map(|kind| kind.name()).collect();
            let message = format!(
                "training saw {} in several ways: choose one of {}",
                found.labels().join(" and "),
                names.join(", ")
            );
            Err(Failure::invalid("perturbation_type", "missing", message))
        }
    }
}

fn understood(entity: &ResolvedEntity) -> Resolved {
    let note = match entity.matched_by {
        MatchedBy::Id | MatchedBy::Name => None,
        MatchedBy::Synonym => Some("by another of its names".to_owned()),
        MatchedBy::EquivalentId => {
            Some("by the id or name that another source has for it".to_owned())
        }
    };
    Resolved {
        given: entity.given.clone(),
        id: Some(entity.id.to_string()),
        label: entity.label.clone(),
        note,
    }
}

/// A control, or fields that the query's own check will find incomplete.
fn without_entity(fields: PerturbationFields) -> Named {
    let control = Resolved {
        given: CONTROL.to_owned(),
        id: None,
        label: CONTROL.to_owned(),
        note: None,
    };
    Named {
        fields,
        resolved: vec![control],
    }
}

fn is_control(name: &str) -> bool {
    let name = name.trim();
    [CONTROL, "none", "untreated"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}
