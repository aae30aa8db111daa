//! Kinds and arms: which cells of the interferon set are of which kind, and which were treated.

use refcast_train::corpus::cells::CellSet;

use std::collections::BTreeMap;

/// The kinds of cells, with the source's labels that each is made of.
pub const KINDS: [(&str, &[&str]); 7] = [
    ("CD4T", &["CD4 Naive T", "CD4 Memory T"]),
    ("CD14", &["CD14 Mono"]),
    ("B", &["B", "B Activated"]),
    ("CD8T", &["CD8 T"]),
    ("NK", &["NK"]),
    ("FCGR3A", &["CD16 Mono"]),
    ("DC", &["DC"]),
];

/// The column of `obs` that holds the source's labels.
pub(super) const LABEL: &str = "cell_type_source";

/// The annotation of a cell.
pub type Row = BTreeMap<String, String>;

/// The cells of a kind in one arm, that pass.
pub fn arm(set: &CellSet, kind: &str, treated: bool, keep: impl Fn(&Row) -> bool) -> Vec<usize> {
    let rows = set.rows.iter().enumerate();
    rows.filter(|(_, row)| is_of(row, kind) && is_treated(row) == treated && keep(row))
        .map(|(cell, _)| cell)
        .collect()
}

/// Whether a cell is a treated one of a kind: what is left out with the kind.
pub fn is_held(row: &Row, kind: &str) -> bool {
    is_of(row, kind) && is_treated(row)
}

/// Whether something was done to a cell.
pub fn is_treated(row: &Row) -> bool {
    !matches!(text(row, "perturbation_type"), "" | "control")
}

fn is_of(row: &Row, kind: &str) -> bool {
    let mut kinds = KINDS.iter();
    kinds.any(|(name, labels)| *name == kind && labels.contains(&text(row, LABEL)))
}

/// A column of a cell; empty where it has no value.
pub fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).map_or("", String::as_str)
}
