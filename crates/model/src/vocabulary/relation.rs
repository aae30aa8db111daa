//! How entities stand to each other.

use std::fmt;
use std::str::FromStr;

use refcast_core::{Error, OntologyId, Result};

/// What one entity is to another, from the special to the general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityRelation {
    /// A strain or isolate of a species, serovar or serotype.
    StrainOf,
    /// A serovar of a species or subspecies.
    SerovarOf,
    /// A serotype of a virus species.
    SerotypeOf,
    /// A member of a family or group whose members act much alike.
    MemberOf,
    /// A salt, hydrate or ester of a compound.
    SaltOf,
    /// A recombinant preparation of a protein.
    RecombinantFormOf,
    /// A phase of an infection.
    PhaseOf,
}

impl EntityRelation {
    const ALL: [Self; 7] = [
        Self::StrainOf,
        Self::SerovarOf,
        Self::SerotypeOf,
        Self::MemberOf,
        Self::SaltOf,
        Self::RecombinantFormOf,
        Self::PhaseOf,
    ];

    /// The name in a file: `strain_of`.
    pub fn name(self) -> &'static str {
        match self {
            Self::StrainOf => "strain_of",
            Self::SerovarOf => "serovar_of",
            Self::SerotypeOf => "serotype_of",
            Self::MemberOf => "member_of",
            Self::SaltOf => "salt_of",
            Self::RecombinantFormOf => "recombinant_form_of",
            Self::PhaseOf => "phase_of",
        }
    }

    /// What the special is to the general: `its strain`.
    pub(super) fn special(self) -> &'static str {
        match self {
            Self::StrainOf => "its strain",
            Self::SerovarOf => "its serovar",
            Self::SerotypeOf => "its serotype",
            Self::MemberOf => "its member",
            Self::SaltOf => "its salt or ester",
            Self::RecombinantFormOf => "its recombinant form",
            Self::PhaseOf => "a phase of it in cells infected before,",
        }
    }

    /// What the general is to the special: `its species`.
    pub(super) fn general(self) -> &'static str {
        match self {
            Self::StrainOf | Self::SerovarOf | Self::SerotypeOf => "its species",
            Self::MemberOf => "its family",
            Self::SaltOf => "its parent compound",
            Self::RecombinantFormOf => "the natural protein",
            Self::PhaseOf => "the infection as a whole,",
        }
    }
}

impl FromStr for EntityRelation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|relation| relation.name() == text)
            .ok_or_else(|| Error::Parse {
                what: "a relation",
                given: text.to_owned(),
                fix: format!("choose one of {}", Self::ALL.map(Self::name).join(", ")),
                code: "unknown_relation",
                nearest: Vec::new(),
            })
    }
}

impl fmt::Display for EntityRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// `special` is `relation` `general`, and acts as much alike as `similarity` says.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationEdge {
    /// The strain, salt or member.
    pub special: OntologyId,
    /// What it is to the other.
    pub relation: EntityRelation,
    /// The species, parent or family.
    pub general: OntologyId,
    /// How much alike they act, from 0 to 1.
    pub similarity: f32,
}

impl RelationEdge {
    /// The line of [`super::RELATIONS`] for this edge.
    pub fn to_line(&self) -> String {
        format!(
            "{}\t{}\t{}\t{}",
            self.special, self.relation, self.general, self.similarity
        )
    }

    pub(super) fn from_line(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split('\t').collect();
        let [special, relation, general, similarity] = cells[..] else {
            return None;
        };
        Some(Self {
            special: special.parse().ok()?,
            relation: relation.parse().ok()?,
            general: general.parse().ok()?,
            similarity: similarity
                .parse()
                .ok()
                .filter(|s| (0.0..=1.0).contains(s))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_reads_back_as_it_was() {
        let edge = RelationEdge {
            special: OntologyId::Chembl(2),
            relation: EntityRelation::SaltOf,
            general: OntologyId::Chembl(1),
            similarity: 0.9,
        };
        assert_eq!(RelationEdge::from_line(&edge.to_line()), Some(edge));
        assert_eq!(
            RelationEdge::from_line("CHEMBL2\tsalt_of\tCHEMBL1\t2"),
            None
        );
    }
}
