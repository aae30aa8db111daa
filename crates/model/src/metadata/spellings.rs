//! How else a name of a tissue, a kind of cells, a line or a disease may be written.

use refcast_core::MetadataField;

/// Everyday names, folded, and the names that the ontologies have.
const EVERYDAY: &[(MetadataField, &[&str], &str)] = &[
    (
        MetadataField::Tissue,
        &[
            "wholeblood",
            "peripheralblood",
            "pb",
            "pbmc",
            "pbmcs",
            "peripheralbloodmononuclear",
            "buffycoat",
        ],
        "blood",
    ),
    (
        MetadataField::Tissue,
        &["skin", "cutaneous"],
        "skin of body",
    ),
    (MetadataField::Tissue, &["bladder"], "urinary bladder"),
    (MetadataField::Tissue, &["cervix"], "uterine cervix"),
    (
        MetadataField::Tissue,
        &["airway", "airways"],
        "respiratory airway",
    ),
    (
        MetadataField::Tissue,
        &["muscle", "skeletalmuscle"],
        "skeletal muscle tissue",
    ),
    (MetadataField::Tissue, &["fat", "adipose"], "adipose tissue"),
    (MetadataField::Tissue, &["cns"], "central nervous system"),
    (MetadataField::Tissue, &["gut", "bowel"], "intestine"),
    (
        MetadataField::Tissue,
        &["salivarygland"],
        "minor salivary gland",
    ),
    (MetadataField::Tissue, &["tonsil"], "palatine tonsil"),
    (MetadataField::CellType, &["t"], "T cell"),
    (MetadataField::CellType, &["b"], "B cell"),
    (
        MetadataField::CellType,
        &["nk", "nkcell"],
        "natural killer cell",
    ),
    (
        MetadataField::CellType,
        &["cd4t", "cd4tcell", "tcellcd4", "cd4positivetcell", "cd4"],
        "CD4-positive, alpha-beta T cell",
    ),
    (
        MetadataField::CellType,
        &["cd8t", "cd8tcell", "tcellcd8", "cd8positivetcell", "cd8"],
        "CD8-positive, alpha-beta T cell",
    ),
    (
        MetadataField::CellType,
        &["cd14monocyte", "classicalmonocyte", "cd14"],
        "CD14-positive monocyte",
    ),
    (
        MetadataField::CellType,
        &["naivecd4tcell", "naivecd4t", "cd4naive"],
        "naive thymus-derived CD4-positive, alpha-beta T cell",
    ),
    (MetadataField::CellType, &["dc"], "dendritic cell"),
    (
        MetadataField::CellType,
        &["moddc", "mddc", "modc"],
        "monocyte-derived dendritic cell",
    ),
    (
        MetadataField::CellType,
        &["huvec"],
        "endothelial cell of umbilical vein",
    ),
    (
        MetadataField::CellType,
        &["mdm", "monocytederivedmacrophage"],
        "macrophage",
    ),
    (
        MetadataField::CellType,
        &["cardiomyocyte"],
        "cardiac muscle cell",
    ),
];

/// Words around a name that say nothing of it.
const BEFORE: [&str; 6] = [
    "human ", "primary ", "adult ", "the ", "normal ", "healthy ",
];
const BEHIND: [&str; 9] = [
    " cell lines",
    " cell line",
    " cells",
    " cell",
    " line",
    " tissues",
    " tissue",
    " samples",
    " sample",
];
/// British and American spelling.
const AMERICAN: [(&str, &str); 6] = [
    ("tumour", "tumor"),
    ("leukaemia", "leukemia"),
    ("oesophag", "esophag"),
    ("haem", "hem"),
    ("anaemia", "anemia"),
    ("foetal", "fetal"),
];

/// What may be meant by a name, the nearest to it first: itself, in the singular, without words
/// around it, in another spelling.
pub(super) fn spellings(field: MetadataField, name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |spelling: String| {
        if !spelling.is_empty() && !found.contains(&spelling) {
            found.push(spelling);
        }
    };
    let lower = name.trim().to_lowercase();
    let american = AMERICAN
        .iter()
        .fold(lower.clone(), |text, (from, to)| text.replace(from, to));
    let bare = [&lower, &american].map(|text| bare(text));
    let whole = [lower, american];
    for text in whole.iter().chain(&bare) {
        for own in [text.clone(), singular(text)] {
            add(own.clone());
            if let Some(everyday) = everyday(field, &own) {
                add(everyday.to_owned());
            }
            if field == MetadataField::CellType {
                add(format!("{own} cell"));
            }
        }
    }
    found
}

fn everyday(field: MetadataField, name: &str) -> Option<&'static str> {
    let folded = crate::vocabulary::fold(name);
    EVERYDAY
        .iter()
        .find(|(own, names, _)| *own == field && names.contains(&&*folded))
        .map(|(_, _, meant)| *meant)
}

fn bare(name: &str) -> String {
    let start = BEFORE
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(name);
    let end = BEHIND.iter().find_map(|word| start.strip_suffix(word));
    end.unwrap_or(start).trim().to_owned()
}

/// The last word in the singular.
fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    let keeps = ["ss", "us", "is"].iter().any(|end| name.ends_with(end));
    match name.strip_suffix('s') {
        Some(stem) if !keeps && stem.len() > 2 => stem.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_tried_as_it_is_first_and_then_in_other_spellings() {
        for (field, name, meant) in [
            (MetadataField::Tissue, "Lungs", "lung"),
            (MetadataField::Tissue, "lung tissue", "lung"),
            (MetadataField::Tissue, "Whole Blood", "blood"),
            (MetadataField::Tissue, "human kidneys", "kidney"),
            (MetadataField::Tissue, "PBMCs", "blood"),
            (MetadataField::CellType, "T cells", "t cell"),
            (MetadataField::CellType, "NK cells", "natural killer cell"),
            (
                MetadataField::CellType,
                "natural killer",
                "natural killer cell",
            ),
            (
                MetadataField::CellType,
                "CD4+ T cells",
                "CD4-positive, alpha-beta T cell",
            ),
            (MetadataField::CellType, "monocytes", "monocyte"),
            (MetadataField::CellLine, "A549 cells", "a549"),
            (MetadataField::CellLine, "MCF-7 cell line", "mcf-7"),
            (
                MetadataField::Disease,
                "Acute myeloid leukaemia",
                "acute myeloid leukemia",
            ),
        ] {
            let found = spellings(field, name);
            assert_eq!(found[0], name.to_lowercase(), "{name}");
            assert!(found.contains(&meant.to_owned()), "{name}: {found:?}");
        }
        assert!(
            spellings(MetadataField::Tissue, "uterus")
                .iter()
                .all(|own| own == "uterus")
        );
    }
}
