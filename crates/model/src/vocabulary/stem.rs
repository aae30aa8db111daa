//! Parts of names that say what a compound, a gene or an organism is akin to.

/// Stems of international nonproprietary names (WHO, USAN), for classes that perturbation studies
/// use. The longest that fits counts.
const COMPOUND_STEMS: &[&str] = &[
    "rubicin",
    "lutamide",
    "rafenib",
    "tinib",
    "ciclib",
    "parib",
    "lisib",
    "metinib",
    "zomib",
    "inostat",
    "dustat",
    "platin",
    "taxel",
    "bulin",
    "tecan",
    "poside",
    "xantrone",
    "trexate",
    "uracil",
    "citabine",
    "rabine",
    "asone",
    "solone",
    "sonide",
    "terol",
    "oxifen",
    "estrant",
    "estradiol",
    "estrogen",
    "sterone",
    "olone",
    "gliptin",
    "gliflozin",
    "glitazone",
    "glutide",
    "statin",
    "fibrate",
    "sartan",
    "pril",
    "olol",
    "dipine",
    "prazole",
    "conazole",
    "floxacin",
    "cycline",
    "cillin",
    "mycin",
    "azole",
    "vir",
    "tegravir",
    "previr",
    "tuzumab",
    "ximab",
    "zumab",
    "umab",
    "cept",
    "kinra",
    "limus",
    "profen",
    "coxib",
    "setron",
    "triptan",
    "azepam",
    "barbital",
    "caine",
    "thiazide",
    "semide",
];

/// The class that the end of a folded compound name tells.
pub(crate) fn compound_stem(folded: &str) -> Option<&'static str> {
    COMPOUND_STEMS
        .iter()
        .copied()
        .filter(|stem| folded.ends_with(stem) && folded.len() > stem.len())
        .max_by_key(|stem| stem.len())
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
    fn the_longest_stem_of_a_compound_counts() {
        for (name, stem) in [
            ("idarubicin", Some("rubicin")),
            ("vemurafenib", Some("rafenib")),
            ("imatinib", Some("tinib")),
            ("darolutamide", Some("lutamide")),
            ("betamethasone", Some("asone")),
            ("aspirin", None),
        ] {
            assert_eq!(compound_stem(name), stem, "{name}");
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
