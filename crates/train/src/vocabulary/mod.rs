//! The vocabulary of a model, from open tables and the recipe's own entries.
//!
//! Only data that may be shipped goes in: HGNC and GENCODE genes with HGNC and NCBI aliases, ChEMBL
//! names (CC BY-SA), ChEBI ids and labels (CC BY), NCBI Taxonomy, and what the recipe curates. The
//! compound table has columns of other licences beside; they are not read.

mod compounds;
mod genes;
mod knowledge;
mod recipe;
mod salts;
mod taxa;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refcast_core::{OntologyId, PerturbationType, Result};
use refcast_model::vocabulary::{
    COMPOUNDS, EntityKind, FIELDS, FieldValue, GENES, NAMES, RELATIONS, RelationEdge, TAXA,
    TRAINED, TableRow, TrainedEntity, VocabularyFiles,
};

pub use recipe::{CuratedEntity, VocabularyRecipe};

/// What training saw of an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedSupport {
    /// Its id.
    pub id: OntologyId,
    /// The types of perturbation by which it was seen.
    pub types: Vec<PerturbationType>,
    /// Treated samples.
    pub samples: u32,
    /// Studies that these samples come from.
    pub studies: u32,
    /// The cell systems that were treated.
    pub systems: Vec<String>,
}

/// The files of a vocabulary. The same input gives the same bytes.
///
/// `knowledge` is the folder of the open tables, `recipe` the one with `perturbations.tsv`,
/// `names.tsv` and `relations.tsv`.
///
/// # Errors
/// When a table is absent or lacks a column, and with every row of the recipe that does not parse.
pub fn build_vocabulary(
    knowledge: &Path,
    recipe: &Path,
    trained: &[TrainedSupport],
    fields: &[FieldValue],
) -> Result<VocabularyFiles> {
    let recipe = VocabularyRecipe::read(recipe)?;
    let genes = genes::rows(knowledge)?;
    let compounds = compounds::rows(knowledge, &recipe)?;
    let taxa = taxa::rows(knowledge)?;
    write(&recipe, genes, compounds, taxa, trained, fields)
}

fn write(
    recipe: &VocabularyRecipe,
    genes: Vec<TableRow>,
    compounds: Vec<TableRow>,
    taxa: Vec<TableRow>,
    trained: &[TrainedSupport],
    fields: &[FieldValue],
) -> Result<VocabularyFiles> {
    let known: BTreeMap<&str, &TableRow> = genes
        .iter()
        .chain(&compounds)
        .chain(&taxa)
        .map(|row| (row.id.as_str(), row))
        .collect();
    let entities: Vec<TrainedEntity> = trained
        .iter()
        .map(|support| {
            trained_entity(
                support,
                recipe,
                known.get(support.id.to_string().as_str()).copied(),
            )
        })
        .collect();
    let ids: BTreeSet<&OntologyId> = trained.iter().map(|support| &support.id).collect();
    let names: Vec<TableRow> = recipe
        .entities()
        .filter(|entity| !ids.contains(&entity.id))
        .map(CuratedEntity::to_row)
        .collect();
    let mut relations = recipe.relations.clone();
    relations.extend(salts::relations(recipe, &compounds));
    relations.extend(taxa::relations(&taxa, &recipe.relations));

    let mut files = VocabularyFiles::new();
    files.insert_lines(
        TRAINED,
        &entities
            .iter()
            .map(TrainedEntity::to_line)
            .collect::<Vec<_>>(),
    )?;
    files.insert_lines(NAMES, &sorted(names))?;
    let mut edges: Vec<String> = relations.iter().map(RelationEdge::to_line).collect();
    edges.sort();
    edges.dedup();
    files.insert_lines(RELATIONS, &edges)?;
    let mut values = fields.to_vec();
    values.sort();
    files.insert_lines(
        FIELDS,
        &values.iter().map(FieldValue::to_line).collect::<Vec<_>>(),
    )?;
    files.insert_lines(GENES, &sorted(genes))?;
    files.insert_lines(COMPOUNDS, &sorted(compounds))?;
    files.insert_lines(TAXA, &sorted(taxa))?;
    Ok(files)
}

/// Look-ups search by the text of the id.
fn sorted(mut rows: Vec<TableRow>) -> Vec<String> {
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows.dedup_by(|later, kept| later.id == kept.id);
    rows.iter().map(TableRow::to_line).collect()
}

/// The recipe's names go before the table's.
fn trained_entity(
    support: &TrainedSupport,
    recipe: &VocabularyRecipe,
    row: Option<&TableRow>,
) -> TrainedEntity {
    let TrainedSupport {
        id,
        types,
        samples,
        studies,
        systems,
    } = support.clone();
    let curated = recipe.entity(&id);
    let label = match (curated, row) {
        (Some(entity), _) => entity.label.clone(),
        (None, Some(row)) if !row.label.is_empty() => row.label.clone(),
        _ => id.to_string(),
    };
    let mut equivalents = curated.map_or_else(Vec::new, |entity| entity.equivalents.clone());
    for other in row.into_iter().flat_map(|row| &row.same_as) {
        equivalents.extend(
            other
                .parse()
                .ok()
                .filter(|other| !equivalents.contains(other)),
        );
    }
    TrainedEntity {
        label,
        synonyms: curated.map_or_else(Vec::new, |entity| entity.synonyms.clone()),
        equivalents,
        kind: curated.map_or_else(|| EntityKind::of(&id), |entity| entity.kind),
        types,
        samples,
        studies,
        systems,
        id,
    }
}
