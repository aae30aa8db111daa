//! The features of a matrix: which of them are genes, and whether they can be told apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use refcast_core::{Fault, Faults, quoted};

/// What Cell Ranger calls a gene.
const GENES: &str = "Gene Expression";

/// How many faults of one kind are listed one by one.
const LISTED: usize = 5;

/// The columns of the table of features, `[features]` each.
#[derive(Debug, Default)]
pub(super) struct FeatureTable {
    pub(super) ids: Vec<String>,
    /// Symbols.
    pub(super) names: Option<Vec<String>>,
    /// `Gene Expression`, `Antibody Capture` …; none where all are genes, as before version 3.
    pub(super) types: Option<Vec<String>>,
    /// The reference that each is of; empty for what is no gene.
    pub(super) genomes: Option<Vec<String>>,
}

/// The features that are genes.
#[derive(Debug)]
pub(super) struct Features {
    /// Ids, `[genes]`.
    pub(super) ids: Vec<String>,
    /// Symbols, `[genes]`.
    pub(super) symbols: Option<Vec<String>>,
    /// The place of each feature among the genes, `[features]`; `None` where it is no gene.
    pub(super) position: Vec<Option<u32>>,
    /// What was left out, in words; `None` if nothing was.
    pub(super) left_out: Option<String>,
}

impl Features {
    /// Picks the genes. `place` names a feature in messages, `whole` the table.
    ///
    /// Faults: no gene at all, an id that is empty or occurs twice, genes of several genomes.
    pub(super) fn new(
        table: FeatureTable,
        whole: &str,
        place: impl Fn(usize) -> String,
        faults: &mut Faults,
    ) -> Self {
        let is_gene = |feature: usize| match &table.types {
            Some(types) => types.get(feature).is_some_and(|kind| kind == GENES),
            None => true,
        };
        let kept: Vec<usize> = (0..table.ids.len()).filter(|&f| is_gene(f)).collect();
        let mut position = vec![None; table.ids.len()];
        for (gene, &feature) in (0u32..).zip(&kept) {
            position[feature] = Some(gene);
        }
        let pick = |values: &Vec<String>| -> Vec<String> {
            kept.iter()
                .map(|&feature| values.get(feature).cloned().unwrap_or_default())
                .collect()
        };
        if kept.is_empty() {
            let message = match &table.types {
                Some(types) if !types.is_empty() => format!(
                    "has no feature of type `{GENES}`, only {}: pass the matrix that has the genes",
                    tally(types.iter())
                ),
                _ => "has no gene: the file is cut off; copy it again".to_owned(),
            };
            faults.push(Fault::new(whole, "no_genes", message));
        }
        check_ids(&table.ids, &kept, &place, faults);
        check_genomes(&table, &kept, whole, faults);
        let others = table.types.iter().flatten().filter(|kind| *kind != GENES);
        let left_out = (kept.len() < table.ids.len()).then(|| {
            format!(
                "{} of its {} features are no genes and were left out: {}",
                table.ids.len() - kept.len(),
                table.ids.len(),
                tally(others)
            )
        });
        Self {
            ids: pick(&table.ids),
            symbols: table.names.as_ref().map(pick),
            position,
            left_out,
        }
    }

    /// Moves stored values, in order of features, to the genes; what is no gene is dropped.
    pub(super) fn genes_of(&self, feature: Vec<u32>, value: Vec<f64>) -> (Vec<u32>, Vec<f64>) {
        if self.left_out.is_none() {
            return (feature, value);
        }
        feature
            .into_iter()
            .zip(value)
            .filter_map(|(feature, value)| {
                let gene = *self.position.get(feature as usize)?;
                Some((gene?, value))
            })
            .unzip()
    }
}

/// `Antibody Capture (12), CRISPR Guide Capture (3)`.
fn tally<'a>(types: impl Iterator<Item = &'a String>) -> String {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in types {
        *times.entry(kind).or_default() += 1;
    }
    let counted: Vec<String> = times
        .into_iter()
        .map(|(kind, n)| format!("{} ({n})", quoted(kind)))
        .collect();
    counted.join(", ")
}

