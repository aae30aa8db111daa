//! What is known of a sample: tissue, cells, donor, laboratory.

mod field;
mod words;

use std::collections::BTreeMap;

pub use field::{FieldGroup, MetadataField};

use crate::error::{Fault, Faults, Result, quoted};
use crate::nearest::nearest;

/// The oldest age that is accepted, years.
const OLDEST: f64 = 130.0;

/// Checked metadata: a value for each field that is known.
///
/// A value of an ontology field is an id of one of the field's ontologies, in its canonical
/// spelling, or a name (`liver`), which the vocabulary of a model resolves.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Metadata {
    values: BTreeMap<MetadataField, String>,
}

impl Metadata {
    /// Metadata from fields and values as text. An empty value is one that is not known.
    ///
    /// # Errors
    /// Every fault at once, each at its field: a field that there is not, one given twice with
    /// different values, a value that its field does not allow, with the nearest that it does.
    pub fn check<N: AsRef<str>, V: AsRef<str>>(
        given: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self> {
        let mut faults = Faults::new();
        let mut metadata = Self::default();
        for (name, value) in given {
            let (name, value) = (name.as_ref(), value.as_ref().trim());
            let Some(field) = faults.keep(name, name.parse::<MetadataField>()) else {
                continue;
            };
            if value.is_empty() {
                continue;
            }
            match canonical(field, value) {
                Ok(value) => {
                    let earlier = metadata.values.insert(field, value.clone());
                    if earlier.is_some_and(|earlier| earlier != value) {
                        faults.add(
                            field.name(),
                            "given_twice",
                            "has two different values: keep one",
                        );
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
        faults.finish(metadata)
    }

    /// The value of a field, if it is known.
    pub fn get(&self, field: MetadataField) -> Option<&str> {
        self.values.get(&field).map(String::as_str)
    }

    /// Fields and values, in the order of [`MetadataField`].
    pub fn iter(&self) -> impl Iterator<Item = (MetadataField, &str)> {
        self.values
            .iter()
            .map(|(field, value)| (*field, value.as_str()))
    }

    /// Puts a value that is known to be good, as the vocabulary resolved it.
    pub fn set(&mut self, field: MetadataField, value: impl Into<String>) {
        self.values.insert(field, value.into());
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// The canonical spelling of a value.
fn canonical(field: MetadataField, value: &str) -> std::result::Result<String, Fault> {
    if field == MetadataField::AgeYears {
        return words::age(value);
    }
    if let Some(choices) = field.choices() {
        let spaced = value.replace(['-', '_'], " ");
        let found = choices.iter().find(|choice| {
            choice.eq_ignore_ascii_case(value) || choice.eq_ignore_ascii_case(&spaced)
        });
        let found = found.copied().or_else(|| words::usual(field, &spaced));
        return found.map(str::to_owned).ok_or_else(|| {
            let message = format!("{} is none of {}", quoted(value), choices.join(", "));
            Fault::new(field.name(), "unknown_value", message).with_nearest(nearest(
                value,
                choices.iter().copied(),
                3,
            ))
        });
    }
    term(field, value)
}

/// A term by its id; what has not the form of an id is a name.
fn term(field: MetadataField, value: &str) -> std::result::Result<String, Fault> {
    let ontologies = field.ontologies();
    let Some((prefix, number)) = split_id(value) else {
        return Ok(value.to_owned());
    };
    if ontologies.is_empty() {
        return Ok(value.to_owned());
    }
    let own = ontologies
        .iter()
        .find(|own| own.eq_ignore_ascii_case(prefix));
    let Some(own) = own else {
        let message = format!(
            "{} is an id of {prefix}; {field} takes ids of {}, or a name",
            quoted(value),
            ontologies.join(", ")
        );
        return Err(Fault::new(field.name(), "wrong_ontology", message));
    };
    let separator = if *own == "CVCL" { '_' } else { ':' };
    let good = !number.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if !good {
        let example = match *own {
            "CVCL" => "CVCL_0030".to_owned(),
            own => format!("{own}:0002107"),
        };
        let message = format!(
            "{} is not an id: write it like `{example}`, or write a name",
            quoted(value)
        );
        return Err(Fault::new(field.name(), "invalid_ontology_id", message));
    }
    Ok(format!("{own}{separator}{}", number.to_ascii_uppercase()))
}

/// The prefix and the rest of what has the form of an id: `UBERON:0002107`, `CVCL_0030`.
fn split_id(value: &str) -> Option<(&str, &str)> {
    const PREFIXES: [&str; 12] = [
        "UBERON", "CL", "CVCL", "MONDO", "PATO", "EFO", "HsapDv", "CLO", "DOID", "HP", "BTO",
        "NCIT",
    ];
    let (prefix, rest) = value.split_once([':', '_'])?;
    let known = PREFIXES.iter().any(|own| own.eq_ignore_ascii_case(prefix));
    known.then_some((prefix, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_in_their_canonical_spelling() {
        let metadata = Metadata::check([
            ("tissue", "uberon:0002107"),
            ("cell_line", "cvcl_0030"),
            ("sex", "Female"),
            ("library_layout", "paired"),
            ("sample_type", "primary-tissue"),
            ("age_years", "45.50"),
            ("cell_type", "hepatocyte"),
            ("race", ""),
        ])
        .unwrap();
        let values: Vec<_> = metadata.iter().map(|(f, v)| (f.name(), v)).collect();
        assert_eq!(
            values,
            [
                ("age_years", "45.5"),
                ("cell_line_ontology_id", "CVCL_0030"),
                ("cell_type_ontology_id", "hepatocyte"),
                ("sample_type", "primary tissue"),
                ("sex", "female"),
                ("tissue_ontology_id", "UBERON:0002107"),
                ("library_layout", "PAIRED"),
            ]
        );
    }

    #[test]
    fn every_fault_is_reported_at_once_with_what_was_meant() {
        let error = Metadata::check([
            ("tisue", "liver"),
            ("sex", "femal"),
            ("age_years", "old"),
            ("age_years", "nan"),
            ("tissue", "CL:0000182"),
            ("disease", "MONDO:"),
        ])
        .unwrap_err();
        let faults: Vec<_> = error
            .into_faults("")
            .into_iter()
            .map(|fault| (fault.path, fault.code, fault.nearest.first().cloned()))
            .collect();
        let own = |path: &str, code, nearest: Option<&str>| {
            (path.to_owned(), code, nearest.map(str::to_owned))
        };
        assert_eq!(faults.len(), 6);
        assert_eq!(faults[1], own("sex", "unknown_value", Some("female")));
        assert_eq!(faults[2], own("age_years", "out_of_range", None));
        assert_eq!(faults[3], own("age_years", "out_of_range", None));
        assert_eq!(faults[4], own("tissue_ontology_id", "wrong_ontology", None));
        assert_eq!(
            faults[5],
            own("disease_ontology_id", "invalid_ontology_id", None)
        );
        assert_eq!(
            (faults[0].0.as_str(), faults[0].1),
            ("tisue", "unknown_field")
        );
    }

    #[test]
    fn a_name_with_a_colon_is_a_name() {
        let metadata = Metadata::check([("genotype", "TP53:wt"), ("tissue", "left: lung")]);
        let metadata = metadata.unwrap();
        assert_eq!(metadata.get(MetadataField::Tissue), Some("left: lung"));
    }

    #[test]
    fn a_field_given_twice_with_different_values_is_refused() {
        assert!(Metadata::check([("tissue", "liver"), ("tissue_ontology_id", "liver")]).is_ok());
        assert!(Metadata::check([("tissue", "liver"), ("tissue_ontology_id", "lung")]).is_err());
    }
}
