//! Organisms, and which are strains of which, told from their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refcast_core::{OntologyId, Result};
use refcast_model::vocabulary::{EntityRelation, RelationEdge, TableRow, fold};

use super::knowledge::read_columns;

/// An isolate of a virus or strain of a bacterium.
const STRAIN_SIMILARITY: f32 = 0.85;
/// A numbered type: 0.7² keeps one type from answering for another.
const TYPE_SIMILARITY: f32 = 0.7;
/// Words after a species' name that widen it instead.
const WIDER: &[&str] = &[
    "group", "sp.", "spp.", "complex", "like", "related", "with", "and",
];

/// The rows of `ontology_ncbitaxon_subset.tsv.gz`.
pub(super) fn rows(knowledge: &Path) -> Result<Vec<TableRow>> {
    let table = read_columns(
        &knowledge.join("ontology_ncbitaxon_subset.tsv.gz"),
        ["id", "label", "synonyms"],
    )?;
    Ok(table.into_iter().map(row).collect())
}

pub(super) fn row([id, label, synonyms]: [String; 3]) -> TableRow {
    let mut seen = BTreeSet::from([fold(&label)]);
    let plain = synonyms.replace('"', "");
    let mut former: Vec<String> = plain.split('|').map(str::to_owned).collect();
    former.retain(|name| seen.insert(fold(name)) && !name.is_empty());
    let aliases = abbreviated(&label).into_iter().collect();
    TableRow {
        id,
        label,
        former,
        aliases,
        ..TableRow::default()
    }
}

/// `Mycobacterium avium` is written `M. avium` as well; a virus is not.
fn abbreviated(label: &str) -> Option<String> {
    let (genus, species) = label.split_once(' ')?;
    let initial = genus.chars().next().filter(char::is_ascii_uppercase)?;
    let is_species = species.chars().all(|c| c.is_ascii_lowercase()) && species != "virus";
    is_species.then(|| format!("{initial}. {species}"))
}

/// A taxon whose name goes on where that of another ends is one of its strains or types, unless the
/// recipe has a word on it.
pub(super) fn relations(taxa: &[TableRow], curated: &[RelationEdge]) -> Vec<RelationEdge> {
    let told: BTreeSet<String> = curated
        .iter()
        .map(|edge| edge.special.to_string())
        .collect();
    let mut by_name: BTreeMap<String, &TableRow> = BTreeMap::new();
    for row in taxa {
        for name in std::iter::once(&row.label).chain(&row.former) {
            by_name.entry(name.to_lowercase()).or_insert(row);
        }
    }
    taxa.iter()
        .filter(|row| !told.contains(&row.id))
        .filter_map(|row| strain(row, &by_name))
        .collect()
}

fn strain(row: &TableRow, by_name: &BTreeMap<String, &TableRow>) -> Option<RelationEdge> {
    let lower = row.label.to_lowercase();
    // The longest beginning that is a name of two words or more.
    let breaks = lower.match_indices(' ').map(|(at, _)| at).rev();
    let (species, rest) = breaks
        .map(|at| (&lower[..at], lower[at..].trim()))
        .filter(|(name, _)| name.contains(' '))
        .find_map(|(name, rest)| by_name.get(name).map(|species| (species, rest)))?;
    if species.id == row.id || rest.split_whitespace().any(|word| WIDER.contains(&word)) {
        return None;
    }
    let numbered = rest
        .trim_start_matches("type ")
        .bytes()
        .all(|b| b.is_ascii_digit());
    let special: OntologyId = row.id.parse().ok()?;
    Some(RelationEdge {
        special,
        relation: if numbered {
            EntityRelation::SerotypeOf
        } else {
            EntityRelation::StrainOf
        },
        general: species.id.parse().ok()?,
        similarity: if numbered {
            TYPE_SIMILARITY
        } else {
            STRAIN_SIMILARITY
        },
    })
}
