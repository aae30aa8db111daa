//! What can be asked for, field by field.

use std::collections::BTreeSet;

use refcast_core::nearest::nearest;
use refcast_core::{Fault, PerturbationType, Result, control_word, quoted};

use super::Vocabulary;
use super::archive::{FIELDS, as_cell, damaged};
use super::folding::{fold, fold_into};
use super::kind::EntityKind;
use super::row::EntityRow;
use super::usual_type::kind_of_row;

/// The field of the perturbing entities.
pub const PERTURBATION_FIELD: &str = "perturbation_ontology_id";
/// The field of the types of perturbation.
pub const TYPE_FIELD: &str = "perturbation_type";
/// Entities without training data are found by search only, and no more of them than this.
const MOST_UNTRAINED: usize = 50;

/// A value of a metadata field, with how much of it training saw.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldValue {
    /// The field, as the protocol names it: `tissue_ontology_id`.
    pub field: String,
    /// The value: `UBERON:0002107`.
    pub value: String,
    /// What it means: `liver`; empty where the value says it itself.
    pub label: String,
    /// Samples with it in training.
    pub samples: u32,
    /// Studies that these samples come from.
    pub studies: u32,
    /// Other names for it.
    pub synonyms: Vec<String>,
}

impl FieldValue {
    /// The line of [`FIELDS`] for this value.
    pub fn to_line(&self) -> String {
        let Self {
            field,
            value,
            label,
            samples,
            studies,
            synonyms,
        } = self;
        let synonyms: Vec<String> = synonyms.iter().map(|name| as_cell(name)).collect();
        let line = format!(
            "{field}\t{}\t{}\t{samples}\t{studies}\t{}",
            as_cell(value),
            as_cell(label),
            synonyms.join("|")
        );
        line.trim_end().to_owned()
    }

    fn from_line(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split('\t').collect();
        // A line without synonyms ends before them.
        let ([field, value, label, samples, studies] | [field, value, label, samples, studies, _]) =
            cells[..]
        else {
            return None;
        };
        let synonyms = cells.get(5).copied().unwrap_or_default();
        Some(Self {
            field: field.to_owned(),
            value: value.to_owned(),
            label: label.to_owned(),
            samples: samples.parse().ok()?,
            studies: studies.parse().ok()?,
            synonyms: synonyms
                .split('|')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    }
}

pub(super) fn read_fields(text: &str) -> Result<Vec<FieldValue>> {
    text.lines()
        .enumerate()
        .map(|(row, line)| {
            FieldValue::from_line(line)
                .ok_or_else(|| damaged(FIELDS, &format!("line {} does not parse", row + 1)))
        })
        .collect()
}

/// One accepted value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedValue {
    /// The field.
    pub field: String,
    /// What to write.
    pub value: String,
    /// What it means.
    pub label: String,
    /// Other names for it.
    pub synonyms: Vec<String>,
    /// What sort of thing it is; perturbing entities only.
    pub kind: Option<EntityKind>,
    /// Samples with it in training: 0 for an entity that is known but was not seen.
    pub samples: u32,
    /// Studies that these samples come from.
    pub studies: u32,
}

/// A field by its name, however it is written: `Sample-ID` is `sample_id`.
pub fn field_name(text: &str) -> String {
    text.trim().to_lowercase().replace('-', "_")
}

/// What to say where [`says_nothing`].
pub const NOTHING_TO_SEARCH: &str =
    "a search needs a letter or a digit: without one it finds nothing; leave it out to list all";

/// Whether a text has neither a letter nor a digit, by which all names are compared, though it is not
/// empty.
pub fn says_nothing(text: &str) -> bool {
    !text.trim().is_empty() && fold(text).is_empty()
}

/// The fault of a field that is none of those that have values to choose from.
pub fn unknown_field(name: &str, fields: &[String]) -> Fault {
    let message = format!(
        "no field {} has a vocabulary: choose one of {}",
        quoted(name),
        fields.join(", ")
    );
    let near = nearest(name, fields.iter().map(String::as_str), 3);
    Fault::new("field", "unknown_field", message).with_nearest(near)
}

impl Vocabulary {
    /// The fields that have a vocabulary.
    pub fn field_names(&self) -> Vec<String> {
        let metadata: BTreeSet<&str> = self
            .fields
            .iter()
            .map(|value| value.field.as_str())
            .collect();
        let ours = [PERTURBATION_FIELD, TYPE_FIELD];
        let others = metadata.into_iter().filter(|field| !ours.contains(field));
        ours.into_iter().chain(others).map(str::to_owned).collect()
    }

