//! What is known of perturbations before any effect is measured: which act by the same mechanism,
//! and which gene a cell must express to respond.
//!
//! Facts of pharmacology and biology, curated in the recipe; no figure here is read off data.

use refcast_core::{GeneId, OntologyId, PerturbationType};
use serde::{Deserialize, Serialize};

use super::regulon::Regulon;

/// How a perturbation acts: genes and their products are entities of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Given to the cells: a compound, a protein, an infection, a change of the environment.
    Agent,
    /// A gene's function is taken away.
    Loss,
    /// A gene's product is made in excess.
    Gain,
}

impl Way {
    /// The way of a type of perturbation.
    pub fn of(kind: PerturbationType) -> Self {
        use PerturbationType::{
            Coculture, Compound, Control, Crispr, Genetic, Infection, Other, Overexpression,
            PeptideOrBiologic, Shrna, Sirna,
        };
        match kind {
            Crispr | Genetic | Shrna | Sirna => Self::Loss,
            Overexpression => Self::Gain,
            Coculture | Compound | Control | Infection | Other | PeptideOrBiologic => Self::Agent,
        }
    }
}

/// A member of a mechanism.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The entity.
    pub entity: OntologyId,
    /// How it is used.
    pub way: Way,
    /// Whether it works against the mechanism, as an antagonist does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub against: bool,
}

/// Perturbations that act alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mechanism {
    /// In words: `type I interferon receptor`.
    pub name: String,
    /// Correlation of the effects of two members in the same cells, 0 to 1.
    pub likeness: f64,
    /// Who acts by it.
    pub members: Vec<Member>,
}

/// The gene whose product limits the response to an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receptor {
    /// The entity.
    pub entity: OntologyId,
    /// The receptor or target that cells differ in.
    pub gene: GeneId,
}

/// The tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Knowledge {
    /// Mechanisms.
    #[serde(default)]
    pub mechanisms: Vec<Mechanism>,
    /// Receptors.
    #[serde(default)]
    pub receptors: Vec<Receptor>,
    /// Regulators with their targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regulons: Vec<Regulon>,
}

/// An entity that acts by the same mechanism as another.
#[derive(Debug, Clone, PartialEq)]
pub struct Kin<'a> {
    /// The other entity.
    pub entity: &'a OntologyId,
    /// How it is used.
    pub way: Way,
    /// Correlation of the two effects, −1 to 1; negative where one works against the other.
    pub likeness: f64,
    /// The mechanism.
    pub mechanism: &'a str,
}

impl Knowledge {
    /// Who acts by the same mechanism as `entity` used in a way, the strongest tie of each.
    pub fn kin_of(&self, entity: &OntologyId, way: Way) -> Vec<Kin<'_>> {
        let mut kin: Vec<Kin<'_>> = Vec::new();
        for mechanism in &self.mechanisms {
            let is_own = |member: &&Member| member.entity == *entity && member.way == way;
            let Some(own) = mechanism.members.iter().find(is_own) else {
                continue;
            };
            for other in mechanism.members.iter().filter(|other| !is_own(other)) {
                let sign = if other.against == own.against {
                    1.0
                } else {
                    -1.0
                };
                let tie = Kin {
                    entity: &other.entity,
                    way: other.way,
                    likeness: sign * mechanism.likeness,
                    mechanism: &mechanism.name,
                };
                let same =
                    |known: &&mut Kin<'_>| known.entity == tie.entity && known.way == tie.way;
                match kin.iter_mut().find(same) {
                    Some(known) if known.likeness.abs() >= tie.likeness.abs() => {}
                    Some(known) => *known = tie,
                    None => kin.push(tie),
                }
            }
        }
        kin
    }

    /// The gene that limits the response to an entity, if one is known.
    pub fn receptor_of(&self, entity: &OntologyId) -> Option<GeneId> {
        let mut receptors = self.receptors.iter();
        receptors
            .find(|receptor| receptor.entity == *entity)
            .map(|receptor| receptor.gene)
    }

    /// Correlation of the effects of two entities, each used in its way: 1 for the same, 0 where
    /// nothing ties them.
    pub fn likeness(&self, one: (&OntologyId, Way), other: (&OntologyId, Way)) -> f64 {
        if one == other {
            return 1.0;
        }
        self.kin_of(one.0, one.1)
            .into_iter()
            .find(|kin| kin.entity == other.0 && kin.way == other.1)
            .map_or(0.0, |kin| kin.likeness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> OntologyId {
        name.parse().expect("an id")
    }

    fn agent(name: &str, against: bool) -> Member {
        Member {
            entity: id(name),
            way: Way::Agent,
            against,
        }
    }

    fn knowledge() -> Knowledge {
        let androgen = Mechanism {
            name: "androgen receptor".to_owned(),
            likeness: 0.6,
            members: vec![
                agent("CHEMBL27769", false),
                agent("CHEMBL409", true),
                agent("CHEMBL1082407", true),
            ],
        };
        let block = Mechanism {
            name: "androgen receptor antagonist".to_owned(),
            likeness: 0.9,
            members: vec![agent("CHEMBL409", false), agent("CHEMBL1082407", false)],
        };
        Knowledge {
            mechanisms: vec![androgen, block],
            ..Knowledge::default()
        }
    }

    #[test]
    fn an_antagonist_runs_against_its_agonist_and_with_its_like() {
        let known = knowledge();
        let between = |a: &str, b: &str| known.likeness((&id(a), Way::Agent), (&id(b), Way::Agent));
        assert!((between("CHEMBL409", "CHEMBL27769") + 0.6).abs() < 1e-12);
        assert!((between("CHEMBL409", "CHEMBL1082407") - 0.9).abs() < 1e-12);
        assert!((between("CHEMBL409", "CHEMBL409") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_gene_that_is_lost_is_not_kin_of_its_product_that_is_given() {
        let known = knowledge();
        assert!(known.kin_of(&id("CHEMBL409"), Way::Loss).is_empty());
    }
}
