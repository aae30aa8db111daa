//! Parts of names that say what a compound, a gene or an organism is akin to.

/// Ends of names and the class that each tells, after the stems of international nonproprietary
/// names (WHO); for the classes that perturbation studies use.
const COMPOUND_STEMS: &[(&str, &str)] = &[
    ("rubicin", "an anthracycline or anthracenedione"),
    ("xantrone", "an anthracycline or anthracenedione"),
    ("lutamide", "an antiandrogen"),
    ("rafenib", "a RAF inhibitor"),
    ("metinib", "a MEK inhibitor"),
    ("tinib", "a kinase inhibitor"),
    ("ciclib", "a CDK inhibitor"),
    ("parib", "a PARP inhibitor"),
    ("lisib", "a PI3K or mTOR inhibitor"),
    ("rolimus", "a PI3K or mTOR inhibitor"),
    ("zomib", "a proteasome inhibitor"),
    ("inostat", "a histone deacetylase inhibitor"),
    ("dustat", "a HIF prolyl hydroxylase inhibitor"),
    ("platin", "a platinum compound"),
    ("taxel", "a taxane"),
    ("tecan", "a topoisomerase inhibitor"),
    ("poside", "a topoisomerase inhibitor"),
    ("trexate", "an antimetabolite"),
    ("uracil", "an antimetabolite"),
    ("citabine", "an antimetabolite"),
    ("rabine", "an antimetabolite"),
    ("asone", "a glucocorticoid"),
    ("nisone", "a glucocorticoid"),
    ("solone", "a glucocorticoid"),
    ("nisolone", "a glucocorticoid"),
    ("sonide", "a glucocorticoid"),
    ("cortisone", "a glucocorticoid"),
    ("terol", "a beta-2 agonist"),
    ("oxifen", "an oestrogen receptor ligand"),
    ("oxifene", "an oestrogen receptor ligand"),
    ("estrant", "an oestrogen receptor ligand"),
    ("estradiol", "an oestrogen receptor ligand"),
    ("testosterone", "an androgen"),
    ("stanolone", "an androgen"),
    ("vastatin", "a statin"),
    ("glitazone", "a glitazone"),
    ("tuzumab", "an antibody against a tumour antigen"),
    ("tuximab", "an antibody against a tumour antigen"),
];

/// The class that the end of a folded compound name tells; the longest stem that fits counts.
pub(crate) fn compound_class(folded: &str) -> Option<&'static str> {
    COMPOUND_STEMS
        .iter()
        .filter(|(stem, _)| folded.ends_with(stem))
        .max_by_key(|(stem, _)| stem.len())
        .map(|&(_, class)| class)
}

/// The family that a gene symbol tells: the letters before its first digit, and for symbols of
/// interferons the `IFN` alone. Two letters are enough only with a number behind, as in IL13.
pub(crate) fn gene_stem(symbol: &str) -> Option<&str> {
    if symbol.starts_with("IFN") {
        return Some("IFN");
    }
    let end = symbol
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(symbol.len());
    let stem = &symbol[..end];
    let numbered = symbol[end..].starts_with(|c: char| c.is_ascii_digit());
    (stem.len() >= 3 || (stem.len() == 2 && numbered)).then_some(stem)
}

/// The genus of an organism, or of a virus the word before `virus` with it: `dengue virus`.
pub(crate) fn genus(label: &str) -> Option<String> {
    let lower = label.to_lowercase();
    let lower = lower.strip_prefix("human ").unwrap_or(&lower);
    let mut words = lower.split_whitespace();
    let first = words.next()?;
    match words.next() {
        Some("virus") => Some(format!("{first} virus")),
        _ => (first.len() > 3).then(|| first.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_stem_of_a_compound_tells_its_class() {
        for (name, class) in [
            ("idarubicin", Some("an anthracycline or anthracenedione")),
            ("vemurafenib", Some("a RAF inhibitor")),
            ("imatinib", Some("a kinase inhibitor")),
            ("darolutamide", Some("an antiandrogen")),
            ("prednisolone", Some("a glucocorticoid")),
            ("dexamethasone", Some("a glucocorticoid")),
            ("aspirin", None),
        ] {
            assert_eq!(compound_class(name), class, "{name}");
        }
    }

    #[test]
    fn a_gene_family_is_read_from_the_symbol() {
        for (symbol, stem) in [
            ("IL6", Some("IL")),
            ("IFNK", Some("IFN")),
            ("SMARCA5", Some("SMARCA")),
            ("F2", None),
            ("AR", None),
            ("TP53", Some("TP")),
        ] {
            assert_eq!(gene_stem(symbol), stem, "{symbol}");
        }
    }

    #[test]
    fn the_genus_of_a_virus_keeps_its_second_word() {
        assert_eq!(
            genus("Mycobacterium avium").as_deref(),
            Some("mycobacterium")
        );
        assert_eq!(
            genus("Human immunodeficiency virus 2").as_deref(),
            Some("immunodeficiency virus")
        );
        assert_eq!(genus("West Nile virus").as_deref(), Some("west"));
    }
}
