//! From what a user writes to ids.

use std::collections::BTreeMap;
use std::fmt;

use refcast_core::error::quoted;
use refcast_core::{
    Fault, Faults, MOST_ENTITIES, OntologyId, PerturbationType, Result, is_control_word,
    too_many_entities,
};

use super::folding::fold;
use super::row::{EntityRow, NameRank};
use super::search::PERTURBATION_FIELD;
use super::trained::TrainedEntity;
use super::{Vocabulary, abbreviations};

/// How many near names a fault gives.
const NEAREST: usize = 5;

/// By what a text was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// The id itself.
    Id,
    /// The label, symbol or approved name.
    Name,
    /// Another name.
    Synonym,
    /// The id, or the name, that another source has for a trained entity.
    EquivalentId,
}

impl fmt::Display for MatchedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Synonym => "synonym",
            Self::EquivalentId => "equivalent id",
        })
    }
}

/// One entity that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedEntity {
    /// The part of the text that names it.
    pub given: String,
    /// Its id.
    pub id: OntologyId,
    /// Its label.
    pub label: String,
    /// By what it was recognised.
    pub matched_by: MatchedBy,
    /// Whether training saw it.
    pub trained: bool,
    /// What else is called so, where the type that was asked for decided.
    pub besides: Option<String>,
}

/// The entities that a text names, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityResolution {
    /// At least one.
    pub entities: Vec<ResolvedEntity>,
}

impl EntityResolution {
    /// The ids, in the order given.
    pub fn ids(&self) -> Vec<OntologyId> {
        self.entities
            .iter()
            .map(|entity| entity.id.clone())
            .collect()
    }

    /// The labels, in the order given.
    pub fn labels(&self) -> Vec<&str> {
        self.entities
            .iter()
            .map(|entity| entity.label.as_str())
            .collect()
    }

    /// What the text was taken for: `salbutamol: CHEMBL714 albuterol (by synonym)`.
    pub fn note(&self) -> String {
        let notes: Vec<String> = self
            .entities
            .iter()
            .map(|entity| {
                let ResolvedEntity {
                    given,
                    id,
                    label,
                    matched_by,
                    ..
                } = entity;
                format!("{given}: {id} {label} (by {matched_by})")
            })
            .collect();
        notes.join("; ")
    }
}

/// An entity of a table with a name that was asked for.
struct Hit<'a> {
    row: EntityRow<'a>,
    id: OntologyId,
    rank: NameRank,
}

impl Vocabulary {
    /// The entities that a text names: ids in any spelling, or names whose case, spaces, hyphens
    /// and Greek letters do not matter, joined by `|` or ` + `.
    ///
    /// A name of several things means the one with training data, else the one that has it as its
    /// approved name or symbol.
    ///
    /// # Errors
    /// With a fault, at no path, for each part that names nothing (with the five nearest names) or
    /// several things (with the choices); and when a table is damaged.
    pub fn resolve(&self, text: &str) -> Result<EntityResolution> {
        self.resolve_as(text, None)
    }

    /// The same for a type of perturbation: of several things with a name the one that it fits.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and where the type fits nothing of the name.
    pub fn resolve_as(
        &self,
        text: &str,
        kind: Option<PerturbationType>,
    ) -> Result<EntityResolution> {
        let mut faults = Faults::new();
        let mut entities = Vec::new();
        let mut parts = self.parts(text);
        if parts.len() > MOST_ENTITIES {
            let fault = too_many_entities(parts.len());
            return Err(Fault {
                path: String::new(),
                ..fault
            }
            .into());
        }
        // The type of a combination is that of one of its parts.
        let must_fit = parts.len() == 1;
        let is_blank = |part: &&str| fold(part).is_empty();
        let lacks_one = !must_fit && parts.iter().any(is_blank);
        if lacks_one {
            parts.retain(|part| !is_blank(part));
        }
        for part in parts {
            entities.extend(faults.keep("", self.resolve_one(part, kind, must_fit)));
        }
        // Once, however many bars there are.
        if lacks_one {
            let message = "name a perturbation on each side of every `|` or `+`, or give its id";
            let fault = Fault::new("", "missing", message);
            faults.push(fault.with_vocabulary_field(PERTURBATION_FIELD));
        }
        faults.finish(EntityResolution { entities })
    }

