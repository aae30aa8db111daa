//! Every name that a gene goes by, by how surely it means the gene.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use refcast_core::{GeneId, GeneNameRank};

/// Names that genes go by, of all genes and not only those of an axis: a name of a gene that the
/// axis lacks must not be taken for another gene that was once called so.
#[derive(Debug, Clone, Default)]
pub struct GeneNames {
    /// Approved symbols with the gene each stands for.
    pub symbols: Vec<(String, GeneId)>,
    /// Symbols that were approved once, with the gene each stands for.
    pub former: Vec<(String, GeneId)>,
    /// Other names with the gene each stands for; one may stand for several.
    pub aliases: Vec<(String, GeneId)>,
    /// Numbers at NCBI (Entrez) with the gene each stands for.
    pub entrez: Vec<(String, GeneId)>,
}

impl FromIterator<(String, GeneId, GeneNameRank)> for GeneNames {
    fn from_iter<I: IntoIterator<Item = (String, GeneId, GeneNameRank)>>(names: I) -> Self {
        let mut sorted = Self::default();
        for (name, id, rank) in names {
            match rank {
                GeneNameRank::Approved => sorted.symbols.push((name, id)),
                GeneNameRank::Former => sorted.former.push((name, id)),
                GeneNameRank::Alias => sorted.aliases.push((name, id)),
                GeneNameRank::Entrez => sorted.entrez.push((name, id)),
            }
        }
        sorted
    }
}

/// The genes that each name stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct NameTable(HashMap<String, Vec<GeneId>>);

impl NameTable {
    /// A table of `names`.
    pub(super) fn new(names: impl IntoIterator<Item = (String, GeneId)>) -> Self {
        let mut table = Self::default();
        for (name, id) in names {
            table.add(name, id);
        }
        table
    }

    pub(super) fn add(&mut self, name: String, id: GeneId) {
        if name.is_empty() {
            return;
        }
        match self.0.entry(name) {
            Entry::Occupied(mut ids) => {
                if let Err(place) = ids.get().binary_search(&id) {
                    ids.get_mut().insert(place, id);
                }
            }
            Entry::Vacant(place) => {
                place.insert(vec![id]);
            }
        }
    }

    /// The genes that `name` stands for.
    pub(super) fn get(&self, name: &str) -> Option<&[GeneId]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Every name with its genes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[GeneId])> {
        self.0
            .iter()
            .map(|(name, ids)| (name.as_str(), ids.as_slice()))
    }
}
