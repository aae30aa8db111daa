//! The type of a perturbation where a query gives none.

use refcast_core::{Error, OntologyId, PerturbationType, Result};

use super::Vocabulary;
use super::kind::EntityKind;
use super::ligands::is_ligand;
use super::resolution::{EntityResolution, MatchedBy, ResolvedEntity};
use super::search::TYPE_FIELD;

const LOST: &str = "no type was given: taken as `crispr`, the loss of the gene";

/// What is said of a type that training saw it by.
fn as_seen(kind: PerturbationType) -> String {
    format!("{}, its type as seen in training", taken(kind))
}

/// What is said of a type that was chosen.
fn taken(kind: PerturbationType) -> String {
    format!("no type was given: taken as `{kind}`")
}

/// A type that was not given, and where it comes from.
pub(super) struct Guessed {
    pub(super) kind: Option<PerturbationType>,
    /// For people, where it is more than what the id says.
    pub(super) note: Option<String>,
}

impl Vocabulary {
    /// What sort of thing an entity is: as training or our own names have it, else by its source; the
    /// gene of a cytokine is given as its product.
    ///
    /// # Errors
    /// When the table that would know it is damaged.
    pub fn kind_of(&self, id: &OntologyId) -> Result<EntityKind> {
        if let Some(entity) = self.trained.by_id(id) {
            return Ok(entity.kind);
        }
        let row = self.row(id)?;
        Ok(row.map_or_else(
            || EntityKind::of(id),
            |row| kind_of_row(id, row.class(), row.label()),
        ))
    }

    /// The type where none is given: of one entity as training saw it, where that says what sort of
    /// thing it is; of several the one by which training saw all of them. What training did not see
    /// acts as its sort usually does, a gene by being lost. A note says so wherever another type was
    /// possible; that a chemical is a compound and an organism infects goes without saying.
    ///
    /// # Errors
    /// When training saw it in several ways and none of those is the usual one; they are named. For a
    /// gene that was named by an alias only, which may well be meant for something else.
    pub(super) fn guessed_type(&self, found: &EntityResolution) -> Result<Guessed> {
        let implied = PerturbationType::implied_by(&found.ids());
        match found.entities.as_slice() {
            [one] => self.type_of_one(one, implied),
            several => {
                let guessed = self.type_of_several(several)?;
                let kind = guessed.kind.or(implied);
                let Some(own) = kind else {
                    return Ok(guessed);
                };
                let mut is_chosen = kind != implied;
                for entity in several {
                    is_chosen |= self.may_be_other(entity, own)?;
                }
                let note = guessed.note.unwrap_or_else(|| taken(own));
                Ok(Guessed {
                    kind,
                    note: is_chosen.then_some(note),
                })
            }
        }
    }

    /// Whether training saw an entity by another type than `kind`, or its sort has another usual one.
    fn may_be_other(&self, entity: &ResolvedEntity, kind: PerturbationType) -> Result<bool> {
        let trained = self.trained_entity(&entity.id);
        let seen = trained.map_or(&[][..], |trained| trained.types.as_slice());
        let usual = usual_type(self.kind_of(&entity.id)?);
        Ok(seen.iter().chain(&usual).any(|other| *other != kind))
    }

    fn type_of_one(
        &self,
        one: &ResolvedEntity,
        implied: Option<PerturbationType>,
    ) -> Result<Guessed> {
        let sort = self.kind_of(&one.id)?;
        let usual = usual_type(sort);
        let Some(trained) = self.trained_entity(&one.id) else {
            if sort == EntityKind::Gene && one.matched_by == MatchedBy::Synonym {
                return Err(asks_what_is_meant(one));
            }
            let kind = implied.or(usual).unwrap_or(PerturbationType::Crispr);
            let note = match sort {
                EntityKind::Gene => Some(LOST.to_owned()),
                _ if Some(kind) != implied => {
                    Some(format!("{}, since it is a {sort}", taken(kind)))
                }
                // An antibody with the id of a chemical.
                _ => self.may_be_other(one, kind)?.then(|| taken(kind)),
            };
            return Ok(Guessed {
                kind: Some(kind),
                note,
            });
        };
        let seen = trained.types.as_slice();
        let kind = match (seen, usual) {
            (_, Some(usual)) if seen.contains(&usual) => usual,
            // Training saw a drug on top of a cytokine: it is a drug all the same.
            (_, Some(usual)) if usual != PerturbationType::Other => usual,
            ([only], _) => *only,
            ([], _) => implied.unwrap_or(PerturbationType::Other),
            (several, _) => return Err(asks_which(&[&one.label], several)),
        };
        let is_chosen = Some(kind) != implied || self.may_be_other(one, kind)?;
        let note = is_chosen.then(|| as_seen(kind));
        Ok(Guessed {
            kind: Some(kind),
            note,
        })
    }

