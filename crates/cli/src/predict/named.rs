//! What a perturbation's name or id stands for, by the vocabulary of the model.

use refcast_core::{OntologyId, PerturbationFields, PerturbationType};
use refcast_model::Model;
use refcast_model::vocabulary::{EntityKind, MatchedBy, Resolution, ResolvedEntity};

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
        if kind.is_some()
            && kind != implied
            && let Some(last) = resolved.last_mut()
        {
            let note = last.note.take();
            let note = note.map_or_else(String::new, |note| format!("{note}; "));
            last.note = Some(format!("{note}its type as seen in training"));
        }
        fields.perturbation_type = kind.map(|kind| kind.to_string());
    }
    Ok(Named { fields, resolved })
}

/// The type where none is given: the one by which training saw all of the entities; where it saw
/// them in several ways, the one `implied` by their ids or usual for what they are; `implied`
/// where it saw them in none. None where that leaves it open: the query's own check then asks.
///
/// # Errors
/// When training saw them in several ways and none of those is the usual one; they are named.
fn trained_type(
    found: &Resolution,
    implied: Option<PerturbationType>,
    model: &Model,
) -> Result<Option<PerturbationType>> {
    let vocabulary = vocabulary(model)?;
    let mut common: Option<Vec<PerturbationType>> = None;
    let mut usual = implied;
    for entity in &found.entities {
        let Some(trained) = vocabulary.trained_entity(&entity.id) else {
            // That nothing can answer for it is what must be said, and the model's plan says it
            // whatever the type: asking for a type first would lead nowhere.
            let answered = !vocabulary.standing_for(&entity.id).is_empty();
            return Ok(implied.or((!answered).then_some(PerturbationType::Other)));
        };
        usual = usual.or_else(|| usual_type(trained.kind));
        common = Some(match common {
            None => trained.types.clone(),
            Some(mut common) => {
                common.retain(|kind| trained.types.contains(kind));
                common
            }
        });
    }
    match common.unwrap_or_default().as_slice() {
        [] => Ok(implied),
        [only] => Ok(Some(*only)),
        several if usual.is_some_and(|usual| several.contains(&usual)) => Ok(usual),
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

/// How an entity of a kind acts when nothing else is said. A gene has no usual way.
fn usual_type(kind: EntityKind) -> Option<PerturbationType> {
    match kind {
        EntityKind::Compound => Some(PerturbationType::Compound),
        EntityKind::Biologic | EntityKind::Protein => Some(PerturbationType::PeptideOrBiologic),
        EntityKind::Infection => Some(PerturbationType::Infection),
        EntityKind::Coculture => Some(PerturbationType::Coculture),
        EntityKind::Gene => None,
        EntityKind::Environment
        | EntityKind::Medium
        | EntityKind::Supernatant
        | EntityKind::Treatment
        | EntityKind::Mixture => Some(PerturbationType::Other),
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
