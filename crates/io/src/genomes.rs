//! Which genome a gene is of, where a reference holds several: its name stands before the gene's.

use std::collections::BTreeMap;

/// Assemblies by the names that references give them, in lower case: species, and its names.
const ASSEMBLIES: [(&str, &[&str]); 9] = [
    (
        HUMAN,
        &[
            "grch38",
            "grch37",
            "hg38",
            "hg19",
            "hg18",
            "b37",
            "hs37d5",
            "t2t",
            "chm13",
            "t2t-chm13",
            "chm13v2",
            "human",
            "hsapiens",
            "homo_sapiens",
            "hs",
        ],
    ),
    (
        "mouse",
        &[
            "mm10",
            "mm39",
            "mm9",
            "grcm38",
            "grcm39",
            "mouse",
            "mmusculus",
            "mus_musculus",
            "mm",
        ],
    ),
    ("rat", &["rn6", "rn7", "rn5", "mratbn7", "rnor6", "rat"]),
    ("fly", &["dm6", "dm3", "bdgp6", "fly"]),
    (
        "zebrafish",
        &["grcz11", "grcz10", "danrer11", "danrer10", "zebrafish"],
    ),
    ("pig", &["sscrofa11", "susscr11", "susscr3", "pig"]),
    (
        "macaque",
        &["mmul10", "rhemac10", "mfas5", "macaque", "rhesus"],
    ),
    ("yeast", &["saccer3", "r64", "yeast"]),
    ("dog", &["canfam3", "canfam4", "dog"]),
];

const HUMAN: &str = "human";

/// `GRCh38_ENSG00000141510` and `mm10___Trp53` as genome and gene; `None` for a name without the
/// name of a genome before it.
///
/// Before an Ensembl id any name is one (`hg19_chr21_ENSG…`); before a symbol, only that of a known
/// assembly, since symbols may hold underscores of their own.
pub(crate) fn split_genome(name: &str) -> Option<(&str, &str)> {
    let by_id = name.match_indices('_').find_map(|(at, _)| {
        let rest = name[at..].trim_start_matches('_');
        (at > 0 && is_ensembl_gene_id(rest)).then(|| (&name[..at], rest))
    });
    by_id.or_else(|| {
        let (at, _) = name
            .match_indices('_')
            .find(|&(at, _)| species(&name[..at]).is_some())?;
        let rest = name[at..].trim_start_matches('_');
        (!rest.is_empty()).then(|| (&name[..at], rest))
    })
}

/// The gene in the name of a human gene with the name of its genome, or its symbol, before it;
/// `None` for any other name.
pub(crate) fn human_gene(name: &str) -> Option<&str> {
    let (genome, gene) = split_genome(name)?;
    let human = if is_ensembl_gene_id(gene) {
        is_human_gene_id(gene)
    } else {
        species(genome) == Some(HUMAN)
    };
    human.then_some(gene)
}

/// The species of an assembly, by its name; a patch (`GRCh38.p13`) or year (`GRCh38-2020-A`) after
/// it does not matter.
fn species(genome: &str) -> Option<&'static str> {
    let name = genome.to_lowercase();
    let short = name.split(['.', '-']).next().unwrap_or(&name);
    ASSEMBLIES
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()) || names.contains(&short))
        .map(|(species, _)| *species)
}

/// Whether all that is said is the name of an assembly, and something is.
pub(crate) fn are_assemblies<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let mut named = values.filter(|value| !value.is_empty()).peekable();
    named.peek().is_some() && named.all(|value| species(value).is_some())
}

/// Whether at least half of the names are Ensembl gene ids, of any species, with or without version
/// and the name of a genome before them.
pub(crate) fn are_ensembl_gene_ids<S: AsRef<str>>(names: &[S]) -> bool {
    let is_id = |name: &&S| {
        let name = name.as_ref().trim();
        let gene = split_genome(name).map_or(name, |(_, gene)| gene);
        is_ensembl_gene_id(gene)
    };
    let ids = names.iter().filter(is_id).count();
    ids > 0 && ids * 2 >= names.len()
}

/// `ENSG00000139618.12`, `ENSMUSG00000041147`: an Ensembl gene id of any species.
pub(crate) fn is_ensembl_gene_id(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ENS") else {
        return false;
    };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = &rest[..rest.len() - digits.len()];
    let number = digits.split(['.', '_']).next().unwrap_or_default();
    letters.ends_with('G') && number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_human_gene_id(name: &str) -> bool {
    name.starts_with("ENSG0")
}

/// Genes of one genome, to tell which species it is.
#[derive(Debug, Default)]
struct Tally {
    genes: usize,
    human_ids: usize,
    other_ids: usize,
}