    /// The type by which training saw all of them; where it saw them in several ways, the one that
    /// is usual for one of them. None where it did not see them all, unless all are genes.
    fn type_of_several(&self, several: &[ResolvedEntity]) -> Result<Guessed> {
        let mut common: Option<Vec<PerturbationType>> = None;
        let mut usual = None;
        let mut sorts = Vec::new();
        for entity in several {
            let sort = self.kind_of(&entity.id)?;
            sorts.push(sort);
            usual = usual.or_else(|| usual_type(sort));
            let seen = self.trained_entity(&entity.id);
            let seen = seen.map_or(&[][..], |trained| trained.types.as_slice());
            common = Some(match common {
                None => seen.to_vec(),
                Some(mut common) => {
                    common.retain(|kind| seen.contains(kind));
                    common
                }
            });
        }
        let kind = match common.unwrap_or_default().as_slice() {
            [] if sorts.iter().all(|sort| *sort == EntityKind::Gene) => {
                return Ok(Guessed {
                    kind: Some(PerturbationType::Crispr),
                    note: Some(LOST.to_owned()),
                });
            }
            [] => None,
            [only] => Some(*only),
            several if usual.is_some_and(|usual| several.contains(&usual)) => usual,
            ways => {
                let labels: Vec<&str> = several.iter().map(|entity| &*entity.label).collect();
                return Err(asks_which(&labels, ways));
            }
        };
        Ok(Guessed {
            kind,
            note: kind.map(as_seen),
        })
    }
}

/// What sort of thing a row of a table is.
pub(super) fn kind_of_row(id: &OntologyId, class: &str, label: &str) -> EntityKind {
    class.parse().unwrap_or_else(|_| match id {
        OntologyId::Gene(_) if is_ligand(label) => EntityKind::Protein,
        id => EntityKind::of(id),
    })
}

fn asks_which(labels: &[&str], ways: &[PerturbationType]) -> Error {
    let names: Vec<&str> = ways.iter().map(|kind| kind.name()).collect();
    let message = format!(
        "training saw {} in several ways: choose one of {}",
        labels.join(" and "),
        names.join(", ")
    );
    Error::one(TYPE_FIELD, "missing", message)
}

fn asks_what_is_meant(gene: &ResolvedEntity) -> Error {
    let ResolvedEntity {
        given, id, label, ..
    } = gene;
    let message = format!(
        "`{given}` is another name of the gene {label} ({id}): if that is meant, say how it is perturbed (crispr, shrna, \
         sirna, overexpression or, for its protein, peptide or biologic); if not, give a full name or an id"
    );
    Error::one(TYPE_FIELD, "missing", message)
}

/// How an entity of a kind acts when nothing else is said. A gene has no usual way.
fn usual_type(kind: EntityKind) -> Option<PerturbationType> {
    match kind {
        EntityKind::Compound => Some(PerturbationType::Compound),
        EntityKind::Biologic | EntityKind::Protein => Some(PerturbationType::PeptideOrBiologic),
        EntityKind::Infection => Some(PerturbationType::Infection),
        EntityKind::Coculture => Some(PerturbationType::Coculture),
        EntityKind::Gene => None,
        EntityKind::Environment
        | EntityKind::Medium
        | EntityKind::Supernatant
        | EntityKind::Treatment
        | EntityKind::Mixture => Some(PerturbationType::Other),
    }
}
