//! Which names of `var` are the genes' ids and which their symbols.

use std::collections::HashSet;

use crate::genomes::{are_ensembl_gene_ids, human_gene, is_ensembl_gene_id, split_genome};

/// Columns that hold ids, in order of preference; compared without regard to case.
const ID_COLUMNS: [&str; 9] = [
    "gene_ids",
    "gene_id",
    "ensembl_id",
    "ensembl_ids",
    "ensembl",
    "ensembl_gene_id",
    "ensemblid",
    "feature_id",
    "ensg",
];

/// Columns that hold symbols, in order of preference; compared without regard to case.
const SYMBOL_COLUMNS: [&str; 11] = [
    "gene_symbol",
    "gene_symbols",
    "symbol",
    "symbols",
    "gene_name",
    "gene_names",
    "feature_name",
    "hgnc_symbol",
    "gene_short_name",
    "genesymbol",
    "gene",
];

/// Columns of ids that are not the genes' own, by what their names hold in lower case.
const OF_OTHERS: [&str; 5] = ["ortho", "homolog", "transcript", "human", "nearest"];

/// The genes' names for alignment, and their symbols where the file has both.
#[derive(Debug, PartialEq)]
pub(crate) struct GeneLabels {
    pub(crate) names: Vec<String>,
    pub(crate) symbols: Option<Vec<String>>,
}

/// Chooses ids and symbols from the index of `var` and its columns.
///
/// `available` are the names of the columns; `read` gives one as text, with empty strings where
/// a value is missing. Ids win over symbols as the name, because they are unambiguous, wherever
/// the file has them, whatever the name of their column; columns that are known by name come first,
/// and gaps of one (of objects that were joined) are filled from the next.
pub(crate) fn label<E>(
    index: Vec<String>,
    available: &[String],
    mut read: impl FnMut(&str) -> Result<Option<Vec<String>>, E>,
) -> Result<GeneLabels, E> {
    let mut first_of = |wanted: &[&str], fits: &dyn Fn(&[String]) -> bool| {
        for name in wanted {
            let matching = available
                .iter()
                .filter(|own| own.eq_ignore_ascii_case(name));
            for own in matching {
                if let Some(values) = read(own)?.filter(|values| fits(values)) {
                    return Ok(Some(values));
                }
            }
        }
        Ok(None)
    };
    let informative = |values: &[String]| !is_uninformative(values);
    let mut index = index;
    without_suffixes(&mut index);
    if are_ensembl_gene_ids(&index) {
        let symbols = first_of(&SYMBOL_COLUMNS, &informative)?;
        return Ok(GeneLabels::new(index, symbols));
    }
    let symbols = if is_uninformative(&index) {
        first_of(&SYMBOL_COLUMNS, &informative)?
    } else {
        None
    };
    let Some(mut ids) = ids_of(available, &mut read)? else {
        return Ok(GeneLabels::new(symbols.unwrap_or(index), None));
    };
    let symbols = symbols.unwrap_or(index);
    for (id, symbol) in ids.iter_mut().zip(&symbols) {
        if id.is_empty() {
            id.clone_from(symbol);
        }
    }
    let symbols = informative(&symbols).then_some(symbols);
    Ok(GeneLabels::new(ids, symbols))
}

impl GeneLabels {
    /// The labels without the names of the human genome before them, where several were joined.
    fn new(mut names: Vec<String>, mut symbols: Option<Vec<String>>) -> Self {
        for name in names.iter_mut().chain(symbols.iter_mut().flatten()) {
            if let Some(gene) = human_gene(name) {
                *name = gene.to_owned();
            }
        }
        Self { names, symbols }
    }
}

