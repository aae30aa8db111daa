//! Metadata in words and ids, resolved by what a model knows.

mod organ;
mod spellings;

use refcast_core::nearest::nearest;
use refcast_core::{Fault, Faults, Metadata, MetadataField, is_control_word};

use crate::baseline::{NONE, SampleGroup};
use crate::error::Result;
use crate::model::Model;
use crate::vocabulary::fold;

/// No disease.
pub const NORMAL: &str = "PATO:0000461";

impl Model {
    /// Metadata with ids for names, and notes on what will not change an answer.
    ///
    /// # Errors
    /// Every name and id that is not known, with the nearest that are.
    pub fn resolve_metadata(&self, metadata: &Metadata) -> Result<(Metadata, Vec<String>)> {
        let (mut resolved, mut notes) = (Metadata::default(), Vec::new());
        let mut faults = Faults::new();
        for (field, value) in metadata.iter() {
            let known = match field {
                MetadataField::Study => {
                    let seen = self.seen(field).into_iter();
                    let study = seen.into_iter().find(|own| own.eq_ignore_ascii_case(value));
                    if study.is_none() {
                        notes.push(format!("the study {value} was not seen: answered as for a study that is not known"));
                    }
                    study.map(str::to_owned)
                }
                field if field.ontologies().is_empty() || field == MetadataField::Platform => {
                    if !matters(field) {
                        notes.push(format!(
                            "{} does not change the answer: it is known of too few samples",
                            field.label()
                        ));
                    }
                    Some(value.to_owned())
                }
                MetadataField::DevelopmentalStage => {
                    notes.push("developmental stage does not change the answer: it is known of too few samples".to_owned());
                    Some(value.to_owned())
                }
                field => self
                    .term(field, value)
                    .map_err(|fault| faults.push(fault))
                    .ok(),
            };
            if let Some(known) = known {
                resolved.set(field, known);
            }
        }
        Ok(faults.finish((resolved, notes))?)
    }

    /// The id of a term or its name.
    fn term(&self, field: MetadataField, value: &str) -> std::result::Result<String, Fault> {
        if field == MetadataField::Disease && is_no_disease(value) {
            return Ok(NORMAL.to_owned());
        }
        let seen = self.seen(field);
        if seen.contains(&value) || value == NONE || self.terms().get(value).is_some() {
            return Ok(value.to_owned());
        }
        let is_id = value.contains(':') || value.starts_with("CVCL_");
        let is_ours = ["UBERON:", "CL:", "MONDO:"]
            .iter()
            .any(|own| value.starts_with(own));
        if is_id && !is_ours {
            // Of an ontology that does not ship: it is taken at its word.
            return Ok(value.to_owned());
        }
        if let Some(own) = self.named(field, value) {
            return Ok(own);
        }
        let others = NAMED.into_iter().filter(|other| *other != field);
        for other in others {
            if self.named(other, value).is_some() {
                let message = format!(
                    "{} is a {}, not a {}: give it as {}",
                    refcast_core::quoted(value),
                    other.label(),
                    field.label(),
                    other.label()
                );
                return Err(Fault::new(field.name(), "wrong_field", message));
            }
        }
        let labels: Vec<String> = seen
            .iter()
            .map(|own| self.value_label(field, own))
            .collect();
        let prefix = field.ontologies().first().copied().unwrap_or_default();
        let of_field = self
            .terms()
            .all()
            .filter(|term| term.id().starts_with(prefix));
        let candidates = labels
            .iter()
            .map(String::as_str)
            .chain(of_field.map(|term| term.label()));
        let mut near = nearest(value, candidates, 4);
        near.dedup();
        near.truncate(3);
        let message = format!(
            "{} is no {} that the model knows by name: training saw none that is called so; give another name of it, or an \
             id of {}",
            refcast_core::quoted(value),
            field.label(),
            field.ontologies().join(" or ")
        );
        let fault = Fault::new(field.name(), "unknown_value", message).with_nearest(near);
        Err(fault.with_vocabulary_field(field.name()))
    }

    /// The value of a field that a name means, in any of its spellings: one that was seen, else a
    /// term of the field's ontologies.
    fn named(&self, field: MetadataField, name: &str) -> Option<String> {
        let spellings = spellings::spellings(field, name);
        let folded: Vec<String> = spellings.iter().map(|own| fold(own)).collect();
        let rank = |name: &str| {
            let name = fold(name);
            folded.iter().position(|own| *own == name)
        };
        // A synonym of a term that was not seen (`lungs`, of the pair) comes last.
        let mut best: Option<((bool, usize, u8), String)> = None;
        let mut keep = |rank: Option<usize>, standing: u8, value: &str| {
            if let Some(rank) = rank {
                let key = (standing == LAST, rank, standing);
                if best.as_ref().is_none_or(|best| key < best.0) {
                    best = Some((key, value.to_owned()));
                }
            }
        };
        for own in self.seen(field) {
            keep(rank(&self.value_label(field, own)), 0, own);
        }
        let listed = self
            .vocabulary()
            .into_iter()
            .flat_map(|own| own.field_values());
        for own in listed.filter(|own| own.field == field.name()) {
            for name in &own.synonyms {
                keep(rank(name), 1, &own.value);
            }
        }
        if let Some((place, by_label, term)) = self.terms().named(&folded, field.ontologies()) {
            keep(Some(place), if by_label { 2 } else { LAST }, term.id());
        }
        best.map(|(_, value)| value)
    }

