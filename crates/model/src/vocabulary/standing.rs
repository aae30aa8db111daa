//! Which trained entities may answer for one that training did not see.

use refcast_core::OntologyId;

use super::Vocabulary;
use super::reach::LEAST_SIMILARITY;
use super::relation::EntityRelation;

/// A trained entity that may answer for another.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The trained entity.
    pub id: OntologyId,
    /// Its label.
    pub label: String,
    /// The relation by which it was reached, the last one of several.
    pub relation: EntityRelation,
    /// How much alike the two act, from 0.5 to 1.
    pub similarity: f32,
    /// For the support text: `answered from its species Mycobacterium tuberculosis`.
    pub sentence: String,
}

impl Vocabulary {
    /// The trained entities that may answer for `id`, itself left out, the most similar first: its
    /// strains and species, its parent compound and salts, its family. None for an entity that
    /// resembles another in name or structure alone: an enantiomer is not its mirror image.
    pub fn standing_for(&self, id: &OntologyId) -> Vec<Standing> {
        let mut standing: Vec<Standing> = self
            .relations
            .reach(id)
            .into_iter()
            .filter(|(_, path)| path.similarity >= LEAST_SIMILARITY)
            .filter_map(|(other, path)| {
                let entity = self.trained.by_id(&other)?;
                if self
                    .trained
                    .by_id(id)
                    .is_some_and(|own| own.id == entity.id)
                {
                    return None;
                }
                // A damaged table costs the name, not the answer.
                let through = path.through.as_ref().map(|id| {
                    self.label(id)
                        .ok()
                        .flatten()
                        .unwrap_or_else(|| id.to_string())
                });
                Some(Standing {
                    id: entity.id.clone(),
                    label: entity.label.clone(),
                    relation: path.relation,
                    similarity: path.similarity,
                    sentence: path.sentence(&entity.label, through.as_deref()),
                })
            })
            .collect();
        standing.sort_by(|a, b| {
            b.similarity
                .total_cmp(&a.similarity)
                .then_with(|| a.id.cmp(&b.id))
        });
        standing.dedup_by(|later, kept| later.id == kept.id);
        standing
    }
}
