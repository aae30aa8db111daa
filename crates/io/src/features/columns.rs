//! Which columns of a list of features are ids, symbols, types and genomes: told by what is in
//! them, since programs put them in any order and some leave them out.

use std::collections::HashSet;

use super::{FeatureTable, GENES};
use crate::genomes::{are_assemblies, are_ensembl_gene_ids};

/// Types that are genes, in letters and digits only.
const GENE_TYPES: [&str; 5] = ["geneexpression", "gene", "genes", "mrna", "rna"];

/// Types that are none, in letters and digits only.
const OTHER_TYPES: [&str; 12] = [
    "antibodycapture",
    "crisprguidecapture",
    "multiplexingcapture",
    "antigencapture",
    "custom",
    "peaks",
    "peak",
    "chromatinaccessibility",
    "proteinexpression",
    "protein",
    "vdj",
    "hashtag",
];

/// The words that a type may be broken into.
const MOST_WORDS: usize = 3;

/// Names of columns that hold symbols, in lower case.
const SYMBOLS: [&str; 9] = [
    "symbol",
    "gene_symbol",
    "gene_name",
    "gene_names",
    "name",
    "genename",
    "hgnc_symbol",
    "feature_name",
    "gene_short_name",
];

/// A list of text: a line for each row or column of a matrix.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct AxisTable {
    /// The names of the columns, where the list gives them.
    pub(crate) header: Option<Vec<String>>,
    /// The fields of each line.
    pub(crate) rows: Vec<Vec<String>>,
}

impl AxisTable {
    fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    fn column(&self, at: usize) -> Vec<String> {
        let field = |row: &Vec<String>| row.get(at).cloned().unwrap_or_default();
        self.rows.iter().map(field).collect()
    }

    fn titled(&self, titles: &[&str]) -> Option<usize> {
        let header = self.header.as_ref()?;
        header
            .iter()
            .position(|title| titles.contains(&title.to_lowercase().as_str()))
    }

    /// The names of cells: the first column, or the second where the first only numbers the lines.
    pub(crate) fn names(&self) -> Vec<String> {
        let first = self.column(0);
        let numbered = self.width() > 1 && !tells_apart(&first);
        if numbered { self.column(1) } else { first }
    }
}

/// The table of features in a list of them.
pub(crate) fn table_of(lines: &AxisTable) -> FeatureTable {
    let width = lines.width();
    let columns: Vec<Vec<String>> = (0..width).map(|at| lines.column(at)).collect();
    let types_at = (1..width).find(|&at| {
        let known = lines.rows.iter().filter(|row| type_at(row, at).is_some());
        known.count() * 2 > lines.rows.len()
    });
    let types = types_at.map(|at| {
        let kind = |row: &Vec<String>| {
            let as_it_is = || row.get(at).cloned().unwrap_or_default();
            type_at(row, at).unwrap_or_else(as_it_is)
        };
        lines.rows.iter().map(kind).collect()
    });
    let titled = |titles: &[&str]| lines.titled(titles).filter(|&at| at < width);
    let genomes_at = titled(&["genome"])
        .or_else(|| (1..width).find(|&at| are_assemblies(columns[at].iter().map(String::as_str))));
    // What stands from the type on are its words, or the place of the gene.
    let free = |at: usize| types_at.is_none_or(|types| at < types) && Some(at) != genomes_at;
    let telling = |at: &usize| free(*at) && tells_apart(&columns[*at]);
    let ids_at = (0..width)
        .find(|&at| free(at) && are_ensembl_gene_ids(&columns[at]))
        .or_else(|| (0..width).find(telling))
        .unwrap_or(0);
    let names_at = titled(&SYMBOLS)
        .into_iter()
        .chain(0..width)
        .find(|at| *at != ids_at && telling(at));
    FeatureTable {
        ids: columns.get(ids_at).cloned().unwrap_or_default(),
        names: names_at.map(|at| columns[at].clone()),
        types,
        genomes: genomes_at.map(|at| columns[at].clone()),
    }
}

