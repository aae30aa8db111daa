//! What is done to a sample.

use serde::{Deserialize, Serialize};

use crate::dose::Dose;
use crate::error::{Error, Fault, Faults, Result};
use crate::ontology::OntologyId;
use crate::perturbation_type::PerturbationType;
use crate::query::MOST_ENTITIES;
use crate::time::Duration;

const ID: &str = "perturbation_ontology_id";
const TYPE: &str = "perturbation_type";
const TIME: &str = "perturbation_time";
const DOSE: &str = "perturbation_dose";

/// What is done to a sample: one entity or several together, how, how much, how long.
///
/// Entities keep the order given, each with its dose; two perturbations are equal when they are
/// the same set. Serialises as the four text fields of [`PerturbationFields`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "PerturbationFields", into = "PerturbationFields")]
pub struct Perturbation {
    entities: Vec<OntologyId>,
    kind: PerturbationType,
    doses: Vec<Dose>,
    time: Option<Duration>,
}

/// A perturbation as text, in the fields of the wire protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerturbationFields {
    /// Ids of the entities, joined by `|`; none for a control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perturbation_ontology_id: Option<String>,
    /// The type; may be left out where the ids imply it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perturbation_type: Option<String>,
    /// The time under perturbation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perturbation_time: Option<String>,
    /// One dose per entity, separated by `;`, or one for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perturbation_dose: Option<String>,
}

impl Perturbation {
    /// A perturbation by `entities`. `doses` has none, one for all, or one per entity.
    ///
    /// # Errors
    /// With every fault: a control with entities or a dose, no entity elsewhere, an entity twice,
    /// entities and a type that contradict, a number of doses that fits no reading, a dose of
    /// nothing.
    pub fn new(
        entities: Vec<OntologyId>,
        kind: PerturbationType,
        doses: Vec<Dose>,
        time: Option<Duration>,
    ) -> Result<Self> {
        let mut faults = Faults::new();
        check_entities(&entities, kind, &mut faults);
        if kind == PerturbationType::Control {
            if !doses.is_empty() {
                faults.add(
                    DOSE,
                    "contradiction",
                    "a control has no dose: leave it out, or name the perturbation",
                );
            }
        } else if doses.len() > 1 && doses.len() != entities.len() {
            faults.add(
                DOSE,
                "wrong_number_of_doses",
                format!(
                    "{} doses for {}: give one per entity in their order, separated by `;`, or one for all",
                    doses.len(),
                    counted(entities.len())
                ),
            );
        } else if let Some(nothing) = doses.iter().find(|dose| dose.is_nothing()) {
            faults.add(
                DOSE,
                "no_dose",
                format!(
                    "`{nothing}` is nothing of it: for a sample without it leave the perturbation out, or use the type \
                     `control`; for one of a combination leave that one out"
                ),
            );
        }
        faults.finish(Self {
            entities,
            kind,
            doses,
            time,
        })
    }

    /// No perturbation.
    pub fn control() -> Self {
        Self {
            entities: Vec::new(),
            kind: PerturbationType::Control,
            doses: Vec::new(),
            time: None,
        }
    }

    /// The entities, in the order given; empty for a control.
    pub fn entities(&self) -> &[OntologyId] {
        &self.entities
    }

    /// How they act.
    pub fn kind(&self) -> PerturbationType {
        self.kind
    }

    /// The doses as given: none, one for all entities, or one per entity.
    pub fn doses(&self) -> &[Dose] {
        &self.doses
    }

    /// The dose of the entity at `position`.
    pub fn dose_of(&self, position: usize) -> Option<&Dose> {
        match self.doses.as_slice() {
            [one] => Some(one),
            several => several.get(position),
        }
    }

    /// The time under perturbation.
    pub fn time(&self) -> Option<Duration> {
        self.time
    }

    /// Whether nothing is done.
    pub fn is_control(&self) -> bool {
        self.kind == PerturbationType::Control
    }

    /// The ids joined by `|`, sorted: one text for one set of entities. Empty for a control.
    pub fn entity_key(&self) -> String {
        let mut entities: Vec<&OntologyId> = self.entities.iter().collect();
        entities.sort();
        join(&entities, "|")
    }

    fn as_set(&self) -> Vec<(&OntologyId, Option<&Dose>)> {
        let mut set: Vec<_> = self
            .entities
            .iter()
            .enumerate()
            .map(|(i, id)| (id, self.dose_of(i)))
            .collect();
        set.sort();
        set
    }
}

impl PartialEq for Perturbation {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.time == other.time && self.as_set() == other.as_set()
    }
}

