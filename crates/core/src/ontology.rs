//! Ids of what a perturbation is made of.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::Error;
use crate::gene::GeneId;

/// An entity that a sample can be perturbed with, by the id that its source knows it by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OntologyId {
    /// A human gene, or its product: `ENSG00000141510`.
    Gene(GeneId),
    /// A compound or biologic of ChEMBL: `CHEMBL25`.
    Chembl(u64),
    /// A chemical entity of ChEBI: `CHEBI:15365`.
    Chebi(u64),
    /// An organism of the NCBI Taxonomy: `NCBITaxon:2697049`.
    Taxon(u32),
    /// A condition that no ontology names, by its lower-case slug: `REFCAST:hypoxia`.
    Refcast(String),
}

impl OntologyId {
    /// Every id of a text that joins several by `|`, in the order given.
    ///
    /// # Errors
    /// When one of them is not an id, or there is none.
    pub fn parse_joined(text: &str) -> Result<Vec<Self>, Error> {
        text.split('|').map(str::parse).collect()
    }
}

impl FromStr for OntologyId {
    type Err = Error;

    /// Reads every spelling of the wire protocol: an Ensembl gene id with or without version,
    /// `CHEMBL25`, `CHEBI:15365`, `NCBITaxon:2697049`, a bare `2697049` (an organism), and
    /// `REFCAST:hypoxia`. The case of a prefix does not matter.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text.trim()).ok_or_else(|| Error::Parse {
            what: "a perturbation id",
            given: text.to_owned(),
            fix: "write one of the forms `ENSG00000141510` (gene), `CHEMBL25` (ChEMBL), \
                  `CHEBI:15365` (ChEBI), `NCBITaxon:2697049` (organism), `REFCAST:hypoxia` \
                  (a condition without an id elsewhere); join several by `|`"
                .to_owned(),
            code: "invalid_ontology_id",
            nearest: Vec::new(),
        })
    }
}

fn parse(text: &str) -> Option<OntologyId> {
    if let Ok(gene) = text.parse() {
        return Some(OntologyId::Gene(gene));
    }
    if let Some(slug) = after_prefix(text, "REFCAST:") {
        return is_slug(slug).then(|| OntologyId::Refcast(slug.to_owned()));
    }
    if let Some(number) = after_prefix(text, "CHEBI:") {
        return number_from(number).map(OntologyId::Chebi);
    }
    if let Some(number) = after_prefix(text, "CHEMBL") {
        return number_from(number).map(OntologyId::Chembl);
    }
    let taxon = after_prefix(text, "NCBITaxon:").unwrap_or(text);
    number_from(taxon)
        .and_then(|n| u32::try_from(n).ok())
        .map(OntologyId::Taxon)
}

fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

/// Ids are numbered from 1. Digits only: the parser of the standard library would accept a sign.
fn number_from(text: &str) -> Option<u64> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&number| number > 0)
}

/// Lower-case words of letters and digits, joined by single hyphens.
fn is_slug(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

impl fmt::Display for OntologyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gene(id) => write!(f, "{id}"),
            Self::Chembl(number) => write!(f, "CHEMBL{number}"),
            Self::Chebi(number) => write!(f, "CHEBI:{number}"),
            Self::Taxon(number) => write!(f, "NCBITaxon:{number}"),
            Self::Refcast(slug) => write!(f, "REFCAST:{slug}"),
        }
    }
}

serde_as_string!(OntologyId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_protocol_has_one_canonical_form() {
        for (given, canonical) in [
            ("ENSG00000141510", "ENSG00000141510"),
            ("ENSG00000141510.12", "ENSG00000141510"),
            ("CHEBI:15365", "CHEBI:15365"),
            ("chebi:15365", "CHEBI:15365"),
            ("ChEMBL25", "CHEMBL25"),
            ("NCBITaxon:2697049", "NCBITaxon:2697049"),
            ("ncbitaxon:2697049", "NCBITaxon:2697049"),
            (" 2697049 ", "NCBITaxon:2697049"),
            ("refcast:t-cell-activation", "REFCAST:t-cell-activation"),
        ] {
            let id: OntologyId = given.parse().unwrap();
            assert_eq!(id.to_string(), canonical);
            assert_eq!(canonical.parse::<OntologyId>().unwrap(), id);
        }
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in [
            "",
            "CHEMBL",
            "CHEMBL-25",
            "CHEBI:",
            "CHEBI:x",
            "15365x",
            "0",
            "-5",
            "+5",
            "99999999999",
            "REFCAST:",
            "REFCAST:Hypoxia",
            "REFCAST:a--b",
            "dexamethasone",
            "€",
        ] {
            assert!(text.parse::<OntologyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_combination_keeps_the_order_given() {
        let ids = OntologyId::parse_joined("CHEMBL714|CHEMBL25").unwrap();
        assert_eq!(ids, [OntologyId::Chembl(714), OntologyId::Chembl(25)]);
        assert!(OntologyId::parse_joined("CHEMBL714|").is_err());
    }
}
