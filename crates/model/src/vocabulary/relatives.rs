//! The nearest trained entities of one that has none of its own, to be named in an error.

use refcast_core::{OntologyId, Result};

use super::Vocabulary;
use super::folding::fold;
use super::reach::LEAST_SIMILARITY;
use super::stem::{compound_class, gene_stem, genus};
use super::trained::TrainedEntity;

/// A trained entity that is akin to another, but not enough to answer for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    /// The trained entity.
    pub id: OntologyId,
    /// Its label.
    pub label: String,
    /// Why it is named: `a glucocorticoid as well, by its name`.
    pub reason: String,
}

impl Vocabulary {
    /// Up to `n` trained entities that are akin to `id`, the nearest first: related ones, then
    /// those that share a gene family, a class told by the name, or a genus. Empty where nothing
    /// says that any is akin.
    ///
    /// # Errors
    /// When a table is damaged.
    pub fn relatives(&self, id: &OntologyId, n: usize) -> Result<Vec<Relative>> {
        let mut relatives: Vec<Relative> = Vec::new();
        let mut reached: Vec<_> = self.relations.reach(id).into_iter().collect();
        reached.sort_by(|a, b| {
            b.1.similarity
                .total_cmp(&a.1.similarity)
                .then_with(|| a.0.cmp(&b.0))
        });
        let related = reached.iter().filter_map(|(other, path)| {
            let reason = if path.similarity >= LEAST_SIMILARITY {
                "acts much alike"
            } else {
                "distantly related"
            };
            Some((self.trained.by_id(other)?, reason.to_owned()))
        });
        let akin = self.akin(id)?;
        for (entity, reason) in related.chain(akin) {
            if entity.id != *id && relatives.iter().all(|kept| kept.id != entity.id) {
                relatives.push(Relative {
                    id: entity.id.clone(),
                    label: entity.label.clone(),
                    reason,
                });
            }
        }
        relatives.truncate(n);
        Ok(relatives)
    }

    /// The trained entities of the same sort whose name shares a stem, in the order of the longest
    /// beginning in common.
    fn akin(&self, id: &OntologyId) -> Result<Vec<(&TrainedEntity, String)>> {
        let Some(name) = self.source_name(id)? else {
            return Ok(Vec::new());
        };
        let mut akin = Vec::new();
        for entity in self.trained() {
            let Some(other) = self.source_name(&entity.id)? else {
                continue;
            };
            if let Some(reason) = shared_stem(id, &name, &entity.id, &other) {
                akin.push((common_beginning(&name, &other), entity, reason));
            }
        }
        akin.sort_by_key(|&(common, _, _)| std::cmp::Reverse(common));
        Ok(akin
            .into_iter()
            .map(|(_, entity, reason)| (entity, reason))
            .collect())
    }

    /// The name that the source of an id gives: a trained gene is labelled by its product.
    fn source_name(&self, id: &OntologyId) -> Result<Option<String>> {
        match self.table_of(id).by_id(&self.files, id)? {
            Some(row) => Ok(Some(row.label().to_owned())),
            None => self.label(id),
        }
    }
}

fn shared_stem(id: &OntologyId, name: &str, other_id: &OntologyId, other: &str) -> Option<String> {
    use OntologyId::{Chebi, Chembl, Gene, Taxon};
    match (id, other_id) {
        (Gene(_), Gene(_)) => {
            let stem = gene_stem(name).filter(|&stem| gene_stem(other) == Some(stem))?;
            Some(format!("a symbol in {stem} as well"))
        }
        (Chembl(_) | Chebi(_), Chembl(_) | Chebi(_)) => {
            let class = compound_class(&fold(name))?;
            let shared = compound_class(&fold(other)) == Some(class);
            shared.then(|| format!("{class} as well, by its name"))
        }
        (Taxon(_), Taxon(_)) => {
            let genus = genus(name).filter(|shared| self::genus(other).as_ref() == Some(shared))?;
            Some(format!("a {genus} as well"))
        }
        _ => None,
    }
}

fn common_beginning(a: &str, b: &str) -> usize {
    a.bytes()
        .zip(b.bytes())
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count()
}