fn check_entities(entities: &[OntologyId], kind: PerturbationType, faults: &mut Faults) {
    if entities.len() > MOST_ENTITIES {
        faults.push(too_many_entities(entities.len()));
        return;
    }
    for (position, entity) in entities.iter().enumerate() {
        if entities[..position].contains(entity) {
            faults.add(
                ID,
                "duplicate_entity",
                format!("{entity} is given twice: name each entity once"),
            );
        }
    }
    if kind == PerturbationType::Control {
        if !entities.is_empty() {
            faults.add(
                TYPE,
                "contradiction",
                format!("a control has no entity, but {} is given: leave the id out, or name another type", join(entities, "|")),
            );
        }
    } else if entities.is_empty() {
        faults.add(
            ID,
            "missing",
            format!("type `{kind}` needs the id of what perturbs, for example `CHEMBL25`; for no perturbation use type `control`"),
        );
    } else if !entities.iter().any(|entity| kind.fits(entity)) {
        let fitting: Vec<&str> = PerturbationType::ALL
            .into_iter()
            .filter(|other| entities.iter().any(|entity| other.fits(entity)))
            .map(PerturbationType::name)
            .collect();
        faults.add(
            TYPE,
            "contradiction",
            format!(
                "`{kind}` contradicts {}, which {}: use one of {}, or another id",
                join(entities, "|"),
                described(entities),
                fitting.join(", ")
            ),
        );
    }
}

/// The fault of a perturbation of more entities than are taken together.
pub fn too_many_entities(entities: usize) -> Fault {
    Fault::new(
        ID,
        "too_many_entities",
        format!(
            "{entities} entities together: name at most {MOST_ENTITIES}, or ask for each by itself"
        ),
    )
}

fn described(entities: &[OntologyId]) -> &'static str {
    match entities {
        [OntologyId::Gene(_)] => "is a gene",
        [OntologyId::Chembl(_) | OntologyId::Chebi(_)] => "is a chemical",
        [OntologyId::Taxon(_)] => "is an organism",
        [OntologyId::Refcast(_)] => "is a condition",
        _ => "none of them fits",
    }
}

fn counted(entities: usize) -> String {
    match entities {
        0 => "no entity".to_owned(),
        1 => "one entity".to_owned(),
        n => format!("{n} entities"),
    }
}

fn join<T: ToString>(items: &[T], separator: &str) -> String {
    items
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(separator)
}

impl TryFrom<PerturbationFields> for Perturbation {
    type Error = Error;

    /// Parses and checks all four fields; blank ones count as left out.
    fn try_from(fields: PerturbationFields) -> Result<Self> {
        let given = |field: &Option<String>| {
            field
                .as_deref()
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
        };
        let mut faults = Faults::new();
        let entities = given(&fields.perturbation_ontology_id).map_or(Some(Vec::new()), |text| {
            faults.keep(ID, OntologyId::parse_joined(&text))
        });
        let named = given(&fields.perturbation_type).map(|text| faults.keep(TYPE, text.parse()));
        let time = given(&fields.perturbation_time).map(|text| faults.keep(TIME, text.parse()));
        let doses = given(&fields.perturbation_dose).map_or(Some(Vec::new()), |text| {
            faults.keep(DOSE, Dose::parse_joined(&text))
        });
        let kind = named.unwrap_or_else(|| implied(entities.as_deref(), &mut faults));
        let perturbation = entities.zip(kind).and_then(|(entities, kind)| {
            let made = Self::new(entities, kind, doses.unwrap_or_default(), time.flatten());
            faults.keep("", made)
        });
        match perturbation {
            Some(perturbation) => faults.finish(perturbation),
            None => Err(faults.into_error()),
        }
    }
}

/// The type when none is named. `entities` is `None` when they did not parse, which is reported
/// already.
fn implied(entities: Option<&[OntologyId]>, faults: &mut Faults) -> Option<PerturbationType> {
    let entities = entities?;
    let implied = PerturbationType::implied_by(entities);
    if implied.is_none() {
        let why = if entities.iter().any(|id| matches!(id, OntologyId::Gene(_))) {
            "a gene can be knocked out, over-expressed or given as its protein"
        } else if entities.is_empty() {
            "no perturbation is named; to ask for none, say `control`"
        } else {
            "the id alone does not say how it acts"
        };
        faults.add(
            TYPE,
            "missing",
            format!(
                "name the type: {why}; choose one of {}",
                PerturbationType::names()
            ),
        );
    }
    implied
}

impl From<Perturbation> for PerturbationFields {
    fn from(perturbation: Perturbation) -> Self {
        let text = |joined: String| (!joined.is_empty()).then_some(joined);
        Self {
            perturbation_ontology_id: text(join(&perturbation.entities, "|")),
            perturbation_type: Some(perturbation.kind.to_string()),
            perturbation_time: perturbation.time.map(|time| time.to_string()),
            perturbation_dose: text(join(&perturbation.doses, "; ")),
        }
    }
}

#[cfg(test)]
mod tests;
