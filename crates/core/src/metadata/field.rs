//! The metadata fields of the wire protocol.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// Which of a sample's latents a field describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldGroup {
    /// The sample's own biology.
    Biological,
    /// How and where it was measured.
    Technical,
}

/// A field of a sample's metadata, as the wire protocol names it. What was done to a sample is
/// not metadata in this sense; see [`Perturbation`](crate::Perturbation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetadataField {
    /// Years, a number.
    AgeYears,
    /// Cellosaurus: `CVCL_0030`.
    CellLine,
    /// Cell Ontology: `CL:0000182`.
    CellType,
    /// HsapDv, or words.
    DevelopmentalStage,
    /// MONDO; `PATO:0000461` for none.
    Disease,
    /// Words.
    Ethnicity,
    /// Words.
    Genotype,
    /// Words.
    Race,
    /// One of a list.
    SampleType,
    /// `male` or `female`.
    Sex,
    /// UBERON: `UBERON:0002107`.
    Tissue,
    /// The name of a study.
    Study,
    /// `polyA`, `cDNA` …
    LibrarySelection,
    /// `PAIRED` or `SINGLE`.
    LibraryLayout,
    /// The instrument, or the assay by EFO.
    Platform,
}

impl MetadataField {
    /// Every field: biology first, each group in the order of the protocol.
    pub const ALL: [Self; 15] = [
        Self::AgeYears,
        Self::CellLine,
        Self::CellType,
        Self::DevelopmentalStage,
        Self::Disease,
        Self::Ethnicity,
        Self::Genotype,
        Self::Race,
        Self::SampleType,
        Self::Sex,
        Self::Tissue,
        Self::Study,
        Self::LibrarySelection,
        Self::LibraryLayout,
        Self::Platform,
    ];

    /// The key of the wire protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::AgeYears => "age_years",
            Self::CellLine => "cell_line_ontology_id",
            Self::CellType => "cell_type_ontology_id",
            Self::DevelopmentalStage => "developmental_stage",
            Self::Disease => "disease_ontology_id",
            Self::Ethnicity => "ethnicity",
            Self::Genotype => "genotype",
            Self::Race => "race",
            Self::SampleType => "sample_type",
            Self::Sex => "sex",
            Self::Tissue => "tissue_ontology_id",
            Self::Study => "study",
            Self::LibrarySelection => "library_selection",
            Self::LibraryLayout => "library_layout",
            Self::Platform => "platform",
        }
    }

    /// The field in a word or two, for people: `cell type`.
    pub fn label(self) -> &'static str {
        match self {
            Self::AgeYears => "age",
            Self::CellLine => "cell line",
            Self::CellType => "cell type",
            Self::DevelopmentalStage => "developmental stage",
            Self::Disease => "disease",
            Self::Ethnicity => "ethnicity",
            Self::Genotype => "genotype",
            Self::Race => "race",
            Self::SampleType => "sample type",
            Self::Sex => "sex",
            Self::Tissue => "tissue",
            Self::Study => "study",
            Self::LibrarySelection => "library selection",
            Self::LibraryLayout => "library layout",
            Self::Platform => "platform",
        }
    }

    /// What the field describes.
    pub fn group(self) -> FieldGroup {
        match self {
            Self::Study | Self::LibrarySelection | Self::LibraryLayout | Self::Platform => {
                FieldGroup::Technical
            }
            _ => FieldGroup::Biological,
        }
    }

    /// The values that the protocol allows, where it lists them.
    pub fn choices(self) -> Option<&'static [&'static str]> {
        match self {
            Self::SampleType => Some(&[
                "cell line",
                "organoid",
                "other",
                "primary cells",
                "primary tissue",
                "xenograft",
            ]),
            Self::Sex => Some(&["male", "female"]),
            Self::LibraryLayout => Some(&["PAIRED", "SINGLE"]),
            _ => None,
        }
    }

    /// The ontologies that the ids of the field are of, the main one first; none where its values
    /// are words.
    pub fn ontologies(self) -> &'static [&'static str] {
        match self {
            Self::CellLine => &["CVCL", "EFO"],
            Self::CellType => &["CL", "EFO"],
            Self::DevelopmentalStage => &["HsapDv", "EFO"],
            Self::Disease => &["MONDO", "PATO", "EFO"],
            Self::Tissue => &["UBERON", "EFO"],
            Self::Platform => &["EFO"],
            _ => &[],
        }
    }
}

impl FromStr for MetadataField {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim().to_lowercase().replace(['-', ' '], "_");
        let is_it = |field: &Self| {
            field.name() == name
                || field.label().replace(' ', "_") == name
                || field.name().strip_suffix("_ontology_id") == Some(name.as_str())
        };
        Self::ALL
            .into_iter()
            .find(is_it)
            .ok_or_else(|| Error::Parse {
                what: "a metadata field",
                given: text.to_owned(),
                fix: format!("choose one of {}", Self::ALL.map(Self::name).join(", ")),
                code: "unknown_field",
                nearest: nearest(&name, Self::ALL.map(Self::name), 3),
            })
    }
}

impl fmt::Display for MetadataField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

serde_as_string!(MetadataField);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_by_its_key_and_by_its_everyday_name() {
        for (given, field) in [
            ("tissue_ontology_id", MetadataField::Tissue),
            ("tissue", MetadataField::Tissue),
            ("cell-type", MetadataField::CellType),
            ("Cell line", MetadataField::CellLine),
            ("age", MetadataField::AgeYears),
        ] {
            assert_eq!(given.parse::<MetadataField>().unwrap(), field);
        }
        let error = "tisue_ontology_id".parse::<MetadataField>().unwrap_err();
        assert_eq!(error.into_faults("")[0].nearest[0], "tissue_ontology_id");
    }

    #[test]
    fn every_field_reads_its_own_name() {
        for field in MetadataField::ALL {
            assert_eq!(field.name().parse::<MetadataField>().unwrap(), field);
        }
    }
}
