//! Every entity that can be asked for: those with training data, and those that a table knows.
//!
//! What training saw is small and read at once. The tables of genes, compounds and organisms stay
//! compressed until a look-up needs one, and are then searched in place.

mod abbreviations;
mod archive;
mod controls;
mod folding;
mod gene_names;
mod kind;
mod ligands;
mod likeness;
mod nearest;
mod perturbation;
mod reach;
mod relation;
mod relatives;
mod resolution;
mod row;
mod search;
mod standing;
mod stem;
mod table;
mod trained;
mod usual_type;

#[cfg(test)]
mod examples;

use refcast_core::{OntologyId, Result};

pub(crate) use archive::unpacked;
pub use archive::{
    COMPOUNDS, FIELDS, FILE_NAMES, GENES, NAMES, RELATIONS, TAXA, TRAINED, VocabularyFiles,
    as_cell, packed,
};
pub use folding::fold;
pub use gene_names::GeneName;
pub use kind::EntityKind;
pub use perturbation::{Completed, Understood};
pub use relation::{EntityRelation, RelationEdge};
pub use relatives::Relative;
pub use resolution::{EntityResolution, MatchedBy, ResolvedEntity};
pub use row::TableRow;
pub use search::{
    AcceptedValue, FieldValue, NOTHING_TO_SEARCH, PERTURBATION_FIELD, TYPE_FIELD, field_name,
    says_nothing, unknown_field,
};
pub use standing::Standing;
pub use trained::TrainedEntity;

use reach::Relations;
use row::EntityRow;
use table::VocabularyTable;
use trained::TrainedEntities;

/// The vocabulary of a model.
#[derive(Debug)]
pub struct Vocabulary {
    files: VocabularyFiles,
    trained: TrainedEntities,
    relations: Relations,
    fields: Vec<FieldValue>,
    names: VocabularyTable,
    genes: VocabularyTable,
    compounds: VocabularyTable,
    taxa: VocabularyTable,
}

impl Vocabulary {
    /// The vocabulary of a bundle's files. Reads what is small; a large table that is damaged is
    /// reported by the first look-up that needs it, or by [`Vocabulary::check`].
    ///
    /// # Errors
    /// When one of the small files is absent or does not parse.
    pub fn new(files: VocabularyFiles) -> Result<Self> {
        Ok(Self {
            trained: TrainedEntities::read(&files.text(TRAINED)?)?,
            relations: Relations::read(&files.text(RELATIONS)?)?,
            fields: search::read_fields(&files.text(FIELDS)?)?,
            names: VocabularyTable::new(NAMES),
            genes: VocabularyTable::new(GENES),
            compounds: VocabularyTable::new(COMPOUNDS),
            taxa: VocabularyTable::new(TAXA),
            files,
        })
    }

    /// Reads every table to its end.
    ///
    /// # Errors
    /// With the first table that is damaged.
    pub fn check(&self) -> Result<()> {
        self.tables()
            .into_iter()
            .try_for_each(|table| table.check(&self.files))
    }

    /// Every entity with training data, in the order that training gave them.
    pub fn trained(&self) -> &[TrainedEntity] {
        self.trained.all()
    }

    /// The trained entity of an id; an equivalent id of another source finds it too.
    pub fn trained_entity(&self, id: &OntologyId) -> Option<&TrainedEntity> {
        self.trained.by_id(id)
    }

    /// The values of the metadata fields that training saw.
    pub fn field_values(&self) -> &[FieldValue] {
        &self.fields
    }

    /// The label of a known entity, `None` where no table knows it.
    ///
    /// # Errors
    /// When the table that would know it is damaged.
    pub fn label(&self, id: &OntologyId) -> Result<Option<String>> {
        if let Some(entity) = self.trained.by_id(id) {
            return Ok(Some(entity.label.clone()));
        }
        Ok(self.row(id)?.map(|row| row.label().to_owned()))
    }

    /// All tables, our own names first.
    fn tables(&self) -> [&VocabularyTable; 4] {
        [&self.names, &self.genes, &self.compounds, &self.taxa]
    }

    /// Unpacks all tables at once, for a look-up that will need them one after the other.
    fn unpack(&self) {
        rayon::join(
            || self.compounds.unpack(&self.files),
            || {
                self.genes.unpack(&self.files);
                self.taxa.unpack(&self.files);
            },
        );
    }

    /// The table of the source that an id belongs to; our own ids are in none but the names.
    fn table_of(&self, id: &OntologyId) -> &VocabularyTable {
        match id {
            OntologyId::Gene(_) => &self.genes,
            OntologyId::Chembl(_) | OntologyId::Chebi(_) => &self.compounds,
            OntologyId::Taxon(_) => &self.taxa,
            OntologyId::Refcast(_) => &self.names,
        }
    }

    /// What the tables know of an id.
    fn row(&self, id: &OntologyId) -> Result<Option<EntityRow<'_>>> {
        match self.names.by_id(&self.files, id)? {
            Some(row) => Ok(Some(row)),
            None => self.table_of(id).by_id(&self.files, id),
        }
    }
}
