//! Metadata in words and ids, resolved by what a model knows.

use refcast_core::nearest::nearest;
use refcast_core::{Fault, Faults, Metadata, MetadataField};

use crate::baseline::NONE;
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
        let folded = fold(value);
        if field == MetadataField::Disease
            && ["none", "normal", "healthy", "control"].contains(&folded.as_str())
        {
            return Ok(NORMAL.to_owned());
        }
        let seen = self.seen(field);
        let by_id = seen.iter().find(|own| **own == value);
        let by_name = || {
            seen.iter()
                .find(|own| fold(&self.value_label(field, own)) == folded)
        };
        let listed = || {
            let values = self
                .vocabulary()
                .into_iter()
                .flat_map(|own| own.field_values());
            let mut own = values.filter(|own| {
                own.field == field.name() && own.synonyms.iter().any(|name| fold(name) == folded)
            });
            own.next().map(|own| &own.value)
        };
        if let Some(own) = by_id.or_else(by_name) {
            return Ok((*own).to_owned());
        }
        if let Some(own) = listed() {
            return Ok(own.clone());
        }
        if value == NONE || self.terms().get(value).is_some() {
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
        if let Some(term) = self.terms().named(value, field.ontologies()) {
            return Ok(term.id().to_owned());
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
            "no {} is called {}: give its name, or an id of {}; `refcast vocab --field {field}` lists those with training data",
            field.label(),
            refcast_core::quoted(value),
            field.ontologies().join(" or ")
        );
        Err(Fault::new(field.name(), "unknown_value", message).with_nearest(near))
    }

    /// The values of a field that baselines were made from or that the vocabulary lists.
    fn seen(&self, field: MetadataField) -> Vec<&str> {
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

/// Whether a field without an ontology changes an answer.
fn matters(field: MetadataField) -> bool {
    matches!(
        field,
        MetadataField::AgeYears | MetadataField::Sex | MetadataField::SampleType
    )
}