fn check_ids(ids: &[String], kept: &[usize], place: impl Fn(usize) -> String, faults: &mut Faults) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for &feature in kept {
        let id = ids[feature].as_str();
        if id.is_empty() {
            let message = "the feature has no id: copy the file again";
            found.push(Fault::new(place(feature), "no_id", message));
        } else if let Some(&before) = first.get(id) {
            let message = format!(
                "the id {} is also that of {}: ids tell genes apart; add the two up, or count against a \
                 reference without doubles",
                quoted(id),
                place(before)
            );
            found.push(Fault::new(place(feature), "duplicate_id", message));
        } else {
            first.insert(id, feature);
        }
    }
    let more = found.len().saturating_sub(LISTED);
    if let (Some(last), true) = (found.get_mut(LISTED - 1), more > 0) {
        last.message.push_str(&format!("; and {more} more like it"));
    }
    for fault in found.into_iter().take(LISTED) {
        faults.push(fault);
    }
}

/// Counts of a mixture of species are not those of one sample of either.
fn check_genomes(table: &FeatureTable, kept: &[usize], whole: &str, faults: &mut Faults) {
    let named: BTreeSet<&str> = match &table.genomes {
        Some(genomes) => kept
            .iter()
            .filter_map(|&feature| genomes.get(feature))
            .map(String::as_str)
            .filter(|genome| !genome.is_empty())
            .collect(),
        // A table of text has no such column; ids begin with the genome where there are several.
        None => kept
            .iter()
            .filter_map(|&feature| Some(table.ids[feature].split_once("_ENS")?.0))
            .collect(),
    };
    if named.len() > 1 {
        faults.push(Fault::new(
            whole,
            "several_genomes",
            several_genomes(&named),
        ));
    }
}

/// The message about several genomes in one file.
pub(super) fn several_genomes(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    format!(
        "has genes of {} genomes ({}): keep the cells and genes of one, with `scanpy.read_10x_h5(path, \
         genome=\"{}\")` for example, and pass that as .h5ad",
        names.len(),
        names.join(", "),
        names.first().copied().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn features(table: FeatureTable) -> (Features, Vec<String>) {
        let mut faults = Faults::new();
        let features = Features::new(
            table,
            "f.tsv",
            |line| format!("f.tsv:{}", line + 1),
            &mut faults,
        );
        let messages = match faults.into_result() {
            Ok(()) => Vec::new(),
            Err(error) => error.to_string().lines().map(str::to_owned).collect(),
        };
        (features, messages)
    }

    #[test]
    fn only_genes_are_kept_and_the_rest_is_named() {
        let (features, faults) = features(FeatureTable {
            ids: strings(&["CD3", "ENSG1", "guide", "ENSG2"]),
            names: Some(strings(&["CD3_TotalC", "A", "guide", "B"])),
            types: Some(strings(&[
                "Antibody Capture",
                GENES,
                "CRISPR Guide Capture",
                GENES,
            ])),
            genomes: None,
        });
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(features.ids, ["ENSG1", "ENSG2"]);
        assert_eq!(features.symbols, Some(strings(&["A", "B"])));
        let (gene, value) = features.genes_of(vec![0, 1, 3], vec![9.0, 2.0, 4.0]);
        assert_eq!((gene, value), (vec![0, 1], vec![2.0, 4.0]));
        assert_eq!(
            features.left_out.as_deref(),
            Some(
                "2 of its 4 features are no genes and were left out: `Antibody Capture` (1), \
                 `CRISPR Guide Capture` (1)"
            )
        );
    }

    #[test]
    fn every_double_is_placed_and_many_are_counted() {
        let ids: Vec<String> = (0..20).map(|i| format!("ENSG{}", i % 10)).collect();
        let (_, faults) = features(FeatureTable {
            ids,
            ..FeatureTable::default()
        });
        assert_eq!(faults.len(), 5);
        assert!(faults[0].starts_with("f.tsv:11: ") && faults[0].contains("that of f.tsv:1:"));
        assert!(faults[4].contains("and 5 more"), "{}", faults[4]);
    }

    #[test]
    fn genomes_are_told_by_column_and_by_prefix() {
        let (_, faults) = features(FeatureTable {
            ids: strings(&["GRCh38_ENSG1", "mm10_ENSMUSG1"]),
            ..FeatureTable::default()
        });
        assert!(faults[0].contains("2 genomes (GRCh38, mm10)"), "{faults:?}");
        let (_, faults) = features(FeatureTable {
            ids: strings(&["ENSG1", "ENSG2", "CD3"]),
            types: Some(strings(&[GENES, GENES, "Antibody Capture"])),
            genomes: Some(strings(&["GRCh38", "GRCh38", ""])),
            ..FeatureTable::default()
        });
        assert!(faults.is_empty(), "{faults:?}");
    }
}
