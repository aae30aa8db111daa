//! How a sample was perturbed.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::control::is_control_word;
use crate::error::Error;
use crate::nearest::nearest;
use crate::ontology::OntologyId;

/// The kind of a perturbation, as the wire protocol names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PerturbationType {
    /// Grown together with other cells or organisms.
    Coculture,
    /// A small molecule.
    Compound,
    /// No perturbation.
    Control,
    /// Knock-out or knock-down by CRISPR.
    Crispr,
    /// A genetic change by other means.
    Genetic,
    /// A virus, bacterium or parasite.
    Infection,
    /// A condition: hypoxia, a medium, stretching.
    Other,
    /// A gene expressed above its own level.
    Overexpression,
    /// A cytokine, growth factor, antibody or other protein given to the sample.
    PeptideOrBiologic,
    /// Knock-down by short hairpin RNA.
    Shrna,
    /// Knock-down by small interfering RNA.
    Sirna,
}

impl PerturbationType {
    /// Every type, in the alphabetical order of their names.
    pub const ALL: [Self; 11] = [
        Self::Coculture,
        Self::Compound,
        Self::Control,
        Self::Crispr,
        Self::Genetic,
        Self::Infection,
        Self::Other,
        Self::Overexpression,
        Self::PeptideOrBiologic,
        Self::Shrna,
        Self::Sirna,
    ];

    /// The spelling of the wire protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coculture => "coculture",
            Self::Compound => "compound",
            Self::Control => "control",
            Self::Crispr => "crispr",
            Self::Genetic => "genetic",
            Self::Infection => "infection",
            Self::Other => "other",
            Self::Overexpression => "overexpression",
            Self::PeptideOrBiologic => "peptide or biologic",
            Self::Shrna => "shrna",
            Self::Sirna => "sirna",
        }
    }

    /// Whether an entity of this id can be the one that a perturbation of this type acts with.
    pub fn fits(self, entity: &OntologyId) -> bool {
        use PerturbationType as T;
        match entity {
            OntologyId::Gene(_) => !matches!(self, T::Control | T::Compound | T::Infection),
            // ChEMBL and ChEBI also hold antibodies, hormones and lipopolysaccharide.
            OntologyId::Chembl(_) | OntologyId::Chebi(_) => {
                matches!(
                    self,
                    T::Compound | T::PeptideOrBiologic | T::Coculture | T::Other
                )
            }
            // A vaccine is a biologic with a species for its id.
            OntologyId::Taxon(_) => {
                matches!(
                    self,
                    T::Infection | T::PeptideOrBiologic | T::Coculture | T::Other
                )
            }
            OntologyId::Refcast(_) => self != T::Control,
        }
    }

    /// The type that the entities alone imply: organisms infect, chemicals are compounds. `None`
    /// for the rest: a gene can be knocked out, over-expressed, or be given as its protein.
    pub fn implied_by(entities: &[OntologyId]) -> Option<Self> {
        let all = |test: fn(&OntologyId) -> bool| !entities.is_empty() && entities.iter().all(test);
        if all(|id| matches!(id, OntologyId::Taxon(_))) {
            Some(Self::Infection)
        } else if all(|id| matches!(id, OntologyId::Chembl(_) | OntologyId::Chebi(_))) {
            Some(Self::Compound)
        } else {
            None
        }
    }

    /// The names of all types, for a message.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// What others call the types. A knock-down is not among them: it is of several types.
const USUAL_WORDS: [(&[&str], PerturbationType); 7] = [
    (
        &[
            "drug",
            "drugs",
            "small molecule",
            "chemical",
            "compounds",
            "inhibitor",
            "chemical compound",
            "pert cp",
            "trt cp",
        ],
        PerturbationType::Compound,
    ),
    (
        &[
            "knockout",
            "knock out",
            "ko",
            "crispr ko",
            "crispr knockout",
            "crispri",
            "crispr cas9",
            "sgrna",
            "grna",
            "trt xpr",
        ],
        PerturbationType::Crispr,
    ),
    (&["mutation", "mutant"], PerturbationType::Genetic),
    (
        &[
            "virus",
            "viral infection",
            "bacteria",
            "bacterium",
            "bacterial infection",
            "pathogen",
            "parasite",
        ],
        PerturbationType::Infection,
    ),
    (
        &["oe", "over expression", "crispra", "orf", "cdna", "trt oe"],
        PerturbationType::Overexpression,
    ),
    (
        &[
            "cytokine",
            "growth factor",
            "ligand",
            "protein",
            "recombinant protein",
            "peptide",
            "biologic",
            "antibody",
            "hormone",
            "chemokine",
        ],
        PerturbationType::PeptideOrBiologic,
    ),
    (&["co culture", "cocultured"], PerturbationType::Coculture),
];

impl FromStr for PerturbationType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_lowercase();
        let words = name.replace(['-', '_', '/'], " ");
        let usual = || USUAL_WORDS.iter().find(|(own, _)| own.contains(&&*words));
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name || kind.name() == words)
            .or_else(|| usual().map(|(_, kind)| *kind))
            .or_else(|| is_control_word(text).then_some(Self::Control))
            .ok_or_else(|| Error::Parse {
                what: "a perturbation type",
                given: text.to_owned(),
                fix: format!("choose one of {}", Self::names()),
                code: "unknown_perturbation_type",
                nearest: nearest(&name, Self::ALL.map(Self::name), 3),
            })
    }
}

impl fmt::Display for PerturbationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

serde_as_string!(PerturbationType);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_protocol_is_read_in_any_case() {
        for kind in PerturbationType::ALL {
            assert_eq!(
                kind.name()
                    .to_uppercase()
                    .parse::<PerturbationType>()
                    .unwrap(),
                kind
            );
            assert_eq!(kind.to_string(), kind.name());
        }
    }

    #[test]
    fn what_others_call_a_type_is_read() {
        for (text, kind) in [
            ("drug", PerturbationType::Compound),
            ("Small molecule", PerturbationType::Compound),
            ("CRISPR-KO", PerturbationType::Crispr),
            ("knockout", PerturbationType::Crispr),
            ("cytokine", PerturbationType::PeptideOrBiologic),
            ("peptide-or-biologic", PerturbationType::PeptideOrBiologic),
            ("virus", PerturbationType::Infection),
            ("OE", PerturbationType::Overexpression),
            ("co-culture", PerturbationType::Coculture),
            ("ctrl", PerturbationType::Control),
            ("vehicle", PerturbationType::Control),
            ("Untreated", PerturbationType::Control),
        ] {
            assert_eq!(text.parse::<PerturbationType>().unwrap(), kind, "{text}");
        }
        for unclear in ["knockdown", "KD", "treatment", "EtOH", ""] {
            assert!(unclear.parse::<PerturbationType>().is_err(), "{unclear}");
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest() {
        let error = "siRNAs".parse::<PerturbationType>().unwrap_err();
        assert_eq!(
            error.into_faults("perturbation_type")[0].nearest[0],
            "sirna"
        );
    }
}