/// What is human in a reference of several genomes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Genomes {
    /// All genes are of one genome, or none is named.
    One,
    /// This one is human; the others with their numbers of genes.
    Human {
        /// The name of the human genome.
        name: String,
        /// The others, by name.
        others: Vec<(String, usize)>,
    },
    /// None of them is human, or several are.
    Unclear(Vec<String>),
}

/// Tells which genome is human from the genome and the id of each gene: by the ids where they are
/// Ensembl's, by the name of the assembly otherwise.
pub(crate) fn human_among<'a>(genes: impl Iterator<Item = (&'a str, &'a str)>) -> Genomes {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (genome, id) in genes.filter(|(genome, _)| !genome.is_empty()) {
        let tally = tallies.entry(genome).or_default();
        tally.genes += 1;
        if is_human_gene_id(id) {
            tally.human_ids += 1;
        } else if is_ensembl_gene_id(id) {
            tally.other_ids += 1;
        }
    }
    if tallies.len() < 2 {
        return Genomes::One;
    }
    let is_human = |(name, tally): &(&&str, &Tally)| {
        if tally.human_ids + tally.other_ids > 0 {
            tally.human_ids > tally.other_ids
        } else {
            species(name) == Some(HUMAN)
        }
    };
    let human: Vec<&str> = tallies
        .iter()
        .filter(is_human)
        .map(|(name, _)| *name)
        .collect();
    let &[human] = human.as_slice() else {
        return Genomes::Unclear(tallies.into_keys().map(str::to_owned).collect());
    };
    let others = tallies.iter().filter(|(name, _)| **name != human);
    Genomes::Human {
        name: human.to_owned(),
        others: others
            .map(|(name, tally)| ((*name).to_owned(), tally.genes))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_genome_is_split_from_ids_and_symbols() {
        for (name, expected) in [
            (
                "GRCh38_ENSG00000141510",
                Some(("GRCh38", "ENSG00000141510")),
            ),
            (
                "mm10___ENSMUSG00000059552",
                Some(("mm10", "ENSMUSG00000059552")),
            ),
            (
                "hg19_chr21_ENSG00000141510.4",
                Some(("hg19_chr21", "ENSG00000141510.4")),
            ),
            ("GRCh38.p13_TP53", Some(("GRCh38.p13", "TP53"))),
            ("GRCh38______TP53", Some(("GRCh38", "TP53"))),
            ("homo_sapiens_TP53", Some(("homo_sapiens", "TP53"))),
            ("hg38_Y_RNA", Some(("hg38", "Y_RNA"))),
            ("Y_RNA", None),
            (
                "TSPAN6_ENSG00000000003",
                Some(("TSPAN6", "ENSG00000000003")),
            ),
            ("ENSG00000182378_PAR_Y", None),
            ("5S_rRNA", None),
            ("TP53", None),
        ] {
            assert_eq!(split_genome(name), expected, "{name}");
        }
    }

    #[test]
    fn mouse_ids_are_ids_and_transcripts_are_not() {
        assert!(is_ensembl_gene_id("ENSMUSG00000041147.3"));
        assert!(!is_ensembl_gene_id("ENST00000380152"));
        assert!(!is_ensembl_gene_id("ENSA"));
    }

    #[test]
    fn the_human_genome_is_told_by_ids_before_names() {
        let told = |genes: &[(&'static str, &'static str)]| human_among(genes.iter().copied());
        assert_eq!(
            told(&[("GRCh38", "ENSG00000141510"), ("", "CD3")]),
            Genomes::One
        );
        let human = |name: &str, other: &str| Genomes::Human {
            name: name.to_owned(),
            others: vec![(other.to_owned(), 1)],
        };
        let mouse = ("mm10", "ENSMUSG00000059552");
        assert_eq!(
            told(&[("GRCh38", "ENSG00000141510"), mouse]),
            human("GRCh38", "mm10")
        );
        assert_eq!(
            told(&[("mine", "ENSG00000141510"), mouse]),
            human("mine", "mm10")
        );
        assert_eq!(
            told(&[("hg19", "TP53"), ("mm10", "Trp53")]),
            human("hg19", "mm10")
        );
        let two = [("a", "ENSG00000141510"), ("b", "ENSG00000141510")];
        assert_eq!(
            told(&two),
            Genomes::Unclear(vec!["a".to_owned(), "b".to_owned()])
        );
        assert!(matches!(
            told(&[("rn6", "Tp53"), ("mm10", "Trp53")]),
            Genomes::Unclear(_)
        ));
    }
}
