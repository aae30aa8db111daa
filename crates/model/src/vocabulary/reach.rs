//! Which entities are within reach of one over relations: up to the more general, down again.

use std::collections::HashMap;

use refcast_core::{OntologyId, Result};

use super::archive::{RELATIONS, damaged};
use super::relation::{EntityRelation, RelationEdge};

/// Below this an entity says too little about another to answer for it.
pub(crate) const LEAST_SIMILARITY: f32 = 0.5;
/// Steps up, and steps down again: strain, serovar, subspecies, species.
const MOST_STEPS: usize = 3;

/// How one entity is reached from another: up to the more general, then down again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    pub(crate) similarity: f32,
    /// The relation of the last step.
    pub(crate) relation: EntityRelation,
    /// What both belong to, where the path goes up and down again.
    pub(crate) through: Option<OntologyId>,
    upwards: bool,
}

impl Path {
    /// How to say where an answer comes from; `through` is the label of what both belong to.
    pub(crate) fn sentence(&self, label: &str, through: Option<&str>) -> String {
        match through {
            Some(through) => format!("answered from {label}, which belongs to {through} too"),
            None if self.upwards => format!("answered from {} {label}", self.relation.general()),
            None => format!("answered from {} {label}", self.relation.special()),
        }
    }
}

/// All relations, to be walked in both directions.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    up: HashMap<OntologyId, Vec<(OntologyId, EntityRelation, f32)>>,
    down: HashMap<OntologyId, Vec<(OntologyId, EntityRelation, f32)>>,
}

impl Relations {
    pub(crate) fn read(text: &str) -> Result<Self> {
        let mut relations = Self::default();
        for (row, line) in text.lines().enumerate() {
            let edge = RelationEdge::from_line(line)
                .ok_or_else(|| damaged(RELATIONS, &format!("line {} does not parse", row + 1)))?;
            let RelationEdge {
                special,
                relation,
                general,
                similarity,
            } = edge;
            relations.up.entry(special.clone()).or_default().push((
                general.clone(),
                relation,
                similarity,
            ));
            relations
                .down
                .entry(general)
                .or_default()
                .push((special, relation, similarity));
        }
        Ok(relations)
    }

    /// Everything within reach of `id`, itself left out, with the most similar path to each.
    pub(crate) fn reach(&self, id: &OntologyId) -> HashMap<OntologyId, Path> {
        let mut reached: HashMap<OntologyId, Path> = HashMap::new();
        let mut tops: Vec<(OntologyId, Option<Path>)> = vec![(id.clone(), None)];
        for _ in 0..MOST_STEPS {
            tops = self.step(&self.up, &tops, true, id, &mut reached);
        }
        // Down from the entity itself and from everything above it.
        let mut heads: Vec<(OntologyId, Option<Path>)> = vec![(id.clone(), None)];
        let mut above: Vec<_> = reached
            .iter()
            .map(|(top, path)| (top.clone(), Some(path.clone())))
            .collect();
        above.sort_by(|a, b| a.0.cmp(&b.0));
        heads.extend(above);
        for _ in 0..MOST_STEPS {
            heads = self.step(&self.down, &heads, false, id, &mut reached);
        }
        reached
    }

    /// One step from each of `from`; what is reached better than before is kept and returned.
    fn step(
        &self,
        edges: &HashMap<OntologyId, Vec<(OntologyId, EntityRelation, f32)>>,
        from: &[(OntologyId, Option<Path>)],
        upwards: bool,
        origin: &OntologyId,
        reached: &mut HashMap<OntologyId, Path>,
    ) -> Vec<(OntologyId, Option<Path>)> {
        let mut next = Vec::new();
        for (here, path) in from {
            for (there, relation, similarity) in edges.get(here).into_iter().flatten() {
                let through = match path {
                    Some(path) if path.upwards && !upwards => Some(here.clone()),
                    Some(path) => path.through.clone(),
                    None => None,
                };
                let path = Path {
                    similarity: similarity * path.as_ref().map_or(1.0, |path| path.similarity),
                    relation: *relation,
                    through,
                    upwards,
                };
                let better = reached
                    .get(there)
                    .is_none_or(|known| known.similarity < path.similarity);
                if there != origin && better {
                    reached.insert(there.clone(), path.clone());
                    next.push((there.clone(), Some(path)));
                }
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relations() -> Relations {
        Relations::read(
            "NCBITaxon:216597\tstrain_of\tNCBITaxon:90371\t0.95\n\
             NCBITaxon:99287\tstrain_of\tNCBITaxon:90371\t0.95\n\
             NCBITaxon:90371\tserovar_of\tNCBITaxon:28901\t0.8\n\
             CHEMBL2\tsalt_of\tCHEMBL1\t0.9\n",
        )
        .unwrap()
    }

    fn similarity(from: OntologyId, to: OntologyId) -> Option<f32> {
        relations()
            .reach(&from)
            .get(&to)
            .map(|path| path.similarity)
    }

    #[test]
    fn a_strain_and_its_species_reach_each_other_over_several_steps() {
        let (strain, species) = (OntologyId::Taxon(216_597), OntologyId::Taxon(28901));
        let up = similarity(strain.clone(), species.clone()).unwrap();
        assert!((up - 0.76).abs() < 1e-6);
        assert_eq!(similarity(species, strain), Some(up));
    }

    #[test]
    fn two_strains_reach_each_other_through_what_they_share() {
        let reach = relations().reach(&OntologyId::Taxon(99287));
        let path = &reach[&OntologyId::Taxon(216_597)];
        assert_eq!(path.through, Some(OntologyId::Taxon(90371)));
        assert_eq!(
            path.sentence("SL1344", Some("S. Typhimurium")),
            "answered from SL1344, which belongs to S. Typhimurium too"
        );
    }

    #[test]
    fn nothing_reaches_itself_or_a_stranger() {
        assert!(
            !relations()
                .reach(&OntologyId::Chembl(2))
                .contains_key(&OntologyId::Chembl(2))
        );
        assert_eq!(
            similarity(OntologyId::Chembl(2), OntologyId::Taxon(90371)),
            None
        );
    }

    #[test]
    fn the_sentence_names_the_relation() {
        let reach = relations().reach(&OntologyId::Chembl(2));
        let path = &reach[&OntologyId::Chembl(1)];
        assert_eq!(
            path.sentence("dexamethasone", None),
            "answered from its parent compound dexamethasone"
        );
    }
}