/// The ids in the columns, filled up from one column after the other.
fn ids_of<E>(
    available: &[String],
    read: &mut impl FnMut(&str) -> Result<Option<Vec<String>>, E>,
) -> Result<Option<Vec<String>>, E> {
    let rank = |name: &String| {
        let name = name.to_lowercase();
        let known = ID_COLUMNS.iter().position(|known| *known == name);
        known.unwrap_or(ID_COLUMNS.len())
    };
    let is_of_others = |name: &&String| {
        let name = name.to_lowercase();
        OF_OTHERS.iter().any(|part| name.contains(part))
    };
    let mut columns: Vec<&String> = available
        .iter()
        .filter(|name| !is_of_others(name))
        .collect();
    columns.sort_by_key(|name| rank(name));
    let mut found: Option<Vec<String>> = None;
    for name in columns {
        let Some(values) = read(name)?.filter(|values| are_ensembl_gene_ids(values)) else {
            continue;
        };
        match &mut found {
            None => found = Some(values),
            Some(ids) => {
                for (id, value) in ids.iter_mut().zip(values) {
                    if !names_a_gene(id) && names_a_gene(&value) {
                        *id = value;
                    }
                }
            }
        }
        if found.iter().flatten().all(|id| names_a_gene(id)) {
            break;
        }
    }
    // Text that stands for nothing is nothing.
    for id in found.iter_mut().flatten() {
        if matches!(id.as_str(), "nan" | "NaN" | "None" | "NA" | "<NA>") {
            id.clear();
        }
    }
    Ok(found)
}

fn names_a_gene(id: &str) -> bool {
    is_ensembl_gene_id(split_genome(id).map_or(id, |(_, gene)| gene))
}

/// Takes off the numbers that `var_names_make_unique` puts behind doubles: `TBCE-1` is the second
/// TBCE where there is a first.
fn without_suffixes(names: &mut [String]) {
    let listed: HashSet<String> = names.iter().cloned().collect();
    for name in names {
        if let Some((base, number)) = name.rsplit_once('-')
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && listed.contains(base)
        {
            name.truncate(base.len());
        }
    }
}

/// Whether the names say nothing: all empty, or plain row numbers.
fn is_uninformative(names: &[String]) -> bool {
    names
        .iter()
        .all(|name| name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn labels(index: &[&str], columns: &[(&str, &[&str])]) -> GeneLabels {
        let available: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let Ok(found) = label(strings(index), &available, |name| {
            let found = columns.iter().find(|(own, _)| *own == name);
            Ok::<_, Infallible>(found.map(|(_, values)| strings(values)))
        });
        found
    }

    const IDS: [&str; 2] = ["ENSG00000139618.12", "ENSG00000141510"];
    const SYMBOLS: [&str; 2] = ["BRCA2", "TP53"];

    #[test]
    fn ids_in_the_index_take_symbols_from_a_column() {
        let found = labels(&IDS, &[("Symbol", &SYMBOLS)]);
        assert_eq!(found.names, IDS);
        assert_eq!(found.symbols, Some(strings(&SYMBOLS)));
    }

    #[test]
    fn symbols_in_the_index_give_way_to_ids_in_a_column() {
        let found = labels(&SYMBOLS, &[("gene_ids", &IDS)]);
        assert_eq!(found.names, IDS);
        assert_eq!(found.symbols, Some(strings(&SYMBOLS)));
    }

    #[test]
    fn a_gene_without_an_id_keeps_its_symbol() {
        let found = labels(&SYMBOLS, &[("gene_ids", &[IDS[0], ""])]);
        assert_eq!(found.names, [IDS[0], "TP53"]);
    }

    #[test]
    fn row_numbers_in_the_index_are_not_symbols() {
        let found = labels(&["0", "1"], &[("gene_id", &IDS)]);
        assert_eq!(found.names, IDS);
        assert_eq!(found.symbols, None);
        let found = labels(&["0", "1"], &[("feature_name", &SYMBOLS)]);
        assert_eq!(found.names, SYMBOLS);
    }

    #[test]
    fn an_id_column_without_ids_is_not_used() {
        let found = labels(&SYMBOLS, &[("gene_id", &["x1", "x2"])]);
        assert_eq!(found.names, SYMBOLS);
        assert_eq!(found.symbols, None);
    }

    #[test]
    fn mouse_ids_are_ids_and_transcripts_are_not() {
        assert!(is_ensembl_gene_id("ENSMUSG00000041147.3"));
        assert!(!is_ensembl_gene_id("ENST00000380152"));
        assert!(!is_ensembl_gene_id("ENSA"));
    }
}
