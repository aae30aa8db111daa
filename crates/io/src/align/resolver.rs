//! What gene a name means.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use refcast_core::{GeneAxis, GeneId, GeneIndex};

/// Names that genes go by, of all genes and not only those of an axis: a name of a gene that the
/// axis lacks must not be taken for another gene that was once called so.
#[derive(Debug, Clone, Default)]
pub struct GeneNames {
    /// Approved symbols with the gene each stands for.
    pub symbols: Vec<(String, GeneId)>,
    /// Aliases and previous symbols with the gene each stands for; one may stand for several.
    pub aliases: Vec<(String, GeneId)>,
}

impl FromIterator<(String, GeneId, bool)> for GeneNames {
    /// From names, the gene that each stands for, and whether it is the approved symbol.
    fn from_iter<I: IntoIterator<Item = (String, GeneId, bool)>>(names: I) -> Self {
        let mut sorted = Self::default();
        for (name, id, is_symbol) in names {
            if is_symbol {
                sorted.symbols.push((name, id));
            } else {
                sorted.aliases.push((name, id));
            }
        }
        sorted
    }
}

/// What a name means on an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// An Ensembl id of the axis.
    Id(GeneIndex),
    /// An approved symbol of a gene of the axis.
    Symbol(GeneIndex),
    /// An alias or previous symbol of a gene of the axis.
    Alias(GeneIndex),
    /// A name of several genes, at least one of them on the axis.
    Ambiguous(Vec<GeneId>),
    /// A gene that the axis does not have, or no gene that is known.
    Unmatched,
    /// A line that counting programs add to sum up what they did not count.
    Summary,
}

/// Finds genes of an axis by Ensembl id, symbol, or alias.
#[derive(Debug, Clone)]
pub struct GeneResolver {
    axis: GeneAxis,
    symbols: HashMap<String, Vec<GeneId>>,
    aliases: HashMap<String, Vec<GeneId>>,
}

impl GeneResolver {
    /// A resolver onto `axis`, whose own symbols count as approved beside those of `names`.
    pub fn new(axis: GeneAxis, names: GeneNames) -> Self {
        let mut symbols: HashMap<String, Vec<GeneId>> = HashMap::new();
        let own = axis
            .genes()
            .iter()
            .map(|gene| (gene.symbol.clone(), gene.id));
        for (symbol, id) in own.chain(names.symbols) {
            add(&mut symbols, symbol, id);
        }
        // Some programs write C1orf112 as C1ORF112. No further folding of case: the symbols of
        // the mouse differ from the human ones by nothing else.
        let capitals: Vec<(String, Vec<GeneId>)> = symbols
            .iter()
            .map(|(symbol, ids)| (symbol.to_uppercase(), ids.clone()))
            .filter(|(capital, _)| !symbols.contains_key(capital))
            .collect();
        for (capital, ids) in capitals {
            for id in ids {
                add(&mut symbols, capital.clone(), id);
            }
        }
        let mut aliases = HashMap::new();
        for (alias, id) in names.aliases {
            add(&mut aliases, alias, id);
        }
        Self {
            axis,
            symbols,
            aliases,
        }
    }

    /// The axis resolved onto.
    pub fn axis(&self) -> &GeneAxis {
        &self.axis
    }

    /// What `name` means. An Ensembl id may carry a version, `_PAR_Y` (the same gene on the other
    /// sex chromosome) or more after a bar (`ENSG00000141510.12|TP53`). An approved symbol wins
    /// over an alias of another gene.
    pub fn resolve(&self, name: &str) -> Resolution {
        let name = name.trim();
        if is_summary(name) {
            return Resolution::Summary;
        }
        let id = name.split(['|', '_']).next().unwrap_or(name);
        if let Ok(id) = id.parse::<GeneId>() {
            return self
                .axis
                .index_of(id)
                .map_or(Resolution::Unmatched, Resolution::Id);
        }
        if let Some(ids) = self.symbols.get(name) {
            return self.among(ids, Resolution::Symbol);
        }
        match self.aliases.get(name).map(Vec::as_slice) {
            Some([id]) => self
                .axis
                .index_of(*id)
                .map_or(Resolution::Unmatched, Resolution::Alias),
            // Which of them the file means cannot be known, whatever the axis has of them.
            Some(ids) if ids.iter().any(|&id| self.axis.index_of(id).is_some()) => {
                Resolution::Ambiguous(ids.to_vec())
            }
            _ => Resolution::Unmatched,
        }
    }

    /// A symbol may belong to several ids of one gene, of which the axis has usually one.
    fn among(&self, ids: &[GeneId], found: fn(GeneIndex) -> Resolution) -> Resolution {
        let mut on_axis = ids.iter().filter_map(|&id| self.axis.index_of(id));
        match (on_axis.next(), on_axis.next()) {
            (None, _) => Resolution::Unmatched,
            (Some(index), None) => found(index),
            (Some(_), Some(_)) => Resolution::Ambiguous(ids.to_vec()),
        }
    }
}

fn add(names: &mut HashMap<String, Vec<GeneId>>, name: String, id: GeneId) {
    if name.is_empty() {
        return;
    }
    match names.entry(name) {
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

/// HTSeq writes `__no_feature` and its like; STAR writes the four below.
fn is_summary(name: &str) -> bool {
    name.starts_with("__")
        || matches!(
            name,
            "N_unmapped" | "N_multimapping" | "N_noFeature" | "N_ambiguous"
        )
}
