//! What a recipe says about perturbations: entities, names and relations of our own curation.

use std::collections::BTreeMap;
use std::path::Path;

use refcast_core::{Fault, Faults, OntologyId, Result};
use refcast_model::vocabulary::{EntityKind, RelationEdge, TableRow};

use super::knowledge::read_columns;

/// An entity as the recipe describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct CuratedEntity {
    /// Its id: of a public source where one has it, else of our own namespace.
    pub id: OntologyId,
    /// The name to show.
    pub label: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// Ids of other sources for the same thing, listed among the synonyms in the file.
    pub equivalents: Vec<OntologyId>,
    /// What sort of thing it is.
    pub kind: EntityKind,
    /// Where the id or the entry comes from.
    pub source: String,
}

impl CuratedEntity {
    pub(super) fn to_row(&self) -> TableRow {
        TableRow {
            id: self.id.to_string(),
            label: self.label.clone(),
            aliases: self.synonyms.clone(),
            class: self.kind.to_string(),
            same_as: self.equivalents.iter().map(ToString::to_string).collect(),
            ..TableRow::default()
        }
    }
}

/// The perturbation files of a recipe.
#[derive(Debug, Clone, Default)]
pub struct VocabularyRecipe {
    entities: BTreeMap<OntologyId, CuratedEntity>,
    /// How entities stand to each other.
    pub relations: Vec<RelationEdge>,
}

impl VocabularyRecipe {
    /// Reads `perturbations.tsv`, `names.tsv` and `relations.tsv` of a folder. Where both of the
    /// first have an entity, that of `perturbations.tsv` counts.
    ///
    /// # Errors
    /// With every row that does not parse, by file and line.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut faults = Faults::new();
        let mut recipe = Self::default();
        for name in ["names.tsv", "perturbations.tsv"] {
            let rows = read_columns(
                &folder.join(name),
                ["id", "label", "synonyms", "kind", "source"],
            )?;
            for (row, cells) in rows.into_iter().enumerate() {
                // Line 1 is the header.
                if let Some(entity) = faults.keep(&format!("{name}:{}", row + 2), curated(cells)) {
                    recipe.entities.insert(entity.id.clone(), entity);
                }
            }
        }
        let name = "relations.tsv";
        let rows = read_columns(
            &folder.join(name),
            ["id", "relation", "of", "similarity", "source"],
        )?;
        for (row, cells) in rows.into_iter().enumerate() {
            recipe
                .relations
                .extend(faults.keep(&format!("{name}:{}", row + 2), relation(&cells)));
        }
        faults.finish(recipe)
    }

    /// The entities, sorted by id.
    pub fn entities(&self) -> impl Iterator<Item = &CuratedEntity> {
        self.entities.values()
    }

    /// The entity of an id.
    pub fn entity(&self, id: &OntologyId) -> Option<&CuratedEntity> {
        self.entities.get(id)
    }
}

fn curated([id, label, synonyms, kind, source]: [String; 5]) -> Result<CuratedEntity> {
    let mut entity = CuratedEntity {
        id: id.parse()?,
        label,
        synonyms: Vec::new(),
        equivalents: Vec::new(),
        kind: kind.parse()?,
        source,
    };
    if entity.label.is_empty() {
        return Err(Fault::new("label", "missing", "give the name to show").into());
    }
    for name in synonyms.split('|').filter(|name| !name.is_empty()) {
        match name.parse() {
            Ok(id) => entity.equivalents.push(id),
            Err(_) => entity.synonyms.push(name.to_owned()),
        }
    }
    Ok(entity)
}

fn relation(
    [special, relation, general, similarity, _source]: &[String; 5],
) -> Result<RelationEdge> {
    let similarity: f32 = similarity
        .parse()
        .ok()
        .filter(|similarity| (0.0..=1.0).contains(similarity))
        .ok_or_else(|| Fault::new("similarity", "out_of_range", "give a number from 0 to 1"))?;
    Ok(RelationEdge {
        special: special.parse()?,
        relation: relation.parse()?,
        general: general.parse()?,
        similarity,
    })
}
