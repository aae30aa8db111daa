//! The features of a matrix: which of them are human genes, and to which gene each is added.

mod columns;
mod spliced;

use std::collections::{BTreeMap, BTreeSet};

use refcast_core::{Fault, Faults, quoted};

use crate::genomes::{Genomes, human_among, split_genome};

pub(crate) use columns::{AxisTable, table_of};

/// What Cell Ranger calls a gene.
const GENES: &str = "Gene Expression";

/// How many faults of one kind are listed one by one.
const LISTED: usize = 5;

/// More names before ids than this are no genomes: ids joined to symbols, say.
const MOST_GENOMES: usize = 20;

/// The columns of the table of features, `[features]` each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct FeatureTable {
    pub(crate) ids: Vec<String>,
    /// Symbols.
    pub(crate) names: Option<Vec<String>>,
    /// `Gene Expression`, `Antibody Capture` …; none where all are genes, as before version 3.
    pub(crate) types: Option<Vec<String>>,
    /// The reference that each is of; empty for what is no gene.
    pub(crate) genomes: Option<Vec<String>>,
}

/// The features that are genes.
#[derive(Debug)]
pub(crate) struct Features {
    /// Ids, `[genes]`.
    pub(crate) ids: Vec<String>,
    /// Symbols, `[genes]`.
    pub(crate) symbols: Option<Vec<String>>,
    /// The place of each feature among the genes, `[features]`; `None` where it is left out.
    position: Vec<Option<u32>>,
    /// Whether features are genes one by one, all of them in their order.
    as_they_are: bool,
    /// What was left out or added up, in words.
    pub(crate) notes: Vec<String>,
}

impl Features {
    /// Picks the genes. `place` names a feature in messages, `whole` the table.
    ///
    /// Faults: no gene at all, an id that is empty, genes of several genomes of which not one is
    /// human. An id that occurs twice is none: such genes are added up where they are aligned.
    pub(crate) fn new(
        mut table: FeatureTable,
        whole: &str,
        place: impl Fn(usize) -> String,
        faults: &mut Faults,
    ) -> Self {
        let mut notes = Vec::new();
        let features = table.ids.len();
        let of_genes: Vec<bool> = match &table.types {
            Some(types) => types.iter().map(|kind| kind == GENES).collect(),
            None => vec![true; features],
        };
        if !of_genes.contains(&true) {
            let message = match &table.types {
                Some(types) if !types.is_empty() => format!(
                    "has no feature of type `{GENES}`, only {}: pass the matrix that has the genes",
                    tally(types.iter())
                ),
                _ => "has no gene: the file is cut off; copy it again".to_owned(),
            };
            faults.push(Fault::new(whole, "no_genes", message));
        }
        let genes = of_genes.iter().filter(|&&gene| gene).count();
        if genes < features {
            let others = table.types.iter().flatten().filter(|kind| *kind != GENES);
            notes.push(format!(
                "{} of its {features} features are no genes and were left out: {}",
                features - genes,
                tally(others)
            ));
        }
        check_ids(&table.ids, &of_genes, &place, faults);
        let human = keep_human(&mut table, &of_genes, whole, &mut notes, faults);
        let kept: Vec<usize> = (0..features).filter(|&f| of_genes[f] && human[f]).collect();
        let spliced = spliced::added(&table.ids, &kept);
        let mut position = vec![None; features];
        let first: Vec<usize> = match &spliced {
            Some(spliced) => {
                notes.push(spliced::NOTE.to_owned());
                for &(feature, gene) in &spliced.position {
                    position[feature] = Some(gene);
                }
                spliced.genes.clone()
            }
            None => {
                for (gene, &feature) in (0u32..).zip(&kept) {
                    position[feature] = Some(gene);
                }
                kept
            }
        };
        let pick = |values: &Vec<String>| -> Vec<String> {
            first
                .iter()
                .map(|&feature| values.get(feature).cloned().unwrap_or_default())
                .collect()
        };
        let ids = pick(&table.ids);
        Self {
            ids: match &spliced {
                Some(_) => ids.iter().map(|id| spliced::gene(id).to_owned()).collect(),
                None => ids,
            },
            symbols: table.names.as_ref().map(pick),
            as_they_are: first.len() == features,
            position,
            notes,
        }
    }