/// The type of a feature that stands in column `at`, whole or broken into words by tabs; `None` where
/// no type stands there.
fn type_at(row: &[String], at: usize) -> Option<String> {
    let words = row.get(at..)?;
    (1..=MOST_WORDS.min(words.len())).find_map(|count| {
        let joined = words[..count].join(" ");
        let letters: String = joined
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase();
        if GENE_TYPES.contains(&letters.as_str()) {
            Some(GENES.to_owned())
        } else {
            OTHER_TYPES.contains(&letters.as_str()).then_some(joined)
        }
    })
}

/// Whether the values can name things: most of them differ, and they are not just numbers.
fn tells_apart(values: &[String]) -> bool {
    let distinct: HashSet<&str> = values
        .iter()
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
        .collect();
    let numbers = distinct
        .iter()
        .all(|value| value.bytes().all(|b| b.is_ascii_digit()));
    distinct.len() * 2 > values.len() && !numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(header: Option<&str>, text: &str) -> FeatureTable {
        let fields = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<String>>();
        table_of(&AxisTable {
            header: header.map(fields),
            rows: text.lines().map(fields).collect(),
        })
    }

    const IDS: [&str; 2] = ["ENSG00000000003", "ENSG00000141510"];
    const SYMBOLS: [&str; 2] = ["TSPAN6", "TP53"];

    fn expect(table: &FeatureTable, genes: usize) {
        assert_eq!(table.ids, IDS, "{table:?}");
        assert_eq!(
            table.names.as_deref(),
            Some(&SYMBOLS.map(str::to_owned)[..]),
            "{table:?}"
        );
        let of_genes = table
            .types
            .as_ref()
            .map(|types| types.iter().filter(|kind| *kind == GENES));
        assert_eq!(of_genes.map_or(2, Iterator::count), genes, "{table:?}");
    }

    #[test]
    fn columns_are_told_by_what_is_in_them() {
        let expected = [
            "ENSG00000000003\tTSPAN6\nENSG00000141510\tTP53",
            "TSPAN6\tENSG00000000003\tGene Expression\nTP53\tENSG00000141510\tGene Expression",
            "ENSG00000000003\tTSPAN6\tGene\tExpression\nENSG00000141510\tTP53\tGene\tExpression",
            "ENSG00000000003\tTSPAN6\tgene_expression\nENSG00000141510\tTP53\tgene_expression",
            "ENSG00000000003\tTSPAN6\tX\t100627108\nENSG00000141510\tTP53\t17\t7661779",
            "1\tENSG00000000003\tTSPAN6\n2\tENSG00000141510\tTP53",
            "ENSG00000000003\tTSPAN6\tGene Expression\tX\t1\t2\nENSG00000141510\tTP53\tGene Expression\t17\t3\t4",
        ];
        for text in expected {
            expect(&table(None, text), 2);
        }
        let mixed =
            "ENSG00000000003\tTSPAN6\tGene\tExpression\nENSG00000141510\tTP53\tAntibody\tCapture";
        expect(&table(None, mixed), 1);
        let guide = "ENSG00000000003\tTSPAN6\tGene\tExpression\nENSG00000141510\tTP53\tCRISPR\tGuide\tCapture";
        expect(&table(None, guide), 1);
    }

    #[test]
    fn one_column_is_the_names_and_genomes_have_their_own() {
        let one = table(None, "TSPAN6\nTP53");
        assert_eq!(
            (one.ids, one.names),
            (SYMBOLS.map(str::to_owned).to_vec(), None)
        );
        let parse = table(
            Some("gene_id\tgene_name\tgenome"),
            "ENSG00000000003\tTSPAN6\thg38\nENSG00000141510\tTP53\thg38",
        );
        expect(&parse, 2);
        assert_eq!(parse.genomes, Some(vec!["hg38".to_owned(); 2]));
    }
}
