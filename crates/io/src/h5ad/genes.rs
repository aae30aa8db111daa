//! Which names of `var` are the genes' ids and which their symbols.

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

/// The genes' names for alignment, and their symbols where the file has both.
#[derive(Debug, PartialEq)]
pub(super) struct GeneLabels {
    pub(super) names: Vec<String>,
    pub(super) symbols: Option<Vec<String>>,
}

/// Chooses ids and symbols from the index of `var` and its columns.
///
/// `available` are the names of the columns; `read` gives one as text, with empty strings where
/// a value is missing. Ids win over symbols as the name, because they are unambiguous, wherever
/// the file has them.
pub(super) fn label<E>(
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
    if are_ensembl_ids(&index) {
        let symbols = first_of(&SYMBOL_COLUMNS, &informative)?;
        return Ok(GeneLabels {
            names: index,
            symbols,
        });
    }
    let ids = first_of(&ID_COLUMNS, &are_ensembl_ids)?;
    let symbols = if is_uninformative(&index) {
        first_of(&SYMBOL_COLUMNS, &informative)?
    } else {
        None
    };
    Ok(match (ids, symbols) {
        (Some(mut ids), symbols) => {
            let symbols = symbols.unwrap_or(index);
            for (id, symbol) in ids.iter_mut().zip(&symbols) {
                if id.is_empty() {
                    id.clone_from(symbol);
                }
            }
            let symbols = informative(&symbols).then_some(symbols);
            GeneLabels {
                names: ids,
                symbols,
            }
        }
        (None, Some(symbols)) => GeneLabels {
            names: symbols,
            symbols: None,
        },
        (None, None) => GeneLabels {
            names: index,
            symbols: None,
        },
    })
}

/// Whether most of the names are Ensembl gene ids, of any species, with or without version.
fn are_ensembl_ids(names: &[String]) -> bool {
    let ids = names.iter().filter(|name| is_ensembl_id(name)).count();
    ids > 0 && ids * 2 >= names.len()
}

/// `ENSG00000139618.12`, `ENSMUSG00000041147`.
fn is_ensembl_id(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ENS") else {
        return false;
    };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = &rest[..rest.len() - digits.len()];
    let number = digits.split('.').next().unwrap_or_default();
    letters.ends_with('G') && number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit())
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
        assert!(is_ensembl_id("ENSMUSG00000041147.3"));
        assert!(!is_ensembl_id("ENST00000380152"));
        assert!(!is_ensembl_id("ENSA"));
    }
}
