//! The ontologies that describe samples: UBERON, the Cell Ontology and MONDO, with the relations
//! `is_a` and `part_of` as parents.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::vocabulary::{fold, unpacked};

/// The file of a bundle: gzipped text, a term a line, sorted by id: id, label, parents and synonyms,
/// each joined by `|`.
pub const TERMS: &str = "terms.tsv.gz";

/// The most steps that are gone up from a term.
const MOST_STEPS: u32 = 12;

/// The terms of the ontologies. Unpacked when one is first asked for.
#[derive(Debug, Default)]
pub struct Terms {
    packed: Cow<'static, [u8]>,
    unpacked: OnceLock<UnpackedTerms>,
}

#[derive(Debug, Default)]
struct UnpackedTerms {
    text: String,
    lines: Vec<Range<usize>>,
}

/// A term.
#[derive(Debug, Clone, Copy)]
pub struct Term<'a> {
    line: &'a str,
}

impl<'a> Term<'a> {
    fn cell(self, column: usize) -> &'a str {
        self.line.split('\t').nth(column).unwrap_or("")
    }

    /// `UBERON:0002107`.
    pub fn id(self) -> &'a str {
        self.cell(0)
    }

    /// `liver`.
    pub fn label(self) -> &'a str {
        self.cell(1)
    }

    /// The terms that it is a kind or a part of.
    pub fn parents(self) -> impl Iterator<Item = &'a str> {
        self.cell(2).split('|').filter(|id| !id.is_empty())
    }

    /// Other names.
    pub fn synonyms(self) -> impl Iterator<Item = &'a str> {
        self.cell(3).split('|').filter(|name| !name.is_empty())
    }
}

impl Terms {
    /// The terms of a bundle's file.
    ///
    /// # Errors
    /// A file that is not gzipped text.
    pub fn new(packed: Cow<'static, [u8]>) -> Result<Self> {
        // The header alone; what lies behind it was checked by its hash.
        if !packed.starts_with(&[0x1f, 0x8b]) {
            return Err(Error::bundle(TERMS, "is not gzipped"));
        }
        Ok(Self {
            packed,
            unpacked: OnceLock::new(),
        })
    }

    /// The terms of lines as in [`TERMS`], in any order.
    pub fn from_lines(lines: &[String]) -> Self {
        let mut sorted: Vec<&str> = lines.iter().map(String::as_str).collect();
        sorted.sort_unstable_by_key(|line| line.split('\t').next());
        let terms = Self::default();
        // Empty until now, so that this sets it.
        let _ = terms.unpacked.set(UnpackedTerms::of(sorted.join("\n")));
        terms
    }

    fn lines(&self) -> &UnpackedTerms {
        self.unpacked
            .get_or_init(|| UnpackedTerms::of(unpacked(&self.packed).unwrap_or_default()))
    }

    /// A term by its id.
    pub fn get(&self, id: &str) -> Option<Term<'_>> {
        let lines = self.lines();
        let at = lines
            .lines
            .binary_search_by(|range| {
                Term {
                    line: &lines.text[range.clone()],
                }
                .id()
                .cmp(id)
            })
            .ok()?;
        Some(Term {
            line: &lines.text[lines.lines[at].clone()],
        })
    }

    /// All terms, by id.
    pub fn all(&self) -> impl Iterator<Item = Term<'_>> {
        let lines = self.lines();
        let line = |range: &Range<usize>| Term {
            line: &lines.text[range.clone()],
        };
        lines.lines.iter().map(line)
    }

    /// The term of some ontologies that the first of some folded names stands for, with the name's
    /// place and whether it is the term's label: a label goes before a synonym, and among equals the
    /// first by id.
    pub fn named(&self, names: &[String], ontologies: &[&str]) -> Option<(usize, bool, Term<'_>)> {
        let place = |name: &str| {
            let name = fold(name);
            names.iter().position(|own| *own == name)
        };
        let mut best: Option<(usize, bool, Term<'_>)> = None;
        for term in self.all() {
            let prefix = term.id().split([':', '_']).next().unwrap_or("");
            if !ontologies.contains(&prefix) {
                continue;
            }
            let label = place(term.label()).map(|place| (place, true));
            let synonyms = term.synonyms().filter_map(place).min();
            for (place, by_label) in label
                .into_iter()
                .chain(synonyms.map(|place| (place, false)))
            {
                let is_better = best
                    .as_ref()
                    .is_none_or(|best| (place, !by_label) < (best.0, !best.1));
                if is_better {
                    best = Some((place, by_label, term));
                }
            }
        }
        best
    }

    /// A term's ancestors and itself with the least number of steps to each.
    pub fn ancestors(&self, id: &str) -> BTreeMap<String, u32> {
        let mut found = BTreeMap::from([(id.to_owned(), 0)]);
        let mut front = vec![id.to_owned()];
        for step in 1..=MOST_STEPS {
            let mut next = Vec::new();
            for own in &front {
                let Some(term) = self.get(own) else { continue };
                for parent in term.parents() {
                    if !found.contains_key(parent) {
                        found.insert(parent.to_owned(), step);
                        next.push(parent.to_owned());
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            front = next;
        }
        found
    }
}

impl UnpackedTerms {
    fn of(text: String) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end_matches('\n').len();
            if end > start {
                lines.push(start..end);
            }
            start += line.len();
        }
        Self { text, lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms::from_lines(&[
            "UBERON:2\tliver\tUBERON:1|UBERON:3\tiecur".to_owned(),
            "UBERON:1\torgan\t\t".to_owned(),
            "UBERON:3\tabdomen\tUBERON:1\t".to_owned(),
            "CL:9\tliver\t\t".to_owned(),
        ])
    }

    #[test]
    fn a_term_is_found_by_id_label_and_synonym_within_its_ontology() {
        let terms = terms();
        assert_eq!(
            terms.get("UBERON:2").map(|term| term.label()),
            Some("liver")
        );
        assert!(terms.get("UBERON:7").is_none());
        let named = |name: &str, of: &str| {
            let found = terms.named(&[fold(name)], &[of]);
            found.map(|(_, _, term)| term.id().to_owned())
        };
        assert_eq!(named("Liver", "UBERON"), Some("UBERON:2".to_owned()));
        assert_eq!(named("liver", "CL"), Some("CL:9".to_owned()));
        assert_eq!(named("iecur", "UBERON"), Some("UBERON:2".to_owned()));
        assert_eq!(named("lung", "UBERON"), None);
    }

    #[test]
    fn ancestors_have_their_shortest_distance() {
        let found = terms().ancestors("UBERON:2");
        let expected = [("UBERON:1", 1), ("UBERON:2", 0), ("UBERON:3", 1)];
        let got: Vec<(&str, u32)> = found.iter().map(|(id, n)| (id.as_str(), *n)).collect();
        assert_eq!(got, expected);
    }
}