    /// The tissue of a disease that is all that is known of a sample and that was not seen: what was
    /// seen with other diseases says nothing of it.
    ///
    /// # Errors
    /// Where the tissue cannot be told.
    pub(crate) fn with_tissue_of_disease(
        &self,
        mut metadata: Metadata,
        notes: &mut Vec<String>,
    ) -> Result<Metadata> {
        let says = [
            MetadataField::Tissue,
            MetadataField::CellType,
            MetadataField::CellLine,
        ];
        let Some(disease) = metadata.get(MetadataField::Disease) else {
            return Ok(metadata);
        };
        let groups = self.baseline_model().map_or(&[][..], |own| &own.groups);
        let is_seen =
            |group: &SampleGroup| group.metadata.get(MetadataField::Disease) == Some(disease);
        if disease == NORMAL
            || says.iter().any(|field| metadata.get(*field).is_some())
            || groups.iter().any(is_seen)
        {
            return Ok(metadata);
        }
        let label = self.value_label(MetadataField::Disease, disease);
        let tissue = self.tissue_of(disease);
        let tissue = tissue.and_then(|name| self.named(MetadataField::Tissue, &name));
        let Some(tissue) = tissue else {
            let seen = self.seen(MetadataField::Disease).into_iter();
            let seen: Vec<String> = seen
                .filter(|own| *own != NORMAL)
                .map(|own| self.value_label(MetadataField::Disease, own))
                .collect();
            let message = format!(
                "the disease {label} was not seen in training, and its name does not say what tissue it is of: give the \
                 tissue as well, or a disease that was seen"
            );
            let near = nearest(&label, seen.iter().map(String::as_str), 3);
            let fault = Fault::new(MetadataField::Disease.name(), "needs_tissue", message)
                .with_vocabulary_field(MetadataField::Disease.name());
            return Err(refcast_core::Error::from(fault.with_nearest(near)).into());
        };
        notes.push(format!(
            "tissue was not given: {} follows from the disease {label}",
            self.value_label(MetadataField::Tissue, &tissue)
        ));
        metadata.set(MetadataField::Tissue, tissue);
        Ok(metadata)
    }

    /// The values of a field that baselines were made from or that the vocabulary lists.
    pub(crate) fn seen(&self, field: MetadataField) -> Vec<&str> {
        let listed = self
            .vocabulary()
            .into_iter()
            .flat_map(|own| own.field_values());
        let listed = listed
            .filter(|own| own.field == field.name())
            .map(|own| own.value.as_str());
        let grouped = self
            .baseline_model()
            .into_iter()
            .flat_map(|own| &own.groups);
        let grouped = grouped.filter_map(|group| group.metadata.get(field));
        let mut seen: Vec<&str> = listed.chain(grouped).collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    /// What a value means, for people: `liver` for `UBERON:0002107`; the value itself where no
    /// table knows it.
    pub fn value_label(&self, field: MetadataField, value: &str) -> String {
        match (field, value) {
            (MetadataField::CellLine, NONE) => return "no cell line".to_owned(),
            (MetadataField::CellType, NONE) => return "whole tissue".to_owned(),
            (MetadataField::Disease, NORMAL) => return "normal".to_owned(),
            _ => {}
        }
        let listed = self
            .vocabulary()
            .into_iter()
            .flat_map(|own| own.field_values());
        let mut labels = listed
            .filter(|own| own.value == value && !own.label.is_empty())
            .map(|own| own.label.clone());
        labels
            .next()
            .or_else(|| self.terms().get(value).map(|term| term.label().to_owned()))
            .filter(|label| !label.is_empty())
            .unwrap_or_else(|| value.to_owned())
    }
}

/// The standing of a term by a synonym; a value that was seen has 0 or 1, a term by its label 2.
const LAST: u8 = 3;

/// The fields whose values have names of their own.
const NAMED: [MetadataField; 4] = [
    MetadataField::Tissue,
    MetadataField::CellType,
    MetadataField::CellLine,
    MetadataField::Disease,
];

fn is_no_disease(value: &str) -> bool {
    let folded = fold(value);
    is_control_word(value)
        || ["nodisease", "diseasefree", "nondiseased", "notdiseased"].contains(&&*folded)
}

/// Whether a field without an ontology changes an answer.
fn matters(field: MetadataField) -> bool {
    matches!(
        field,
        MetadataField::AgeYears | MetadataField::Sex | MetadataField::SampleType
    )
}
