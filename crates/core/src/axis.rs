//! The gene axis: which gene each position of an expression vector is.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Faults, Result};
use crate::gene::GeneId;

/// A position on a [`GeneAxis`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GeneIndex(pub u32);

impl GeneIndex {
    /// The position as an index of a slice.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// A gene with the symbol that people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gene {
    /// The Ensembl id.
    pub id: GeneId,
    /// The approved symbol; empty where the gene has none.
    pub symbol: String,
}

/// The genes of a model or table, in order: unique, at least one.
#[derive(Debug, Clone)]
pub struct GeneAxis {
    genes: Vec<Gene>,
    positions: HashMap<GeneId, GeneIndex>,
}

impl GeneAxis {
    /// An axis over `genes` in the given order.
    ///
    /// # Errors
    /// When there is no gene, when one occurs twice (every one is named), or when there are more
    /// than 2³² − 1.
    pub fn new(genes: Vec<Gene>) -> Result<Self> {
        if genes.is_empty() {
            return Err(Error::one(
                "genes",
                "empty_axis",
                "a gene axis needs at least one gene",
            ));
        }
        if u32::try_from(genes.len()).is_err() {
            return Err(Error::one(
                "genes",
                "axis_too_long",
                "a gene axis holds at most 4294967295 genes",
            ));
        }
        let mut faults = Faults::new();
        let mut positions = HashMap::with_capacity(genes.len());
        for (position, gene) in (0u32..).zip(&genes) {
            if let Some(GeneIndex(first)) = positions.insert(gene.id, GeneIndex(position)) {
                faults.add(
                    format!("genes[{position}]"),
                    "duplicate_gene",
                    format!(
                        "{} is already at position {first}: list each gene once",
                        gene.id
                    ),
                );
            }
        }
        faults.finish(Self { genes, positions })
    }

    /// How many genes.
    pub fn len(&self) -> usize {
        self.genes.len()
    }

    /// Always false; an axis has at least one gene.
    pub fn is_empty(&self) -> bool {
        self.genes.is_empty()
    }

    /// The id at `index`, or `None` past the end.
    pub fn get(&self, index: GeneIndex) -> Option<&Gene> {
        self.genes.get(index.as_usize())
    }

    /// The id at `index`.
    ///
    /// # Panics
    /// When `index` is not of this axis, as slice indexing does; an index from this axis never is.
    pub fn id(&self, index: GeneIndex) -> GeneId {
        self.genes[index.as_usize()].id
    }

    /// The symbol at `index`; empty where the gene has none.
    ///
    /// # Panics
    /// When `index` is not of this axis, as slice indexing does; an index from this axis never is.
    pub fn symbol(&self, index: GeneIndex) -> &str {
        &self.genes[index.as_usize()].symbol
    }

    /// The position of `id`, or `None` when it is not on the axis.
    pub fn index_of(&self, id: GeneId) -> Option<GeneIndex> {
        self.positions.get(&id).copied()
    }

    /// The genes in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (GeneIndex, &Gene)> {
        // The constructor has checked that the length fits a u32.
        self.genes
            .iter()
            .enumerate()
            .map(|(position, gene)| (GeneIndex(position as u32), gene))
    }

    /// The genes in order.
    pub fn genes(&self) -> &[Gene] {
        &self.genes
    }

    /// What identifies the axis: its ids in order, joined by line feeds, no symbol and no final
    /// line feed. A hash of this text is the hash of the axis.
    pub fn canonical_text(&self) -> String {
        let ids: Vec<String> = self.genes.iter().map(|gene| gene.id.to_string()).collect();
        ids.join("\n")
    }
}

impl PartialEq for GeneAxis {
    fn eq(&self, other: &Self) -> bool {
        self.genes == other.genes
    }
}

impl Eq for GeneAxis {}

#[cfg(test)]
mod tests {
    use super::*;

    fn gene(id: &str, symbol: &str) -> Gene {
        Gene {
            id: id.parse().unwrap(),
            symbol: symbol.to_owned(),
        }
    }

    #[test]
    fn positions_and_ids_are_each_others_inverse() {
        let axis = GeneAxis::new(vec![
            gene("ENSG00000141510", "TP53"),
            gene("ENSG00000000003", "TSPAN6"),
        ])
        .unwrap();
        for (index, gene) in axis.iter() {
            assert_eq!(axis.index_of(gene.id), Some(index));
            assert_eq!(axis.id(index), gene.id);
            assert_eq!(axis.symbol(index), gene.symbol);
        }
        assert_eq!(axis.get(GeneIndex(2)), None);
        assert_eq!(axis.canonical_text(), "ENSG00000141510\nENSG00000000003");
    }

    #[test]
    fn every_duplicate_is_named() {
        let twice = gene("ENSG00000141510", "TP53");
        let error = GeneAxis::new(vec![twice.clone(), twice.clone(), twice]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("genes[1]") && text.contains("genes[2]"),
            "{text}"
        );
    }

    #[test]
    fn an_empty_axis_is_refused() {
        assert!(GeneAxis::new(Vec::new()).is_err());
    }
}