    /// The names of a combination. A name may hold a plus, so a whole that is known stays whole,
    /// and a plus without spaces separates trained entities and controls only.
    pub(super) fn parts<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let is_trained = |name: &str| self.trained.by_name(&fold(name)).is_some();
        text.split('|')
            .flat_map(|joined| {
                let by_plus: Vec<&str> = joined.split('+').collect();
                if is_trained(joined) {
                    vec![joined]
                } else if by_plus.iter().all(|name| is_trained(name))
                    || by_plus.len() > 1 && by_plus.iter().any(|name| is_control_word(name))
                {
                    by_plus
                } else {
                    joined.split(" + ").collect()
                }
            })
            .map(str::trim)
            .collect()
    }

    fn resolve_one(
        &self,
        given: &str,
        kind: Option<PerturbationType>,
        must_fit: bool,
    ) -> Result<ResolvedEntity> {
        let folded = fold(given);
        if let Ok(id) = given.parse() {
            return self.resolve_id(given, id);
        }
        if folded.is_empty() {
            let message = "name a perturbation, or give its id";
            let fault = Fault::new("", "missing", message);
            return Err(fault.with_vocabulary_field(PERTURBATION_FIELD).into());
        }
        let fits = |id: &OntologyId| kind.is_none_or(|kind| kind.fits(id));
        let own = self.own_name(given, &folded)?;
        if let Some(own) = own.as_ref().filter(|own| fits(&own.id)) {
            return Ok(own.clone());
        }
        self.unpack();
        let mut hits = Vec::new();
        for table in [&self.genes, &self.compounds, &self.taxa] {
            for (row, rank) in table.by_name(&self.files, &folded)? {
                hits.extend(row.id().map(|id| Hit { row, id, rank }));
            }
        }
        let short = match abbreviations::compound(&folded) {
            Some(name) if own.is_none() => self.approved_compound(name)?,
            _ => Vec::new(),
        };
        let Some(kind) = kind else {
            return self.choose_of_any_sort(given, hits, short);
        };
        hits.extend(short);
        let (fitting, others): (Vec<_>, Vec<_>) = hits.into_iter().partition(|hit| fits(&hit.id));
        let other = match own {
            None if others.is_empty() => return self.choose(given, fitting),
            None => self.choose(given, others),
            Some(own) => Ok(own),
        };
        if !fitting.is_empty() {
            let besides = other.map(|other| format!("{} ({})", other.label, other.id));
            return Ok(ResolvedEntity {
                besides: besides.ok(),
                ..self.choose(given, fitting)?
            });
        }
        match other {
            Ok(other) if must_fit => Err(misfit(given, kind, &other).into()),
            other => other,
        }
    }

    /// Whether anything has a name.
    pub(super) fn knows(&self, name: &str) -> Result<bool> {
        let folded = fold(name);
        if folded.is_empty() {
            return Ok(false);
        }
        if self.trained.by_name(&folded).is_some() || abbreviations::compound(&folded).is_some() {
            return Ok(true);
        }
        self.unpack();
        for table in self.tables() {
            if !table.by_name(&self.files, &folded)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The entity of a name that training's entities or our own names have: such a name is meant as
    /// such; the other tables have equal standing.
    fn own_name(&self, given: &str, folded: &str) -> Result<Option<ResolvedEntity>> {
        if let Some(entity) = self.trained.by_name(folded) {
            let is_label = fold(&entity.label) == folded;
            let matched_by = if is_label {
                MatchedBy::Name
            } else {
                MatchedBy::Synonym
            };
            return Ok(Some(trained(given, entity, matched_by)));
        }
        let named = self.names.by_name(&self.files, folded)?.into_iter();
        let mut known = named
            .filter_map(|(row, rank)| Some(self.known(given, row.id()?, row, matched_by(rank))));
        Ok(known.next())
    }

    /// The compounds that a short name stands for, as other names of theirs.
    fn approved_compound(&self, name: &str) -> Result<Vec<Hit<'_>>> {
        let folded = fold(name);
        let mut hits = Vec::new();
        for table in [&self.names, &self.compounds] {
            for (row, rank) in table.by_name(&self.files, &folded)? {
                let id = row.id().filter(|_| rank == NameRank::Approved);
                let rank = NameRank::Alias;
                hits.extend(id.map(|id| Hit { row, id, rank }));
            }
        }
        Ok(hits)
    }

    /// The one thing that is meant where no type says of which sort it is.
    fn choose_of_any_sort(
        &self,
        given: &str,
        hits: Vec<Hit<'_>>,
        short: Vec<Hit<'_>>,
    ) -> Result<ResolvedEntity> {
        if short.is_empty() {
            return self.choose(given, hits);
        }
        let compound = self.choose(given, short)?;
        if hits.is_empty() {
            return Ok(compound);
        }
        match self.choose(given, hits) {
            Ok(other) if other.id == compound.id => Ok(compound),
            Ok(other) => Err(Fault::new(
                "",
                "ambiguous_perturbation",
                format!(
                    "{} is short for {} ({}), a compound, and a name of {} ({}): give the full name or the id of \
                     the one that is meant, or its type",
                    quoted(given),
                    compound.label,
                    compound.id,
                    other.label,
                    other.id
                ),
            )
            .into()),
            Err(error) => Err(error),
        }
    }

    fn resolve_id(&self, given: &str, id: OntologyId) -> Result<ResolvedEntity> {
        if let Some(entity) = self.trained.by_id(&id) {
            let matched_by = if entity.id == id {
                MatchedBy::Id
            } else {
                MatchedBy::EquivalentId
            };
            return Ok(trained(given, entity, matched_by));
        }
        match self.row(&id)? {
            Some(row) => Ok(self.known(given, id, row, MatchedBy::Id)),
            None => Err(Fault::new(
                "",
                "unknown_perturbation",
                format!(
                    "no table knows {}: check the id, or give the name",
                    quoted(given)
                ),
            )
            .with_vocabulary_field(PERTURBATION_FIELD)
            .with_nearest(self.nearest_ids(&id, NEAREST)?)
            .into()),
        }
    }

    /// The entity of a row, or the trained one that is the same thing under another id.
    fn known(
        &self,
        given: &str,
        id: OntologyId,
        row: EntityRow<'_>,
        matched_by: MatchedBy,
    ) -> ResolvedEntity {
        if let Some(entity) = self.trained.by_id(&id) {
            return trained(given, entity, matched_by);
        }
        if let Some(entity) = row.same_as().find_map(|other| self.trained.by_id(&other)) {
            return trained(given, entity, MatchedBy::EquivalentId);
        }
        ResolvedEntity {
            given: given.to_owned(),
            id,
            label: row.label().to_owned(),
            matched_by,
            trained: false,
            besides: None,
        }
    }

    fn choose(&self, given: &str, mut hits: Vec<Hit<'_>>) -> Result<ResolvedEntity> {
        let Some(best) = hits.iter().map(|hit| hit.rank).min() else {
            return Err(Fault::new(
                "",
                "unknown_perturbation",
                format!(
                    "no table knows a perturbation {}: check the spelling, or give an id, like `CHEMBL25`",
                    quoted(given)
                ),
            )
            .with_vocabulary_field(PERTURBATION_FIELD)
            .with_nearest(self.nearest_names(given, NEAREST)?)
            .into());
        };
        // An approved name is what it says, whoever else is called so as well.
        if best == NameRank::Approved {
            hits.retain(|hit| hit.rank == best);
        }
        let is_trained = |hit: &Hit<'_>| {
            std::iter::once(hit.id.clone())
                .chain(hit.row.same_as())
                .any(|id| self.trained.by_id(&id).is_some())
        };
        if hits.iter().any(is_trained) {
            hits.retain(is_trained);
        } else {
            hits.retain(|hit| hit.rank == best);
        }
        // One thing may have several ids: a symbol of several loci, a compound of two sources.
        let mut things: BTreeMap<(u8, String), Vec<Hit<'_>>> = BTreeMap::new();
        for hit in hits {
            things
                .entry((source_order(&hit.id), fold(hit.row.label())))
                .or_default()
                .push(hit);
        }
        let mut chosen: Vec<Hit<'_>> = things
            .into_values()
            .filter_map(|same| {
                same.into_iter()
                    .min_by_key(|hit| (hit.row.class() != "protein_coding", hit.id.clone()))
            })
            .collect();
        match (chosen.pop(), chosen.is_empty()) {
            (Some(hit), true) => Ok(self.known(given, hit.id, hit.row, matched_by(hit.rank))),
            (last, _) => {
                chosen.extend(last);
                let choices: Vec<String> = chosen
                    .iter()
                    .map(|hit| format!("{} ({})", hit.row.label(), hit.id))
                    .collect();
                Err(Fault::new(
                    "",
                    "ambiguous_perturbation",
                    format!(
                        "{} is a name of {}: give the id of the one that is meant",
                        quoted(given),
                        choices.join(", ")
                    ),
                )
                .into())
            }
        }
    }
}

