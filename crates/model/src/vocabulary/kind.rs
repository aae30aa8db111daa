//! What sort of thing an entity is.

use std::fmt;
use std::str::FromStr;

use refcast_core::nearest::nearest;
use refcast_core::{Error, OntologyId};

macro_rules! entity_kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal;)*) => {
        /// What sort of thing an entity is, as its label is to be read. A gene and its product
        /// share an id: `gene` where training changed the gene, `protein` where it gave the
        /// product.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntityKind {
            $($(#[$doc])* $kind,)*
        }

        impl EntityKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name in lower case.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

entity_kinds! {
    /// A small molecule.
    Compound, "compound";
    /// An antibody or other biological drug.
    Biologic, "biologic";
    /// A gene that is knocked out, knocked down or over-expressed.
    Gene, "gene";
    /// A cytokine, growth factor or other protein given to the sample.
    Protein, "protein";
    /// A virus, bacterium or parasite.
    Infection, "infection";
    /// A condition of the surroundings, such as the oxygen pressure.
    Environment, "environment";
    /// A culture medium.
    Medium, "medium";
    /// Other cells in the same dish.
    Coculture, "coculture";
    /// What other cells released.
    Supernatant, "supernatant";
    /// A treatment of a patient.
    Treatment, "treatment";
    /// A preparation of many substances.
    Mixture, "mixture";
}

impl EntityKind {
    /// The kind that an id alone tells; an id of our own tells none.
    pub fn of(id: &OntologyId) -> Self {
        match id {
            OntologyId::Gene(_) => Self::Gene,
            OntologyId::Chembl(_) | OntologyId::Chebi(_) => Self::Compound,
            OntologyId::Taxon(_) => Self::Infection,
            OntologyId::Refcast(_) => Self::Environment,
        }
    }
}

impl FromStr for EntityKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_lowercase();
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
                Error::Parse {
                    what: "a kind of entity",
                    given: text.to_owned(),
                    fix: format!("choose one of {}", names.join(", ")),
                    code: "unknown_entity_kind",
                    nearest: nearest(&name, names, 3),
                }
            })
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::EntityKind;

    #[test]
    fn every_kind_reads_its_own_name() {
        for &kind in EntityKind::ALL {
            assert_eq!(kind.name().parse::<EntityKind>().unwrap(), kind);
        }
        assert!("vegetable".parse::<EntityKind>().is_err());
    }
}
