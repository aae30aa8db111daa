//! The forms in which files write the names of genes.

use refcast_core::GeneId;

/// Prefixes that mark genes as human, in lower case.
const HUMAN: &[&str] = &[
    "grch38",
    "grch37",
    "hg38",
    "hg19",
    "hg18",
    "human",
    "homo_sapiens",
    "hsapiens",
    "hsa",
    "hs",
    "h38",
    "t2t",
    "chm13",
];
/// Prefixes that mark genes as those of another species, in lower case.
const OTHERS: &[&str] = &[
    "mm10",
    "mm39",
    "mm9",
    "grcm38",
    "grcm39",
    "mouse",
    "mus_musculus",
    "mmu",
    "rn6",
    "rn7",
    "rat",
    "dm6",
    "danrer11",
    "grcz11",
    "sscrofa11",
    "galgal6",
    "ercc",
    "rnor",
];
/// Prefixes of annotation that say nothing, in lower case.
const PLAIN: &[&str] = &["gene", "id", "symbol", "ensembl", "hgnc_symbol"];
const JOINTS: &[char] = &['_', ':', '-', '.', '|'];

/// What a name is by its letters.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameForm {
    /// It holds these Ensembl ids of human genes.
    Ids(Vec<GeneId>),
    /// A number.
    Number,
    /// Anything else.
    Name,
}

impl NameForm {
    pub(super) fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut ids: Vec<GeneId> = Vec::new();
        for at in 0..bytes.len() {
            let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
            let end = at + 15;
            let ends = bytes
                .get(end)
                .is_none_or(|byte| !byte.is_ascii_alphanumeric());
            if starts && ends {
                let id = name
                    .get(at..end)
                    .and_then(|text| text.parse::<GeneId>().ok());
                ids.extend(id);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            return Self::Ids(ids);
        }
        if name.parse::<f64>().is_ok_and(f64::is_finite) {
            Self::Number
        } else {
            Self::Name
        }
    }
}

fn without<'a>(name: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| {
        let start = name.get(..prefix.len())?;
        let rest = name.get(prefix.len()..)?;
        let rest_trimmed = rest.trim_start_matches(JOINTS);
        (start.eq_ignore_ascii_case(prefix)
            && rest_trimmed.len() < rest.len()
            && !rest_trimmed.is_empty())
        .then_some(rest_trimmed)
    })
}

/// The name behind a prefix that marks it as human or as a gene.
pub(super) fn human_prefix(name: &str) -> Option<&str> {
    let once = without(name, HUMAN).or_else(|| without(name, PLAIN))?;
    Some(without(once, PLAIN).unwrap_or(once))
}

/// Whether a name says that it is a gene of another species: by a prefix, or an Ensembl id.
pub(super) fn is_of_another_species(name: &str) -> bool {
    let is_ensembl = |name: &str| {
        let rest = name.strip_prefix("ENS").unwrap_or("");
        let species = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        species >= 4
            && rest
                .bytes()
                .skip(species)
                .take(8)
                .filter(u8::is_ascii_digit)
                .count()
                == 8
    };
    is_ensembl(name) || without(name, OTHERS).is_some()
}

/// The parts of a name that joins several. A symbol holds `-`, `.` and `_` itself, so that only
/// other marks separate; `_` and a space do where all other parts are ids.
pub(super) fn parts(name: &str) -> Vec<&str> {
    let trimmed = |part: &str| -> bool { !part.trim().is_empty() };
    let clean = |c: char| matches!(c, '(' | ')' | '[' | ']' | ' ');
    let hard: Vec<&str> = name
        .split(['|', ';', ':', ',', '/'])
        .filter(|part| trimmed(part))
        .map(|part| part.trim_matches(clean))
        .collect();
    if hard.len() > 1 {
        return hard;
    }
    let is_id = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit())
            || part.starts_with("ENS")
            || part.starts_with("chr")
    };
    for separator in ['_', ' '] {
        let Some(at) = name.find(separator) else {
            continue;
        };
        let (first, rest) = (&name[..at], name[at + 1..].trim_start_matches(separator));
        let rest = rest.trim_matches(clean);
        if !rest.is_empty() && (is_id(rest) || is_id(first)) {
            return vec![first.trim_matches(clean), rest];
        }
    }
    Vec::new()
}

