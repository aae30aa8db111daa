//! What the fields of a perturbation leave open, filled in from what training saw.

use refcast_core::{Error, PerturbationFields, PerturbationType, Result};
use serde::Serialize;

use super::Vocabulary;
use super::controls::CONTROL;
use super::resolution::{EntityResolution, MatchedBy, ResolvedEntity};
use super::search::PERTURBATION_FIELD;

/// A perturbation as it was named and as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Understood {
    /// The name or id given.
    pub given: String,
    /// The id it stands for; none for a control.
    pub id: Option<String>,
    /// The name to show.
    pub label: String,
    /// How the name led there, where it is not the label itself.
    pub note: Option<String>,
}

/// The fields of a query, the ids and the type filled in, and how they were understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The fields.
    pub fields: PerturbationFields,
    /// What each part stands for.
    pub understood: Vec<Understood>,
}

impl Vocabulary {
    /// Fields that name the perturbation by ids or names, or not at all: what they leave open is
    /// filled in, and what is missing is left for the query's own check to refuse.
    ///
    /// # Errors
    /// At `perturbation_ontology_id`, what no table knows, with the nearest; at
    /// `perturbation_type`, a choice that training leaves open.
    pub fn complete(&self, fields: PerturbationFields) -> Result<Completed> {
        let ids = fields.perturbation_ontology_id.clone();
        match ids.filter(|ids| !ids.trim().is_empty()) {
            Some(ids) => self.complete_named(&ids, PERTURBATION_FIELD, fields),
            None => Ok(control(fields, by_name(CONTROL))),
        }
    }

    /// A name, or several, or ids: whatever a person writes for a perturbation. `path` is for
    /// messages.
    ///
    /// # Errors
    /// A name or id that no table knows, with the nearest; a name that may mean a control or
    /// something else, or that the type does not fit, with both; as [`complete`](Self::complete).
    pub fn complete_named(
        &self,
        name: &str,
        path: &str,
        mut fields: PerturbationFields,
    ) -> Result<Completed> {
        let given = fields.perturbation_type.as_deref();
        let given = given.filter(|kind| !kind.trim().is_empty());
        // What cannot be read is left for the query's own check to refuse.
        let kind = given.and_then(|kind| kind.parse::<PerturbationType>().ok());
        if let Some(understood) = self.control(name, kind).map_err(at(path))? {
            if given.is_none() || kind.is_some() {
                fields.perturbation_type = Some(CONTROL.to_owned());
            }
            fields.perturbation_ontology_id = None;
            return Ok(control(fields, understood));
        }
        let beside = self.without_controls(name);
        let (name, note) = match &beside {
            None => (name, None),
            Some((rest, controls)) => {
                let controls = controls.join(" and ");
                (
                    rest.as_str(),
                    Some(format!(
                        "`{controls}` beside it is a control and adds nothing"
                    )),
                )
            }
        };
        let kind = kind.filter(|kind| *kind != PerturbationType::Control);
        let found = self.resolve_as(name, kind).map_err(at(path))?;
        self.fill(&found, fields, note)
    }

    fn fill(
        &self,
        found: &EntityResolution,
        mut fields: PerturbationFields,
        note: Option<String>,
    ) -> Result<Completed> {
        let ids: Vec<String> = found
            .entities
            .iter()
            .map(|entity| entity.id.to_string())
            .collect();
        fields.perturbation_ontology_id = Some(ids.join("|"));
        let mut notes: Vec<String> = note.into_iter().collect();
        let kind = fields.perturbation_type.as_deref();
        if kind.is_none_or(|kind| kind.trim().is_empty()) {
            let guessed = self.guessed_type(found)?;
            notes.extend(guessed.note);
            fields.perturbation_type = guessed.kind.map(|kind| kind.to_string());
        }
        let mut understood: Vec<Understood> = found.entities.iter().map(understanding).collect();
        if let Some(last) = understood.last_mut() {
            let all: Vec<String> = last.note.take().into_iter().chain(notes).collect();
            last.note = (!all.is_empty()).then(|| all.join("; "));
        }
        Ok(Completed { fields, understood })
    }
}

/// The faults of an error, placed at `path`.
fn at(path: &str) -> impl Fn(Error) -> Error {
    move |error| Error::Invalid(error.into_faults(path))
}

fn understanding(entity: &ResolvedEntity) -> Understood {
    let mut notes = Vec::new();
    match entity.matched_by {
        MatchedBy::Id | MatchedBy::Name => {}
        MatchedBy::Synonym => notes.push("by another of its names".to_owned()),
        MatchedBy::EquivalentId => {
            notes.push("by the id or name that another source has for it".to_owned());
        }
    }
    if let Some(besides) = &entity.besides {
        notes.push(format!("by its type, since {besides} has the name too"));
    }
    Understood {
        given: entity.given.clone(),
        id: Some(entity.id.to_string()),
        label: entity.label.clone(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

fn by_name(name: &str) -> Understood {
    Understood {
        given: name.to_owned(),
        id: None,
        label: CONTROL.to_owned(),
        note: None,
    }
}

/// A control, or fields that the query's own check will find incomplete.
fn control(fields: PerturbationFields, understood: Understood) -> Completed {
    Completed {
        fields,
        understood: vec![understood],
    }
}
