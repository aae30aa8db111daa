//! What can be asked for, and what it is called.

use refcast_core::{GeneId, OntologyId};

use super::Model;
use crate::error::Result;
use crate::latent::LatentGroup;
use crate::linalg::dot;
use crate::training_samples::SAMPLE_FIELD;
use crate::vocabulary::{
    AcceptedValue, Standing, Vocabulary, field_name, says_nothing, unknown_field,
};

impl Model {
    /// The names of everything that can be asked for; `None` for a model that was never stored.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.vocabulary.as_ref()
    }

    /// The fields that have values to choose from.
    pub fn field_names(&self) -> Vec<String> {
        let vocabulary = self.vocabulary.as_ref();
        let mut names = vocabulary.map_or_else(Vec::new, Vocabulary::field_names);
        names.extend(self.samples.as_ref().map(|_| SAMPLE_FIELD.to_owned()));
        names
    }

    /// The values of one field or of all, as [`Vocabulary::search`] finds them. Samples of training
    /// are found where their field is named. A text of signs alone, which names nothing, finds nothing.
    ///
    /// # Errors
    /// When no such field is known, and when a table is damaged.
    pub fn search(
        &self,
        field: Option<&str>,
        text: &str,
    ) -> refcast_core::Result<Vec<AcceptedValue>> {
        let (field, fields) = (field.map(field_name), self.field_names());
        if let Some(unknown) = field.as_ref().filter(|field| !fields.contains(field)) {
            return Err(unknown_field(unknown, &fields).into());
        }
        if says_nothing(text) {
            return Ok(Vec::new());
        }
        if let (Some(SAMPLE_FIELD), Some(samples)) = (field.as_deref(), &self.samples) {
            return Ok(samples.search(text));
        }
        let vocabulary = self.vocabulary.as_ref();
        let found = vocabulary.map(|own| own.search(field.as_deref(), text));
        found.unwrap_or_else(|| Ok(Vec::new()))
    }

    /// Trained entities that may answer for another.
    pub(crate) fn standing_for(&self, entity: &OntologyId) -> Vec<Standing> {
        self.vocabulary
            .as_ref()
            .map_or_else(Vec::new, |vocabulary| vocabulary.standing_for(entity))
    }

    /// An entity for people: its name and its id.
    pub(crate) fn label(&self, entity: &OntologyId) -> Result<String> {
        let label = match &self.vocabulary {
            Some(vocabulary) => vocabulary.label(entity)?,
            None => None,
        };
        Ok(label.map_or_else(|| entity.to_string(), |label| format!("{label} ({entity})")))
    }

    /// The trained entities nearest to one that was not trained: by name and family, and for a gene
    /// by how it varies across samples.
    pub(crate) fn relatives(&self, entity: &OntologyId, n: usize) -> Result<Vec<String>> {
        let Some(vocabulary) = &self.vocabulary else {
            return Ok(Vec::new());
        };
        let mut named: Vec<String> = vocabulary
            .relatives(entity, n)?
            .into_iter()
            .map(|relative| format!("{} ({}; {})", relative.label, relative.id, relative.reason))
            .collect();
        if let OntologyId::Gene(gene) = entity {
            for (other, likeness) in self.genes_that_vary_with(*gene) {
                if named.len() >= n {
                    break;
                }
                let other = OntologyId::Gene(other);
                if named
                    .iter()
                    .all(|known| !known.contains(&other.to_string()))
                {
                    let label = vocabulary.label(&other)?.unwrap_or_default();
                    named.push(format!(
                        "{label} ({other}; varies with it, r {likeness:.2})"
                    ));
                }
            }
        }
        Ok(named)
    }

    /// Trained genes by the cosine of their loadings with a gene's, the most alike first.
    fn genes_that_vary_with(&self, gene: GeneId) -> Vec<(GeneId, f64)> {
        let loadings = |gene: GeneId| -> Option<Vec<f64>> {
            let place = self.axis.index_of(gene)?.as_usize();
            let range = self.latent.range(LatentGroup::Biological);
            let row = &self.latent.loadings_of(place)[range];
            Some(row.iter().map(|loading| loading.to_f64()).collect())
        };
        let Some(own) = loadings(gene) else {
            return Vec::new();
        };
        let mut trained: Vec<GeneId> = self
            .effects
            .entries()
            .iter()
            .flat_map(|entry| &entry.entities)
            .filter_map(|entity| match entity {
                OntologyId::Gene(other) if *other != gene => Some(*other),
                _ => None,
            })
            .collect();
        trained.sort_unstable();
        trained.dedup();
        let mut alike: Vec<(GeneId, f64)> = trained
            .into_iter()
            .filter_map(|other| {
                let theirs = loadings(other)?;
                let size = (dot(&own, &own) * dot(&theirs, &theirs)).sqrt();
                (size > 0.0).then(|| (other, dot(&own, &theirs) / size))
            })
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike
    }
}