    /// How many features the table has.
    pub(crate) fn len(&self) -> usize {
        self.position.len()
    }

    /// Moves stored values, in order of features, to the genes, in order of genes; values of one
    /// gene are added up, what is left out is dropped.
    pub(crate) fn genes_of(&self, feature: Vec<u32>, value: Vec<f64>) -> (Vec<u32>, Vec<f64>) {
        if self.as_they_are {
            return (feature, value);
        }
        let entries = feature.into_iter().zip(value);
        summed(entries.filter_map(|(feature, value)| {
            let gene = *self.position.get(feature as usize)?;
            Some((gene?, value))
        }))
    }
}

/// Entries of a sample with their places ascending and each once: any order is allowed, and entries
/// that repeat mean their sum, as scipy has it.
pub(crate) fn summed(entries: impl Iterator<Item = (u32, f64)>) -> (Vec<u32>, Vec<f64>) {
    let (places, values): (Vec<u32>, Vec<f64>) = entries.unzip();
    if places.is_sorted_by(|a, b| a < b) {
        return (places, values);
    }
    let mut entries: Vec<(u32, f64)> = places.into_iter().zip(values).collect();
    entries.sort_by_key(|&(place, _)| place);
    let (mut places, mut values): (Vec<u32>, Vec<f64>) = (Vec::new(), Vec::new());
    for (place, value) in entries {
        match (places.last(), values.last_mut()) {
            (Some(&last), Some(sum)) if last == place => *sum += value,
            _ => {
                places.push(place);
                values.push(value);
            }
        }
    }
    (places, values)
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

fn check_ids(
    ids: &[String],
    of_genes: &[bool],
    place: impl Fn(usize) -> String,
    faults: &mut Faults,
) {
    let nameless = |&feature: &usize| of_genes[feature] && ids[feature].is_empty();
    let empty: Vec<usize> = (0..ids.len()).filter(nameless).collect();
    for (listed, &feature) in empty.iter().take(LISTED).enumerate() {
        let mut message = "the feature has no id: copy the file again".to_owned();
        if listed + 1 == LISTED && empty.len() > LISTED {
            message.push_str(&format!("; and {} more like it", empty.len() - LISTED));
        }
        faults.push(Fault::new(place(feature), "no_id", message));
    }
}

/// Which features are of the human genome, where there are several; their names lose its name.
fn keep_human(
    table: &mut FeatureTable,
    of_genes: &[bool],
    whole: &str,
    notes: &mut Vec<String>,
    faults: &mut Faults,
) -> Vec<bool> {
    let features = table.ids.len();
    let prefixes: Vec<String> = table
        .ids
        .iter()
        .map(|id| split_genome(id).map_or(String::new(), |(genome, _)| genome.to_owned()))
        .collect();
    let distinct: BTreeSet<&String> = prefixes.iter().filter(|name| !name.is_empty()).collect();
    let prefixed = (1..=MOST_GENOMES).contains(&distinct.len());
    let genomes = match &table.genomes {
        Some(genomes) => genomes.clone(),
        None if prefixed => prefixes,
        None => return vec![true; features],
    };
    if prefixed {
        for names in [Some(&mut table.ids), table.names.as_mut()]
            .into_iter()
            .flatten()
        {
            for name in names.iter_mut() {
                if let Some((_, gene)) = split_genome(name) {
                    *name = gene.to_owned();
                }
            }
        }
    }
    let genes = (0..features).filter(|&feature| of_genes[feature]);
    match human_among(genes.map(|f| (genomes[f].as_str(), table.ids[f].as_str()))) {
        Genomes::One => vec![true; features],
        Genomes::Human { name, others } => {
            let listed: Vec<String> = others
                .iter()
                .map(|(name, genes)| format!("{} ({genes})", quoted(name)))
                .collect();
            notes.push(format!(
                "read the human genes, of {}; genes of other genomes were left out: {}; cells of those species \
                 have few human counts and no meaning here",
                quoted(&name),
                listed.join(", ")
            ));
            genomes.iter().map(|genome| *genome == name).collect()
        }
        Genomes::Unclear(names) => {
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            faults.push(Fault::new(
                whole,
                "several_genomes",
                several_genomes(&names),
            ));
            vec![true; features]
        }
    }
}

/// The message about several genomes in one file of which not one is the human one.
pub(crate) fn several_genomes(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    format!(
        "has genes of {} genomes ({}), and which of them is the human one cannot be told: keep the cells and genes \
         of one, with `scanpy.read_10x_h5(path, genome=\"{}\")` for example, and pass that as .h5ad",
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
            features.notes,
            [
                "2 of its 4 features are no genes and were left out: `Antibody Capture` (1), \
                 `CRISPR Guide Capture` (1)"
            ]
        );
    }

    #[test]
    fn every_feature_without_an_id_is_placed_and_many_are_counted() {
        let (_, faults) = features(FeatureTable {
            ids: vec![String::new(); 10],
            ..FeatureTable::default()
        });
        assert_eq!(faults.len(), 5);
        assert!(faults[0].starts_with("f.tsv:1: "), "{faults:?}");
        assert!(faults[4].contains("and 5 more"), "{}", faults[4]);
    }

    #[test]
    fn human_genes_are_read_without_the_name_of_their_genome() {
        let by_prefix = FeatureTable {
            ids: strings(&["mm10___ENSMUSG00000059552", "GRCh38_ENSG00000141510", "CD3"]),
            names: Some(strings(&["mm10___Trp53", "GRCh38_TP53", "CD3"])),
            types: Some(strings(&[GENES, GENES, "Antibody Capture"])),
            genomes: None,
        };
        let by_column = FeatureTable {
            genomes: Some(strings(&["mm10", "GRCh38", ""])),
            ..by_prefix.clone()
        };
        for table in [by_prefix, by_column] {
            let (found, faults) = features(table);
            assert!(faults.is_empty(), "{faults:?}");
            assert_eq!(found.ids, ["ENSG00000141510"]);
            assert_eq!(found.symbols, Some(strings(&["TP53"])));
            assert_eq!(
                found.genes_of(vec![0, 1, 2], vec![5.0, 3.0, 1.0]),
                (vec![0], vec![3.0])
            );
            assert!(found.notes[1].contains("`mm10` (1)"), "{:?}", found.notes);
        }
    }

    #[test]
    fn genomes_of_which_none_is_human_for_sure_are_refused() {
        let (_, faults) = features(FeatureTable {
            ids: strings(&["a_ENSG00000141510", "b_ENSG00000141510"]),
            ..FeatureTable::default()
        });
        assert!(faults[0].contains("2 genomes (a, b)"), "{faults:?}");
        let (_, faults) = features(FeatureTable {
            ids: strings(&["ENSG1", "ENSG2", "CD3"]),
            types: Some(strings(&[GENES, GENES, "Antibody Capture"])),
            genomes: Some(strings(&["GRCh38", "GRCh38", ""])),
            ..FeatureTable::default()
        });
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn ids_joined_to_symbols_are_no_genomes() {
        let ids: Vec<String> = (0..30).map(|i| format!("S{i}_ENSG{i:011}")).collect();
        let (found, faults) = features(FeatureTable {
            ids: ids.clone(),
            ..FeatureTable::default()
        });
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(found.ids, ids);
    }

    #[test]
    fn spliced_and_ambiguous_counts_are_added_up_and_unspliced_ones_left_out() {
        let (found, faults) = features(FeatureTable {
            ids: strings(&["HLA-A", "B", "HLA-A-U", "B-U", "HLA-A-A", "B-A"]),
            ..FeatureTable::default()
        });
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(found.ids, ["HLA-A", "B"]);
        let (gene, value) = found.genes_of(vec![1, 2, 4, 5], vec![1.0, 10.0, 100.0, 1000.0]);
        assert_eq!((gene, value), (vec![0, 1], vec![100.0, 1001.0]));
        assert!(found.notes[0].contains("unspliced"), "{:?}", found.notes);
    }

    #[test]
    fn entries_out_of_order_are_sorted_and_repeated_ones_are_summed() {
        let (gene, value) = summed([(5, 1.0), (2, 3.0), (5, 2.0)].into_iter());
        assert_eq!(gene, [2, 5]);
        assert_eq!(value, [3.0, 3.0]);
    }
}