/// What R and programs that allow only letters, digits and `_` make of a symbol, where that differs
/// from it: `make.names` puts a point for what is not allowed, and an `X` before a digit.
pub(super) fn mangled(symbol: &str) -> Vec<String> {
    let with = |mark: char| -> String {
        symbol
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' || c == '_' {
                    c
                } else {
                    mark
                }
            })
            .collect()
    };
    let starts_with_digit = symbol.starts_with(|c: char| c.is_ascii_digit());
    let mut forms = vec![with('.'), with('_')];
    if starts_with_digit {
        forms = vec![
            format!("X{}", forms[0]),
            format!("X{}", forms[1]),
            format!("X{symbol}"),
        ];
    }
    forms.sort();
    forms.dedup();
    forms.retain(|form| form != symbol);
    forms
}

/// A name without the number that makes it unique, and the number.
pub(super) fn is_suffix(name: &str) -> Option<(&str, u32)> {
    let at = name.rfind(['.', '-'])?;
    let number = name.get(at + 1..)?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number = is_number.then(|| number.parse().ok()).flatten()?;
    (number > 0 && at > 0).then(|| (&name[..at], number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ensembl_id_is_found_wherever_it_stands() {
        let id: GeneId = "ENSG00000000003".parse().unwrap();
        for name in [
            "ENSG00000000003",
            "ENSG00000000003.15",
            "ensg00000000003",
            "ENSG00000000003.15_PAR_Y",
            "ENSG00000000003.15_TSPAN6",
            "TSPAN6_ENSG00000000003",
            "GRCh38_ENSG00000000003",
            "gene:ENSG00000000003",
            "ENST00000373020.9|ENSG00000000003.15|-|TSPAN6|",
            "TSPAN6|ENSG00000000003",
            "ENSG00000000003_2",
        ] {
            assert_eq!(NameForm::of(name), NameForm::Ids(vec![id]), "{name}");
        }
        assert_eq!(NameForm::of("ENSG000000000031"), NameForm::Name);
        assert_eq!(NameForm::of("7105"), NameForm::Number);
        assert_eq!(NameForm::of("TP53"), NameForm::Name);
    }

    #[test]
    fn prefixes_and_parts_are_taken_off() {
        for name in [
            "GRCh38_TP53",
            "hg38_TP53",
            "GRCh38______TP53",
            "human:TP53",
            "gene-TP53",
            "gene:TP53",
            "hg19-TP53",
        ] {
            assert_eq!(human_prefix(name), Some("TP53"), "{name}");
        }
        assert_eq!(human_prefix("HSPA1A"), None);
        assert!(
            is_of_another_species("mm10___Actb") && is_of_another_species("ENSMUSG00000059552.3")
        );
        assert!(!is_of_another_species("ENSG00000000003") && !is_of_another_species("MOUSE"));
        assert_eq!(parts("TSPAN6|7105"), ["TSPAN6", "7105"]);
        assert_eq!(parts("TSPAN6 (7105)"), ["TSPAN6", "7105"]);
        assert_eq!(parts("TSPAN6_7105"), ["TSPAN6", "7105"]);
        assert!(parts("Y_RNA").is_empty() && parts("NKX2-1").is_empty());
    }

    #[test]
    fn names_are_mangled_as_r_does() {
        assert!(mangled("HLA-A").contains(&"HLA.A".to_owned()));
        assert!(mangled("HLA-A").contains(&"HLA_A".to_owned()));
        assert!(mangled("5S_rRNA").contains(&"X5S_rRNA".to_owned()));
        assert!(mangled("TP53").is_empty());
        assert_eq!(is_suffix("TBCE.1"), Some(("TBCE", 1)));
        assert_eq!(is_suffix("TBCE-12"), Some(("TBCE", 12)));
        assert_eq!(is_suffix("HLA-A"), None);
    }
}
