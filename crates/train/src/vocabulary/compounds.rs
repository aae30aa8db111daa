//! Compounds of ChEMBL and ChEBI, and which ids name the same one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refcast_core::{OntologyId, Result};
use refcast_model::vocabulary::{TableRow, fold};

use super::knowledge::read_columns;
use super::recipe::VocabularyRecipe;

/// A systematic name beyond this is typed by nobody: the id stays, its label does not.
const LONGEST_LABEL: usize = 100;

/// The rows of `chembl_names.tsv.gz` and `ontology_chebi.tsv.gz`, matched by `compounds.tsv.gz`, of
/// which only the columns that may be shipped are read.
pub(super) fn rows(knowledge: &Path, recipe: &VocabularyRecipe) -> Result<Vec<TableRow>> {
    let mut chembl = read_columns(
        &knowledge.join("chembl_names.tsv.gz"),
        ["chembl_id", "chembl_name"],
    )?;
    let chebi = read_columns(&knowledge.join("ontology_chebi.tsv.gz"), ["id", "label"])?;
    let matched = read_columns(
        &knowledge.join("compounds.tsv.gz"),
        ["chembl_id", "chembl_name", "chebi_id"],
    )?;
    chembl.extend(
        matched
            .iter()
            .map(|[id, name, _]| [id.clone(), name.clone()]),
    );
    let pairs = matched
        .into_iter()
        .map(|[chembl, _, chebi]| [chembl, chebi])
        .collect();
    Ok(joined(chembl, chebi, pairs, recipe))
}

/// The first row of an id counts.
pub(super) fn joined(
    chembl: Vec<[String; 2]>,
    chebi: Vec<[String; 2]>,
    pairs: Vec<[String; 2]>,
    recipe: &VocabularyRecipe,
) -> Vec<TableRow> {
    let mut labels: BTreeMap<OntologyId, String> = BTreeMap::new();
    for [id, name] in chembl.into_iter().chain(chebi) {
        if let Ok(id @ (OntologyId::Chembl(_) | OntologyId::Chebi(_))) = id.parse() {
            let label = if matches!(id, OntologyId::Chembl(_)) {
                readable(&name)
            } else {
                name
            };
            labels.entry(id).or_insert(label);
        }
    }
    let mut same = equivalents(&labels, &pairs, recipe);
    labels
        .into_iter()
        .map(|(id, label)| TableRow {
            label: if label.len() > LONGEST_LABEL {
                String::new()
            } else {
                label
            },
            same_as: same
                .remove(&id)
                .into_iter()
                .flatten()
                .map(|id| id.to_string())
                .collect(),
            id: id.to_string(),
            ..TableRow::default()
        })
        .collect()
}

/// ChEMBL writes its names in capitals: words become lower case, codes such as `SB-203580` stay.
fn readable(name: &str) -> String {
    let words: Vec<String> = name
        .split(' ')
        .map(|word| {
            let is_word = word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase());
            if is_word {
                word.to_lowercase()
            } else {
                word.to_owned()
            }
        })
        .collect();
    words.join(" ")
}

/// For each id the ids of the same compound. The recipe's own word counts first: the matched table
/// takes stereoisomers for one another (dihydrotestosterone for its 5β form). A ChEBI id matched to
/// several ChEMBL ids, a drug and its salts or isomers, is that of the one with the same name.
fn equivalents(
    labels: &BTreeMap<OntologyId, String>,
    pairs: &[[String; 2]],
    recipe: &VocabularyRecipe,
) -> BTreeMap<OntologyId, BTreeSet<OntologyId>> {
    let mut same: BTreeMap<OntologyId, BTreeSet<OntologyId>> = BTreeMap::new();
    for entity in recipe.entities() {
        for other in &entity.equivalents {
            link(&mut same, &entity.id, other);
        }
    }
    let curated: BTreeSet<OntologyId> = same.keys().cloned().collect();
    let mut by_chebi: BTreeMap<OntologyId, BTreeSet<OntologyId>> = BTreeMap::new();
    for [chembl, chebi] in pairs {
        if let (Ok(chembl @ OntologyId::Chembl(_)), Ok(chebi @ OntologyId::Chebi(_))) =
            (chembl.parse(), chebi.parse())
        {
            by_chebi.entry(chebi).or_default().insert(chembl);
        }
    }
    let same_name = |a: &OntologyId, b: &OntologyId| match (labels.get(a), labels.get(b)) {
        (Some(a), Some(b)) => fold(a) == fold(b),
        _ => false,
    };
    for (chebi, all) in &by_chebi {
        let several = all.len() > 1;
        for chembl in all
            .iter()
            .filter(|chembl| !several || same_name(chembl, chebi))
        {
            if !curated.contains(chembl) && !curated.contains(chebi) {
                link(&mut same, chembl, chebi);
            }
        }
    }
    link_by_name(labels, &mut same);
    same
}

/// Links what no table matches, where a name is that of one ChEMBL and one ChEBI id alone.
fn link_by_name(
    labels: &BTreeMap<OntologyId, String>,
    same: &mut BTreeMap<OntologyId, BTreeSet<OntologyId>>,
) {
    let mut by_name: BTreeMap<String, Vec<&OntologyId>> = BTreeMap::new();
    for (id, label) in labels
        .iter()
        .filter(|(id, label)| !label.is_empty() && !same.contains_key(*id))
    {
        by_name.entry(fold(label)).or_default().push(id);
    }
    for ids in by_name.values() {
        if let [chembl @ OntologyId::Chembl(_), chebi @ OntologyId::Chebi(_)] = ids[..] {
            link(same, chembl, chebi);
        }
    }
}

fn link(same: &mut BTreeMap<OntologyId, BTreeSet<OntologyId>>, a: &OntologyId, b: &OntologyId) {
    same.entry(a.clone()).or_default().insert(b.clone());
    same.entry(b.clone()).or_default().insert(a.clone());
}
