//! Ensembl gene ids.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::Error;

const PREFIX: &str = "ENSG";
const DIGITS: usize = 11;

/// An Ensembl human gene id without its version: `ENSG00000141510`.
///
/// Holds the eleven digits, so that it is `Copy`, eight bytes and quick to compare. The order is
/// that of the canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeneId(u64);

impl GeneId {
    /// The eleven digits as a number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for GeneId {
    type Err = Error;

    /// Reads `ENSG00000141510` and `ENSG00000141510.12`; the version is dropped, since the genes
    /// of a model are tied to no release.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text.trim()).ok_or_else(|| Error::Parse {
            what: "an Ensembl human gene id",
            given: text.to_owned(),
            fix: "write ENSG and eleven digits, with or without a version, for example \
                  `ENSG00000141510` or `ENSG00000141510.12`"
                .to_owned(),
            code: "invalid_gene_id",
            nearest: Vec::new(),
        })
    }
}

fn parse(text: &str) -> Option<GeneId> {
    let prefix = text.get(..PREFIX.len())?;
    if !prefix.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let (digits, version) = match text[PREFIX.len()..].split_once('.') {
        Some((digits, version)) => (digits, Some(version)),
        None => (&text[PREFIX.len()..], None),
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if digits.len() != DIGITS || !all_digits(digits) || !version.is_none_or(all_digits) {
        return None;
    }
    digits.parse().ok().map(GeneId)
}

impl fmt::Display for GeneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{:0width$}", self.0, width = DIGITS)
    }
}

serde_as_string!(GeneId);

/// How surely a name means a gene; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeneNameRank {
    /// The approved symbol.
    Approved,
    /// A symbol that was approved once.
    Former,
    /// Any other name in use.
    Alias,
    /// The number of the gene at NCBI (Entrez), which is an id and no name.
    Entrez,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_dropped() {
        let plain: GeneId = "ENSG00000141510".parse().unwrap();
        let versioned: GeneId = " ensg00000141510.12 ".parse().unwrap();
        assert_eq!(plain, versioned);
        assert_eq!(versioned.to_string(), "ENSG00000141510");
    }

    #[test]
    fn what_is_not_a_human_gene_id_is_refused_with_an_example() {
        for text in [
            "",
            "ENSG",
            "ENSG0000014151",
            "ENSG000001415100",
            "ENSG00000141510.",
            "ENSG00000141510.x",
            "ENSG+0000141510",
            "ENSMUSG00000059552",
            "ENST00000269305",
            "TP53",
            "ÉNSG",
        ] {
            let error = text.parse::<GeneId>().unwrap_err().to_string();
            assert!(error.contains("ENSG00000141510.12"), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_holds_the_canonical_text() {
        let id: GeneId = serde_json::from_str(r#""ENSG00000000003.5""#).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""ENSG00000000003""#);
        assert!(serde_json::from_str::<GeneId>(r#""TP53""#).is_err());
    }
}