    /// The accepted values, of one field or of all, whose value, label or synonym contains `text`;
    /// with an empty text all that training saw. Entities without training data come last, and
    /// only where a text asks for them.
    ///
    /// # Errors
    /// When no such field is known, and when a table is damaged.
    pub fn search(&self, field: Option<&str>, text: &str) -> Result<Vec<AcceptedValue>> {
        let fields = self.field_names();
        let wanted = field.map(field_name);
        if let Some(wanted) = wanted.as_ref().filter(|wanted| !fields.contains(wanted)) {
            return Err(unknown_field(wanted, &fields).into());
        }
        let asks_for = |field: &str| wanted.as_ref().is_none_or(|wanted| wanted == field);
        let folded = fold(text);
        let mut entries = Vec::new();
        if asks_for(PERTURBATION_FIELD) {
            entries.extend(self.trained_entries(&folded));
        }
        if asks_for(TYPE_FIELD) {
            entries.extend(self.type_entries(text));
        }
        let metadata = self
            .fields
            .iter()
            .filter(|value| value.field != PERTURBATION_FIELD && value.field != TYPE_FIELD);
        entries.extend(
            metadata
                .filter(|value| asks_for(&value.field))
                .map(|value| AcceptedValue {
                    field: value.field.clone(),
                    value: value.value.clone(),
                    label: value.label.clone(),
                    synonyms: value.synonyms.clone(),
                    kind: None,
                    samples: value.samples,
                    studies: value.studies,
                }),
        );
        entries.retain(|entry| {
            let names = [&entry.value, &entry.label]
                .into_iter()
                .chain(&entry.synonyms);
            names.into_iter().any(|name| fold(name).contains(&folded))
        });
        // Who looks for a control must not find only the genes that are called so.
        entries.sort_by_key(|entry| {
            entry.value != PerturbationType::Control.name() || text.is_empty()
        });
        if asks_for(PERTURBATION_FIELD) && !folded.is_empty() {
            entries.extend(self.untrained_entries(&folded)?);
        }
        Ok(entries)
    }

    fn trained_entries(&self, folded: &str) -> Vec<AcceptedValue> {
        self.trained()
            .iter()
            .map(|entity| {
                // An id of another source is worth showing when it is what was looked for.
                let equivalents = entity.equivalents.iter().map(ToString::to_string);
                let asked_for =
                    equivalents.filter(|id| !folded.is_empty() && fold(id).contains(folded));
                AcceptedValue {
                    field: PERTURBATION_FIELD.to_owned(),
                    value: entity.id.to_string(),
                    label: entity.label.clone(),
                    synonyms: entity.synonyms.iter().cloned().chain(asked_for).collect(),
                    kind: Some(entity.kind),
                    samples: entity.samples,
                    studies: entity.studies,
                }
            })
            .collect()
    }

    /// A word for a control is another name of that type.
    fn type_entries(&self, text: &str) -> Vec<AcceptedValue> {
        let is_control = control_word(text).is_some();
        PerturbationType::ALL
            .into_iter()
            .map(|kind| {
                let seen = self
                    .fields
                    .iter()
                    .find(|value| value.field == TYPE_FIELD && value.value == kind.name());
                AcceptedValue {
                    field: TYPE_FIELD.to_owned(),
                    value: kind.name().to_owned(),
                    label: String::new(),
                    synonyms: match kind {
                        PerturbationType::Control if is_control => vec![text.trim().to_owned()],
                        _ => Vec::new(),
                    },
                    kind: None,
                    samples: seen.map_or(0, |value| value.samples),
                    studies: seen.map_or(0, |value| value.studies),
                }
            })
            .collect()
    }

    /// Entities of the tables; those whose name is short, and so mostly the text itself, first.
    fn untrained_entries(&self, folded: &str) -> Result<Vec<AcceptedValue>> {
        let mut found: Vec<(usize, EntityRow<'_>)> = Vec::new();
        for table in self.tables() {
            found.extend(table.walk(&self.files, |block| {
                let mut buffer = String::new();
                let rows = block.lines().map(EntityRow::new);
                rows.filter_map(|row| {
                    let names =
                        std::iter::once(row.id_text()).chain(row.names().map(|(name, _)| name));
                    let longer_by = names
                        .filter_map(|name| {
                            fold_into(name, &mut buffer);
                            buffer.contains(folded).then(|| buffer.len() - folded.len())
                        })
                        .min()?;
                    Some((longer_by, row))
                })
                .collect()
            })?);
        }
        found.sort_by_key(|&(longer_by, _)| longer_by);
        let mut seen = BTreeSet::new();
        Ok(found
            .into_iter()
            .filter_map(|(_, row)| Some((row.id()?, row)))
            .filter(|(id, row)| {
                let mut ids = std::iter::once(id.clone()).chain(row.same_as());
                ids.all(|id| self.trained.by_id(&id).is_none()) && seen.insert(id.clone())
            })
            .take(MOST_UNTRAINED)
            .map(|(id, row)| AcceptedValue {
                field: PERTURBATION_FIELD.to_owned(),
                value: id.to_string(),
                label: row.label().to_owned(),
                synonyms: row
                    .names()
                    .map(|(name, _)| name.to_owned())
                    .filter(|name| name != row.label())
                    .collect(),
                kind: Some(kind_of_row(&id, row.class(), row.label())),
                samples: 0,
                studies: 0,
            })
            .collect())
    }
}
