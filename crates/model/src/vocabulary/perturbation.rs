//! What the fields of a perturbation leave open, filled in from what training saw.

use refcast_core::{Error, OntologyId, PerturbationFields, PerturbationType, Result};
use serde::Serialize;

use super::Vocabulary;
use super::kind::EntityKind;
use super::resolution::{MatchedBy, Resolution, ResolvedEntity};
use super::search::{PERTURBATION_FIELD, TYPE_FIELD};

/// The name of doing nothing.
const CONTROL: &str = "control";

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
    /// Fields that name the perturbation by ids, or not at all. Ids are looked up, so that an
    /// unknown one is answered with the nearest; what is no id, and what is missing, is left for
    /// the query's own check to refuse.
    ///
    /// # Errors
    /// At `perturbation_ontology_id`, ids that no table knows; at `perturbation_type`, a choice
    /// that training leaves open.
    pub fn complete(&self, fields: PerturbationFields) -> Result<Completed> {
        let Some(ids) = fields
            .perturbation_ontology_id
            .as_deref()
            .filter(|ids| !ids.trim().is_empty())
        else {
            return Ok(without_entity(fields));
        };
        if OntologyId::parse_joined(ids).is_err() {
            return Ok(Completed {
                fields,
                understood: Vec::new(),
            });
        }
        let found = self.resolve(ids).map_err(at(PERTURBATION_FIELD))?;
        self.fill(&found, fields)
    }

    /// A name, or several, or ids: whatever a person writes for a perturbation. `path` is for
    /// messages.
    ///
    /// # Errors
    /// A name or id that no table knows, with the nearest; as [`complete`](Self::complete).
    pub fn complete_named(
        &self,
        name: &str,
        path: &str,
        mut fields: PerturbationFields,
    ) -> Result<Completed> {
        if is_control(name) {
            fields
                .perturbation_type
                .get_or_insert_with(|| CONTROL.to_owned());
            return Ok(without_entity(fields));
        }
        let found = self.resolve(name).map_err(at(path))?;
        self.fill(&found, fields)
    }

    fn fill(&self, found: &Resolution, mut fields: PerturbationFields) -> Result<Completed> {
        let ids: Vec<String> = found
            .entities
            .iter()
            .map(|entity| entity.id.to_string())
            .collect();
        fields.perturbation_ontology_id = Some(ids.join("|"));
        let mut understood: Vec<Understood> = found.entities.iter().map(understanding).collect();
        if fields.perturbation_type.is_none() {
            let implied = PerturbationType::implied_by(&found.ids());
            let kind = self.trained_type(found, implied)?;
            if kind.is_some()
                && kind != implied
                && let Some(last) = understood.last_mut()
            {
                let note = last.note.take();
                let note = note.map_or_else(String::new, |note| format!("{note}; "));
                last.note = Some(format!("{note}its type as seen in training"));
            }
            fields.perturbation_type = kind.map(|kind| kind.to_string());
        }
        Ok(Completed { fields, understood })
    }

    /// The type where none is given: the one by which training saw all of the entities; where it saw
    /// them in several ways, the one `implied` by their ids or usual for what they are; `implied`
    /// where it saw them in none. None where that leaves it open: the query's own check then asks.
    ///
    /// # Errors
    /// When training saw them in several ways and none of those is the usual one; they are named.
    fn trained_type(
        &self,
        found: &Resolution,
        implied: Option<PerturbationType>,
    ) -> Result<Option<PerturbationType>> {
        let mut common: Option<Vec<PerturbationType>> = None;
        let mut usual = implied;
        for entity in &found.entities {
            let Some(trained) = self.trained_entity(&entity.id) else {
                // That nothing can answer for it is what must be said, and the model's plan says it
                // whatever the type: asking for a type first would lead nowhere.
                let answered = !self.standing_for(&entity.id).is_empty();
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
                Err(Error::one(TYPE_FIELD, "missing", message))
            }
        }
    }
}

/// The faults of an error, placed at `path`.
fn at(path: &str) -> impl Fn(Error) -> Error {
    move |error| Error::Invalid(error.into_faults(path))
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

fn understanding(entity: &ResolvedEntity) -> Understood {
    let note = match entity.matched_by {
        MatchedBy::Id | MatchedBy::Name => None,
        MatchedBy::Synonym => Some("by another of its names".to_owned()),
        MatchedBy::EquivalentId => {
            Some("by the id or name that another source has for it".to_owned())
        }
    };
    Understood {
        given: entity.given.clone(),
        id: Some(entity.id.to_string()),
        label: entity.label.clone(),
        note,
    }
}

/// A control, or fields that the query's own check will find incomplete.
fn without_entity(fields: PerturbationFields) -> Completed {
    let control = Understood {
        given: CONTROL.to_owned(),
        id: None,
        label: CONTROL.to_owned(),
        note: None,
    };
    Completed {
        fields,
        understood: vec![control],
    }
}

fn is_control(name: &str) -> bool {
    let name = name.trim();
    [CONTROL, "none", "untreated"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}
