//! Human genes with their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refcast_core::Result;
use refcast_model::vocabulary::{TableRow, fold};

use super::knowledge::read_columns;

/// The rows of `genes.tsv.gz` with the names of `gene_aliases.tsv.gz`.
pub(super) fn rows(knowledge: &Path) -> Result<Vec<TableRow>> {
    let genes = read_columns(
        &knowledge.join("genes.tsv.gz"),
        ["ensembl_gene_id", "symbol", "name", "biotype", "entrez_id"],
    )?;
    let aliases = read_columns(
        &knowledge.join("gene_aliases.tsv.gz"),
        ["alias", "ensembl_gene_id", "type"],
    )?;
    Ok(joined(genes, aliases))
}

/// Only protein-coding genes keep their full name: that of the others says no more than the symbol.
pub(super) fn joined(genes: Vec<[String; 5]>, aliases: Vec<[String; 3]>) -> Vec<TableRow> {
    let mut rows: BTreeMap<String, TableRow> = genes
        .into_iter()
        .filter(|[id, ..]| id.starts_with("ENSG"))
        .map(|[id, symbol, name, class, entrez]| {
            let names = if class == "protein_coding" && !name.is_empty() {
                vec![name]
            } else {
                Vec::new()
            };
            let label = if symbol.starts_with("ENSG") {
                String::new()
            } else {
                symbol
            };
            (
                id.clone(),
                TableRow {
                    id,
                    label,
                    names,
                    class,
                    same_as: (!entrez.is_empty())
                        .then(|| format!("NCBIGene:{entrez}"))
                        .into_iter()
                        .collect(),
                    ..TableRow::default()
                },
            )
        })
        .collect();
    for [alias, id, kind] in aliases {
        if let Some(row) = rows.get_mut(&id) {
            let list = if kind == "previous" {
                &mut row.former
            } else {
                &mut row.aliases
            };
            list.push(alias);
        }
    }
    rows.into_values().map(without_repeats).collect()
}

/// Drops names that fold to one that identifies the gene as well or better.
fn without_repeats(mut row: TableRow) -> TableRow {
    let mut seen = BTreeSet::from([fold(&row.label)]);
    for list in [&mut row.names, &mut row.former, &mut row.aliases] {
        list.retain(|name| {
            let folded = fold(name);
            !folded.is_empty() && seen.insert(folded)
        });
    }
    row
}