fn trained(given: &str, entity: &TrainedEntity, matched_by: MatchedBy) -> ResolvedEntity {
    ResolvedEntity {
        given: given.to_owned(),
        id: entity.id.clone(),
        label: entity.label.clone(),
        matched_by,
        trained: true,
        besides: None,
    }
}

/// A type was asked for that nothing of the name can be perturbed by.
fn misfit(given: &str, kind: PerturbationType, other: &ResolvedEntity) -> Fault {
    let (sort, by) = match &other.id {
        OntologyId::Gene(_) => (
            "a gene",
            "crispr, shrna, sirna, overexpression or, for its protein, peptide or biologic",
        ),
        OntologyId::Chembl(_) | OntologyId::Chebi(_) => ("a compound", "compound"),
        OntologyId::Taxon(_) => ("an organism", "infection"),
        OntologyId::Refcast(_) => ("a condition", "other"),
    };
    let wanted = match kind {
        PerturbationType::Compound => "a drug",
        PerturbationType::Infection => "an organism",
        PerturbationType::PeptideOrBiologic => "a protein or antibody",
        PerturbationType::Coculture => "other cells",
        PerturbationType::Control => "a control",
        PerturbationType::Other => "a condition",
        _ => "a gene",
    };
    Fault::new(
        "",
        "contradiction",
        format!(
            "{} is known as {}, {sort} ({}), and type `{kind}` asks for {wanted}: for the {} use type {by}; for {wanted} give its \
             full name or id",
            quoted(given),
            other.label,
            other.id,
            sort.split(' ').next_back().unwrap_or(sort),
        ),
    )
}

fn matched_by(rank: NameRank) -> MatchedBy {
    match rank {
        NameRank::Approved => MatchedBy::Name,
        NameRank::Former | NameRank::Alias => MatchedBy::Synonym,
    }
}

/// Ids of ChEMBL and ChEBI name the same sort of thing.
fn source_order(id: &OntologyId) -> u8 {
    match id {
        OntologyId::Gene(_) => 0,
        OntologyId::Chembl(_) | OntologyId::Chebi(_) => 1,
        OntologyId::Taxon(_) => 2,
        OntologyId::Refcast(_) => 3,
    }
}
