//! The tissue that a disease is of, as its name and those of the diseases above it say.

use refcast_core::MetadataField;

use crate::model::Model;

/// Words of diseases and the tissues that they are of, where the tissue's own name is not in them.
const ORGANS: &[(&str, &str)] = &[
    ("renal", "kidney"),
    ("nephro", "kidney"),
    ("hepat", "liver"),
    ("gastric", "stomach"),
    ("pulmonary", "lung"),
    ("pneumo", "lung"),
    ("cardi", "heart"),
    ("coronary", "heart"),
    ("colorectal", "colon"),
    ("colonic", "colon"),
    ("rectal", "rectum"),
    ("prostat", "prostate gland"),
    ("cerebral", "brain"),
    ("glio", "brain"),
    ("astrocytoma", "brain"),
    ("alzheimer", "brain"),
    ("parkinson", "brain"),
    ("leukemia", "blood"),
    ("lymphoma", "blood"),
    ("hematologic", "blood"),
    ("hematopoietic", "blood"),
    ("anemia", "blood"),
    ("cutaneous", "skin of body"),
    ("melanoma", "skin of body"),
    ("psoriasis", "skin of body"),
    ("dermatitis", "skin of body"),
    ("ovarian", "ovary"),
    ("pancrea", "pancreas"),
    ("endometri", "uterus"),
    ("uterine", "uterus"),
    ("cervical", "uterine cervix"),
    ("bladder", "urinary bladder"),
    ("urothelial", "urinary bladder"),
    ("thyroid", "thyroid gland"),
    ("esophageal", "esophagus"),
    ("mammary", "breast"),
    ("bone", "bone"),
    ("bronch", "lung"),
    ("asthma", "lung"),
    ("crohn", "ileum"),
    ("ulcerative colitis", "colon"),
];

impl Model {
    /// The name of the tissue that a disease is of: the first that the disease, or what it is a kind
    /// of, names. None where nothing does.
    pub(crate) fn tissue_of(&self, disease: &str) -> Option<String> {
        let mut above: Vec<(String, u32)> = self.terms().ancestors(disease).into_iter().collect();
        above.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        let seen: Vec<String> = self
            .seen(MetadataField::Tissue)
            .iter()
            .map(|own| self.value_label(MetadataField::Tissue, own).to_lowercase())
            .collect();
        above.iter().find_map(|(id, _)| {
            let label = self.terms().get(id)?.label().to_lowercase();
            let words: Vec<&str> = label.split(|c: char| !c.is_alphanumeric()).collect();
            let is_named = |tissue: &&String| {
                let parts: Vec<&str> = tissue.split(' ').collect();
                words.windows(parts.len()).any(|window| window == parts)
            };
            let own = seen.iter().find(is_named).cloned();
            own.or_else(|| {
                let organ = ORGANS.iter().find(|(part, _)| {
                    part.contains(' ') && label.contains(part)
                        || words.iter().any(|word| word.starts_with(part))
                });
                organ.map(|(_, tissue)| (*tissue).to_owned())
            })
        })
    }
}
