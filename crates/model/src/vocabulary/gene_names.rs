//! The names of all genes, for matching the genes of a file.

use refcast_core::{GeneId, GeneNameRank, OntologyId, Result};

use super::Vocabulary;
use super::row::{EntityRow, NameRank};

/// What stands before the number of a gene at NCBI.
const ENTREZ: &str = "NCBIGene:";

/// A name that a gene goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneName {
    /// The symbol or alias.
    pub name: String,
    /// The gene.
    pub id: GeneId,
    /// Whether it is the approved symbol, a former one, an alias or a number at NCBI.
    pub rank: GeneNameRank,
}

impl GeneName {
    /// Name, gene and rank: what a resolver of names is made from.
    pub fn into_parts(self) -> (String, GeneId, GeneNameRank) {
        (self.name, self.id, self.rank)
    }
}

impl Vocabulary {
    /// Every symbol, former symbol, alias and NCBI number of every gene that the tables know, whether or not a
    /// model has the gene.
    ///
    /// # Errors
    /// When the table of genes is damaged.
    pub fn gene_names(&self) -> Result<Vec<GeneName>> {
        self.genes.walk(&self.files, |block| {
            block
                .lines()
                .map(EntityRow::new)
                .flat_map(names_of)
                .collect()
        })
    }
}

fn names_of(row: EntityRow<'_>) -> Vec<GeneName> {
    let Some(OntologyId::Gene(id)) = row.id() else {
        return Vec::new();
    };
    let symbol = Some(row.label()).filter(|&label| label != row.id_text());
    // Full names, which are approved as well, are of no use in a table of counts.
    let others = row
        .names()
        .filter(|&(name, rank)| rank != NameRank::Approved && Some(name) != symbol);
    let named = |name: &str, rank| GeneName {
        name: name.to_owned(),
        id,
        rank,
    };
    let others = others.map(|(name, rank)| match rank {
        NameRank::Former => named(name, GeneNameRank::Former),
        NameRank::Approved | NameRank::Alias => named(name, GeneNameRank::Alias),
    });
    let numbers = row.same_as_texts().filter_map(|other| {
        let number = other.strip_prefix(ENTREZ)?;
        Some(named(number, GeneNameRank::Entrez))
    });
    symbol
        .map(|symbol| named(symbol, GeneNameRank::Approved))
        .into_iter()
        .chain(others)
        .chain(numbers)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::examples::vocabulary;
    use super::GeneNameRank;

    #[test]
    fn symbols_and_aliases_are_told_apart_and_full_names_left_out() {
        let names = vocabulary().gene_names().unwrap();
        let find = |wanted: &str| -> Vec<(String, GeneNameRank)> {
            let found = names.iter().filter(|name| name.name == wanted);
            found.map(|name| (name.id.to_string(), name.rank)).collect()
        };
        let (approved, former, alias) = (
            GeneNameRank::Approved,
            GeneNameRank::Former,
            GeneNameRank::Alias,
        );
        assert_eq!(find("SMARCA4"), [("ENSG00000000003".to_owned(), approved)]);
        assert_eq!(find("BRG1"), [("ENSG00000000003".to_owned(), alias)]);
        assert_eq!(find("OLDNAME"), [("ENSG00000000002".to_owned(), former)]);
        assert_eq!(find("SHARED").len(), 2);
        assert!(find("interferon gamma").is_empty());
    }
}
