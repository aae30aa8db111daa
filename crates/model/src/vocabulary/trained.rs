//! Entities that training saw.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use refcast_core::{OntologyId, PerturbationType, Result};

use super::archive::{TRAINED, as_cell, damaged};
use super::folding::fold;
use super::kind::EntityKind;

/// An entity with training data.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedEntity {
    /// Its id.
    pub id: OntologyId,
    /// The name to show.
    pub label: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// Ids of other sources for the same thing.
    pub equivalents: Vec<OntologyId>,
    /// What sort of thing it is.
    pub kind: EntityKind,
    /// The types of perturbation by which training saw it.
    pub types: Vec<PerturbationType>,
    /// Treated samples.
    pub samples: u32,
    /// Studies that these samples come from.
    pub studies: u32,
    /// The cell systems that were treated.
    pub systems: Vec<String>,
}

impl TrainedEntity {
    /// The line of [`TRAINED`] for this entity.
    pub fn to_line(&self) -> String {
        let cells = |names: &[String]| {
            names
                .iter()
                .map(|n| as_cell(n))
                .collect::<Vec<_>>()
                .join("|")
        };
        [
            self.id.to_string(),
            as_cell(&self.label),
            cells(&self.synonyms),
            joined(&self.equivalents),
            self.kind.to_string(),
            joined(&self.types),
            self.samples.to_string(),
            self.studies.to_string(),
            cells(&self.systems),
        ]
        .join("\t")
    }

    fn from_line(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split('\t').collect();
        let [
            id,
            label,
            synonyms,
            equivalents,
            kind,
            types,
            samples,
            studies,
            systems,
        ] = cells[..]
        else {
            return None;
        };
        Some(Self {
            id: id.parse().ok()?,
            label: label.to_owned(),
            synonyms: listed(synonyms)?,
            equivalents: listed(equivalents)?,
            kind: kind.parse().ok()?,
            types: listed(types)?,
            samples: samples.parse().ok()?,
            studies: studies.parse().ok()?,
            systems: listed(systems)?,
        })
    }
}

fn joined<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join("|")
}

fn listed<T: FromStr>(cell: &str) -> Option<Vec<T>> {
    cell.split('|')
        .filter(|item| !item.is_empty())
        .map(|item| item.parse().ok())
        .collect()
}

/// The trained entities, found by id, equivalent id or name without a walk.
#[derive(Debug)]
pub(crate) struct TrainedEntities {
    entities: Vec<TrainedEntity>,
    by_id: HashMap<OntologyId, usize>,
    by_name: HashMap<String, usize>,
}

impl TrainedEntities {
    pub(crate) fn read(text: &str) -> Result<Self> {
        let entities = text
            .lines()
            .enumerate()
            .map(|(row, line)| {
                TrainedEntity::from_line(line)
                    .ok_or_else(|| damaged(TRAINED, &format!("line {} does not parse", row + 1)))
            })
            .collect::<Result<Vec<_>>>()?;
        let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
        // Own ids and labels go before the synonyms of others.
        for (row, entity) in entities.iter().enumerate() {
            by_id.insert(entity.id.clone(), row);
            by_name.entry(fold(&entity.label)).or_insert(row);
        }
        for (row, entity) in entities.iter().enumerate() {
            for id in &entity.equivalents {
                by_id.entry(id.clone()).or_insert(row);
            }
            for name in &entity.synonyms {
                by_name.entry(fold(name)).or_insert(row);
            }
        }
        Ok(Self {
            entities,
            by_id,
            by_name,
        })
    }

    pub(crate) fn all(&self) -> &[TrainedEntity] {
        &self.entities
    }

    /// The entity of an id; the id of another source finds it too.
    pub(crate) fn by_id(&self, id: &OntologyId) -> Option<&TrainedEntity> {
        self.by_id.get(id).map(|&row| &self.entities[row])
    }

    /// The entity of a folded name.
    pub(crate) fn by_name(&self, folded: &str) -> Option<&TrainedEntity> {
        self.by_name.get(folded).map(|&row| &self.entities[row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn albuterol() -> TrainedEntity {
        TrainedEntity {
            id: OntologyId::Chembl(714),
            label: "albuterol".into(),
            synonyms: vec!["salbutamol".into()],
            equivalents: vec![OntologyId::Chebi(2549)],
            kind: EntityKind::Compound,
            types: vec![PerturbationType::Compound],
            samples: 8,
            studies: 1,
            systems: vec!["airway smooth muscle".into()],
        }
    }

    #[test]
    fn a_line_reads_back_as_it_was() {
        let entity = albuterol();
        assert_eq!(TrainedEntity::from_line(&entity.to_line()), Some(entity));
    }

    #[test]
    fn an_equivalent_id_and_a_synonym_find_the_entity() {
        let all = TrainedEntities::read(&albuterol().to_line()).unwrap();
        for found in [
            all.by_id(&OntologyId::Chebi(2549)),
            all.by_name("salbutamol"),
            all.by_name("albuterol"),
        ] {
            assert_eq!(found.map(|e| &e.id), Some(&OntologyId::Chembl(714)));
        }
        assert!(all.by_name("dexamethasone").is_none());
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = TrainedEntities::read("CHEMBL1\tx").unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
