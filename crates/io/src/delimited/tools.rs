//! Tables that a tool writes in a form of its own: which of their columns hold counts.

use std::path::Path;

use refcast_core::quoted;

use super::columns::normalised;
use crate::error::{Error, Place, Result};

/// The columns of STAR's `ReadsPerGene.out.tab`, which has no header, by the names that the GDC
/// gives them.
pub(super) const STAR_COLUMNS: [&str; 3] = ["unstranded", "stranded_first", "stranded_second"];

/// Headers of columns by which a test for differential expression is recognised.
const DIFFERENTIAL: &[&str] = &[
    "log2foldchange",
    "logfc",
    "log2fc",
    "log2_fold_change",
    "avg_log2fc",
    "avg_logfc",
    "lfcse",
    "logcpm",
    "pvalue",
    "p_value",
    "pval",
    "p_val",
    "padj",
    "p_adj",
    "fdr",
    "qvalue",
    "q_value",
    "adj_p_val",
    "p_val_adj",
    "adj_p_value",
    "pvals",
    "pvals_adj",
    "basemean",
    "stat",
    "aveexpr",
    "t",
    "b",
    "f",
    "lr",
    "foldchange",
    "fold_change",
    "fc",
    "significant",
    "pct_1",
    "pct_2",
];

/// Words in the names of columns that hold another unit than counts.
const OTHER_UNITS: &[&str] = &[
    "tpm",
    "fpkm",
    "rpkm",
    "cpm",
    "rpm",
    "rlog",
    "vst",
    "log2",
    "logcpm",
    "zscore",
    "normalized",
    "normalised",
    "isopct",
    "abundance",
];

/// Which columns of a table may hold counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CountColumns {
    /// Those only, each with the name of its sample.
    These(Vec<(usize, String)>),
    /// Any but those, whose header says that they hold something else.
    AllBut(Vec<usize>),
}

/// Which of the columns `names` may hold counts, by the forms of tools and the words of headers.
///
/// # Errors
/// A table that holds no counts: results of a test, another unit only, the log of a counter.
pub(super) fn count_columns(path: &Path, names: &[String], width: usize) -> Result<CountColumns> {
    let headers: Vec<String> = names.iter().map(|name| normalised(name)).collect();
    let find = |header: &str| headers.iter().position(|own| own == header);
    let refuse =
        |code: &'static str, message: String| Err(Error::format(path, Place::Whole, code, message));
    if headers.first().is_some_and(|first| first == "status") && width >= 2 {
        return refuse(
            "summary_of_counting",
            "is the summary that featureCounts writes beside its counts: pass the table of counts itself".to_owned(),
        );
    }
    // One sample a file, of which one column holds the counts.
    let one = [
        (
            "expected_count",
            &["tpm", "fpkm", "effective_length", "length", "isopct"][..],
        ),
        ("numreads", &["tpm", "effectivelength"]),
        ("est_counts", &["tpm", "eff_length"]),
    ];
    for (counts, beside) in one {
        if let Some(column) = find(counts)
            && beside.iter().any(|other| find(other).is_some())
        {
            return Ok(CountColumns::These(vec![(column, sample_name(path))]));
        }
    }
    if let Some(column) = find("unstranded") {
        let forms = [("stranded_first", "stranded_second")];
        if forms
            .iter()
            .all(|(a, b)| find(a).is_some() && find(b).is_some())
        {
            let star = names.first().is_some_and(String::is_empty);
            let name = if star {
                sample_name(path)
            } else {
                names[column].clone()
            };
            return Ok(CountColumns::These(vec![(column, name)]));
        }
    }
    // tximport's list as one table: abundance.S1, counts.S1, length.S1, countsFromAbundance.
    let prefixed = |prefix: &str| -> Vec<usize> {
        let columns = names.iter().enumerate();
        columns
            .filter(|(_, name)| name.starts_with(prefix))
            .map(|(column, _)| column)
            .collect()
    };
    let (counts, abundances) = (prefixed("counts."), prefixed("abundance."));
    if !counts.is_empty() && counts.len() == abundances.len() {
        let named = |column: usize| (column, names[column]["counts.".len()..].to_owned());
        return Ok(CountColumns::These(counts.into_iter().map(named).collect()));
    }
    let tests: Vec<usize> = headers
        .iter()
        .enumerate()
        .filter(|(_, header)| DIFFERENTIAL.contains(&header.as_str()))
        .map(|(column, _)| column)
        .collect();
    // One letter or one word may name a sample; a table of results has several.
    let tests = if tests.len() >= 2 { tests } else { Vec::new() };
    let units: Vec<usize> = headers
        .iter()
        .enumerate()
        .filter(|(_, header)| {
            let mut words = header.split(|c: char| !c.is_alphanumeric());
            words.any(|word| OTHER_UNITS.contains(&word))
        })
        .map(|(column, _)| column)
        .collect();
    let others: Vec<usize> = (1..width)
        .filter(|column| !tests.contains(column) && !units.contains(column))
        .collect();
    if others.is_empty() && !tests.is_empty() {
        return refuse(
            "differential_expression",
            format!(
                "is a table of results of a test for differential expression (columns {}): pass the table of counts \
                 that was tested",
                shown(names, &tests)
            ),
        );
    }
    if !others.is_empty() && !tests.is_empty() {
        let mut all = tests;
        all.extend(units);
        return Ok(CountColumns::AllBut(all));
    }
    Ok(CountColumns::AllBut(units))
}

fn shown(names: &[String], columns: &[usize]) -> String {
    let names: Vec<String> = columns
        .iter()
        .take(4)
        .map(|&column| quoted(&names[column]))
        .collect();
    names.join(", ")
}

/// The name of the sample that a file holds: the file's, without what tools add to it; the
/// folder's where every sample's file is called the same.
pub(crate) fn sample_name(path: &Path) -> String {
    const ENDINGS: &[&str] = &[
        ".gz",
        ".tsv",
        ".csv",
        ".txt",
        ".tab",
        ".out",
        ".results",
        ".genes",
        ".isoforms",
        ".sf",
        ".counts",
        ".count",
        ".htseq",
        ".rna_seq.augmented_star_gene_counts",
        "ReadsPerGene",
        ".gene_counts",
        ".featureCounts",
    ];
    const COMMON: &[&str] = &[
        "quant",
        "quant.genes",
        "abundance",
        "counts",
        "gene_counts",
        "htseq",
        "",
    ];
    let stem = |name: &str| {
        let mut name = name;
        while let Some(shorter) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
            name = shorter;
        }
        name.trim_end_matches(['_', '.', '-']).to_owned()
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = stem(&file);
    if !COMMON.contains(&name.as_str()) {
        return name;
    }
    let folder = path.parent().and_then(Path::file_name);
    folder.map_or_else(
        || file.into_owned(),
        |folder| folder.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_named_after_its_file_without_what_tools_add() {
        for (path, name) in [
            ("runs/sampleA_ReadsPerGene.out.tab", "sampleA"),
            ("runs/sampleAReadsPerGene.out.tab.gz", "sampleA"),
            ("s1.genes.results", "s1"),
            ("sampleA.htseq.counts.txt", "sampleA"),
            ("run/S7/quant.sf", "S7"),
            ("run/S7/abundance.tsv", "S7"),
            ("b1c2.rna_seq.augmented_star_gene_counts.tsv", "b1c2"),
            ("donor.1.tsv", "donor.1"),
        ] {
            assert_eq!(sample_name(path.as_ref()), name, "{path}");
        }
    }
}
