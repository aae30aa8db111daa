//! Suggestions for a name or an id that no table knows.

use refcast_core::{OntologyId, Result};

use super::Vocabulary;
use super::folding::{fold, fold_into};
use super::likeness::{Likeness, NearName, best};
use super::row::EntityRow;

/// Letters that a longer name adds to the one asked for (`interferon`: `interferon beta`) count
/// this many times less than letters that differ.
const ADDED_PER_EDIT: usize = 8;
/// Shorter texts are part of too many names.
const SHORTEST_PART: usize = 4;
/// Signs that folding may take off a name that is still near.
const PUNCTUATION: usize = 16;

impl Vocabulary {
    /// The `n` entities with the names nearest to `given`, as `name (id)`; trained ones first among
    /// equals.
    pub(super) fn nearest_names(&self, given: &str, n: usize) -> Result<Vec<String>> {
        let folded = fold(given);
        let likeness = Likeness::to(&folded);
        let mut found = Vec::new();
        let mut buffer = String::new();
        for entity in self.trained() {
            for name in std::iter::once(&entity.label).chain(&entity.synonyms) {
                fold_into(name, &mut buffer);
                found.extend(
                    distance(&likeness, &folded, &buffer).map(|distance| NearName {
                        distance,
                        trained: true,
                        name: name.clone(),
                        id: entity.id.clone(),
                    }),
                );
            }
        }
        for table in self.tables() {
            found.extend(table.walk(&self.files, |block| {
                nearest_in(block, &likeness, &folded, n)
            })?);
        }
        Ok(shown(found, n))
    }

    /// The `n` known entities with the ids nearest to one that nobody has, as `name (id)`.
    pub(super) fn nearest_ids(&self, id: &OntologyId, n: usize) -> Result<Vec<String>> {
        let text = id.to_string();
        let likeness = Likeness::to(&text);
        let near = |candidate: &str| likeness.distance(candidate);
        let mut found: Vec<NearName> = self
            .trained()
            .iter()
            .filter_map(|entity| {
                Some(NearName {
                    distance: near(&entity.id.to_string())?,
                    trained: true,
                    name: entity.label.clone(),
                    id: entity.id.clone(),
                })
            })
            .collect();
        let walked = self.table_of(id).walk(&self.files, |block| {
            let rows = block.lines().map(EntityRow::new);
            let near_rows = rows.filter_map(|row| Some((near(row.id_text())?, row, row.label())));
            nearest_of(near_rows, n)
        })?;
        found.extend(walked);
        Ok(shown(found, n))
    }
}

fn shown(found: Vec<NearName>, n: usize) -> Vec<String> {
    best(found, n)
        .into_iter()
        .map(|near| format!("{} ({})", near.name, near.id))
        .collect()
}

fn distance(likeness: &Likeness, folded: &str, candidate: &str) -> Option<usize> {
    let part = folded.len() >= SHORTEST_PART && candidate.contains(folded);
    let added = part.then(|| 1 + (candidate.len() - folded.len()) / ADDED_PER_EDIT);
    let edits = likeness.distance(candidate);
    edits.into_iter().chain(added).min()
}

fn nearest_in(block: &str, likeness: &Likeness, folded: &str, n: usize) -> Vec<NearName> {
    let mut buffer = String::new();
    let near = block.lines().map(EntityRow::new).filter_map(|row| {
        row.names()
            // Much shorter or longer names are strangers: no need to fold them.
            .filter(|(name, _)| {
                (folded.len() / 2..=2 * folded.len() + PUNCTUATION).contains(&name.len())
            })
            .filter_map(|(name, _)| {
                fold_into(name, &mut buffer);
                Some((distance(likeness, folded, &buffer)?, row, name))
            })
            .min_by_key(|&(distance, _, _)| distance)
    });
    nearest_of(near, n)
}

/// The `n` nearest of a block: more than that can never be shown.
fn nearest_of<'a>(
    found: impl Iterator<Item = (usize, EntityRow<'a>, &'a str)>,
    n: usize,
) -> Vec<NearName> {
    let mut kept: Vec<(usize, EntityRow<'a>, &'a str)> = Vec::with_capacity(n + 1);
    for near in found {
        let place = kept.partition_point(|other| other.0 <= near.0);
        if place < n {
            kept.insert(place, near);
            kept.truncate(n);
        }
    }
    kept.into_iter()
        .filter_map(|(distance, row, name)| {
            Some(NearName {
                distance,
                trained: false,
                name: name.to_owned(),
                id: row.id()?,
            })
        })
        .collect()
}
