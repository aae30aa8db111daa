//! Salts, hydrates and esters, told from their names.

use std::collections::BTreeMap;

use refcast_core::OntologyId;
use refcast_model::vocabulary::{EntityRelation, RelationEdge, TableRow, fold};

use super::recipe::VocabularyRecipe;

/// The dose of a salt is not that of its parent, and an ester must be split first.
const SIMILARITY: f32 = 0.9;

/// Counter-ions and water: they leave the compound as it is.
const IONS: &[&str] = &[
    "sodium",
    "disodium",
    "trisodium",
    "potassium",
    "dipotassium",
    "calcium",
    "magnesium",
    "lithium",
    "zinc",
    "ammonium",
    "hydrochloride",
    "dihydrochloride",
    "trihydrochloride",
    "monohydrochloride",
    "hydrobromide",
    "dihydrobromide",
    "hydroiodide",
    "chloride",
    "bromide",
    "iodide",
    "mesylate",
    "dimesylate",
    "esylate",
    "besylate",
    "tosylate",
    "ditosylate",
    "maleate",
    "dimaleate",
    "fumarate",
    "hemifumarate",
    "tartrate",
    "bitartrate",
    "citrate",
    "succinate",
    "hemisuccinate",
    "malate",
    "oxalate",
    "lactate",
    "nitrate",
    "gluconate",
    "pamoate",
    "embonate",
    "xinafoate",
    "isethionate",
    "trifluoroacetate",
    "tromethamine",
    "meglumine",
    "hydrate",
    "monohydrate",
    "dihydrate",
    "trihydrate",
    "hemihydrate",
    "sesquihydrate",
    "anhydrous",
    "salt",
];

/// Ions or esters, as the case may be. ChEBI writes metabolites so (estradiol sulfate), ChEMBL
/// drugs.
const IONS_OR_ESTERS: &[&str] = &[
    "sulfate",
    "hemisulfate",
    "bisulfate",
    "phosphate",
    "diphosphate",
    "acetate",
    "diacetate",
    "dipropionate",
    "propionate",
    "valerate",
    "cypionate",
    "enanthate",
    "benzoate",
    "decanoate",
    "palmitate",
    "furoate",
    "caproate",
];

/// A salt's relation to its parent, where the parent has an id: that of the recipe's entity if it
/// has one, else of ChEMBL, else of ChEBI.
pub(super) fn relations(recipe: &VocabularyRecipe, compounds: &[TableRow]) -> Vec<RelationEdge> {
    let mut parents: BTreeMap<String, OntologyId> = BTreeMap::new();
    for entity in recipe.entities() {
        for name in std::iter::once(&entity.label).chain(&entity.synonyms) {
            parents
                .entry(fold(name))
                .or_insert_with(|| entity.id.clone());
        }
    }
    // Rows of ChEMBL sort before those of ChEBI by `OntologyId`, so that they are entered first.
    let mut named: Vec<(OntologyId, &str)> = compounds
        .iter()
        .filter(|row| !row.label.is_empty())
        .filter_map(|row| Some((row.id.parse().ok()?, row.label.as_str())))
        .collect();
    named.sort();
    for (id, label) in &named {
        parents.entry(fold(label)).or_insert_with(|| id.clone());
    }
    named
        .iter()
        .filter_map(|(id, label)| {
            let esters = matches!(id, OntologyId::Chembl(_));
            let parent = parent_name(label, esters).and_then(|parent| parents.get(&parent))?;
            (parent != id).then(|| RelationEdge {
                special: id.clone(),
                relation: EntityRelation::SaltOf,
                general: parent.clone(),
                similarity: SIMILARITY,
            })
        })
        .collect()
}

/// The folded name without the words of its salt; `None` when it has none, or nothing else.
fn parent_name(label: &str, esters: bool) -> Option<String> {
    let lower = label.to_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    let all = words.len();
    let is_ion = |word: &&str| IONS.contains(word) || (esters && IONS_OR_ESTERS.contains(word));
    while words.len() > 1 && words.last().is_some_and(is_ion) {
        words.pop();
    }
    let only_ions = words.iter().all(is_ion);
    (words.len() < all && !only_ions).then(|| fold(&words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::parent_name;

    #[test]
    fn the_words_of_a_salt_are_taken_off() {
        for (label, esters, parent) in [
            (
                "dexamethasone sodium phosphate",
                true,
                Some("dexamethasone"),
            ),
            ("ALBUTEROL SULFATE", true, Some("albuterol")),
            ("doxorubicin hydrochloride", false, Some("doxorubicin")),
            ("levalbuterol tartrate", true, Some("levalbuterol")),
            ("estradiol sulfate", false, None),
            ("sodium chloride", true, None),
            ("calcium acetate", true, None),
            ("dexamethasone", true, None),
        ] {
            assert_eq!(parent_name(label, esters).as_deref(), parent, "{label}");
        }
    }
}
