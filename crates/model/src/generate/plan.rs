//! A query made ready: everything that is the same for every reference.

use std::sync::Arc;

use refcast_core::{GeneId, OntologyId, Perturbation, Query};

use super::sight::LastSight;
use crate::effects::{
    Cutting, Evidence, OwnChange, P53, StandIns, Way, activity_after_loss, after_loss, any_loss,
};
use crate::error::Result;
use crate::model::Model;
use crate::unwanted::{IsUnwanted, go_on};

/// A query that this model can answer, with its evidence.
#[derive(Debug, Clone)]
pub struct Plan {
    query: Query,
    pub(crate) prepared: Arc<PreparedPerturbation>,
}

/// What is the same for every query of one perturbation.
#[derive(Debug)]
pub(crate) struct PreparedPerturbation {
    /// The evidence; none for a control.
    pub(crate) evidence: Option<Evidence>,
    /// What stood in for what, in sentences.
    pub(crate) notes: Vec<String>,
    /// Genes that the perturbation is aimed at and whose change is known from others.
    pub(crate) aimed_at: Vec<(usize, OwnChange)>,
    /// Targets of regulators that are lost and whose own effect was not seen, by place on the axis,
    /// and where they go.
    pub(crate) regulated: Vec<(usize, f64)>,
    /// The answer to being cut, for a loss that must not have it.
    pub(crate) cutting: Option<Cutting>,
    /// The genes that references measure.
    pub(crate) sight: LastSight,
}

impl Plan {
    pub(crate) fn new(model: &Model, query: &Query, is_unwanted: IsUnwanted<'_>) -> Result<Self> {
        let mut notes = Vec::new();
        let evidence = if query.perturbation.is_control() {
            None
        } else {
            Some(gather(model, query, &mut notes, is_unwanted)?)
        };
        Ok(Self {
            query: query.clone(),
            prepared: Arc::new(PreparedPerturbation {
                aimed_at: aimed_at(model, query),
                regulated: regulated(model, query),
                cutting: cutting(model, query),
                evidence,
                notes,
                sight: LastSight::default(),
            }),
        })
    }

    /// Refuses what [`Plan::new`] would, without what takes long.
    pub(crate) fn check(model: &Model, perturbation: &Perturbation) -> Result<()> {
        if perturbation.is_control() {
            return Ok(());
        }
        let way = Way::of(perturbation.kind());
        for entity in perturbation.entities() {
            stand_ins_of(model, entity, way, &mut Vec::new())?;
        }
        Ok(())
    }

    /// The plan of another query for the same perturbation, the entities in the same order: what
    /// is prepared is shared. `None` for any other perturbation.
    pub fn replan(&self, query: &Query) -> Option<Self> {
        let (own, other) = (&self.query.perturbation, &query.perturbation);
        let same =
            own == other && own.entities() == other.entities() && own.doses() == other.doses();
        same.then(|| Self {
            query: query.clone(),
            prepared: Arc::clone(&self.prepared),
        })
    }

    /// Bytes that what it has prepared takes, roughly.
    pub fn bytes(&self) -> usize {
        let evidence = self.prepared.evidence.as_ref();
        evidence.map_or(0, |evidence| evidence.posterior().bytes())
    }

    /// The query that was planned.
    pub fn query(&self) -> &Query {
        &self.query
    }
}

/// What the bank has on a query, from what was seen itself, what stands for it and what acts alike.
fn gather(
    model: &Model,
    query: &Query,
    notes: &mut Vec<String>,
    is_unwanted: IsUnwanted<'_>,
) -> Result<Evidence> {
    let perturbation = &query.perturbation;
    let way = Way::of(perturbation.kind());
    let mut stand_ins: Vec<StandIns> = Vec::new();
    for entity in perturbation.entities() {
        go_on(is_unwanted)?;
        stand_ins.push(stand_ins_of(model, entity, way, notes)?);
    }
    let bank = model.effects();
    let evidence = Evidence::gather(
        bank,
        model.profiles().centre(),
        perturbation,
        &stand_ins,
        model.relation(),
        |entries| model.posteriors().of(bank, entries, is_unwanted),
    )?;
    for &position in evidence.silent() {
        notes.push(nothing_known(model, &perturbation.entities()[position])?);
    }
    let place = |gene| model.axis().index_of(gene).map(|index| index.as_usize());
    Ok(evidence.limited(bank, model.knowledge(), &place, perturbation))
}

/// The entity itself, and those that its effect can be told from, each with the correlation of the
/// two effects in the same cells.
fn stand_ins_of(
    model: &Model,
    entity: &OntologyId,
    way: Way,
    notes: &mut Vec<String>,
) -> Result<StandIns> {
    let mut stand_ins: StandIns = vec![(entity.clone(), 1.0)];
    let trained = is_trained(model, entity, way);
    let mut by_itself = true;
    if !trained {
        // What was never seen itself is answered from its species, parent or family.
        let standing = model.standing_for(entity);
        by_itself = standing.is_empty();
        if let Some(best) = standing.first() {
            notes.push(format!("{}: {}", model.label(entity)?, best.sentence));
        }
        let standing = standing
            .into_iter()
            .map(|standing| (standing.id, f64::from(standing.similarity)));
        stand_ins.extend(standing);
    }
    let is_footprint = |id: &OntologyId| {
        let bank = model.effects();
        (0..bank.entries().len()).any(|at| {
            bank.is_footprint(at) && bank.entries()[at].entities == std::slice::from_ref(id)
        })
    };
    let mut mechanisms: Vec<&str> = Vec::new();
    let mut by_footprints_alone = true;
    for kin in model.knowledge().kin_of(entity, way) {
        // What was seen of neither says nothing, and must not keep the loss of any gene from it.
        let is_told = kin.way == way && is_trained(model, kin.entity, way);
        if is_told || is_footprint(kin.entity) {
            stand_ins.push((kin.entity.clone(), kin.likeness));
            by_footprints_alone &= is_footprint(kin.entity);
            if !mechanisms.contains(&kin.mechanism) {
                mechanisms.push(kin.mechanism);
            }
        }
    }
    if !trained && !mechanisms.is_empty() {
        notes.push(format!(
            "{} was not seen itself: answered from what acts by the same mechanism ({})",
            model.label(entity)?,
            mechanisms.join(", ")
        ));
    }
    // What its pathway does to each gene is not what becomes of cells that lose a gene.
    if !trained && way == Way::Loss && by_itself && by_footprints_alone {
        stand_ins.push((any_loss(), model.relation().any_loss.sqrt()));
        if is_trained(model, &any_loss(), way) {
            notes.push(format!(
                "the loss of {} was not seen: answered from what the loss of any gene does to \
                 cells like these, and from the gene itself",
                model.label(entity)?
            ));
        }
    }
    Ok(stand_ins)
}

fn is_trained(model: &Model, entity: &OntologyId, way: Way) -> bool {
    let entries = model.effects().entries();
    entries
        .iter()
        .any(|entry| entry.entities.contains(entity) && Way::of(entry.kind) == way)
}

/// For the support of an entity that nothing speaks for.
fn nothing_known(model: &Model, entity: &OntologyId) -> Result<String> {
    let relatives = model.relatives(entity, 3)?;
    let nearest = if relatives.is_empty() {
        String::new()
    } else {
        format!("; the nearest that they hold: {}", relatives.join(", "))
    };
    Ok(format!(
        "the training data hold nothing that tells what {} does: no change is predicted{nearest}",
        model.label(entity)?
    ))
}

/// The genes that are lost and whose own effect was not seen.
fn lost(model: &Model, query: &Query) -> Vec<GeneId> {
    let way = Way::of(query.perturbation.kind());
    let entities = match way {
        Way::Loss => query.perturbation.entities(),
        Way::Agent | Way::Gain => &[],
    };
    let lost = entities.iter().filter_map(|entity| match entity {
        OntologyId::Gene(gene) if !is_trained(model, entity, way) => Some(*gene),
        _ => None,
    });
    lost.collect()
}

/// Where the targets of lost regulators go.
fn regulated(model: &Model, query: &Query) -> Vec<(usize, f64)> {
    let lost = lost(model, query);
    let regulated = after_loss(&model.knowledge().regulons, &lost).into_iter();
    regulated
        .filter_map(|regulated| {
            let place = model.axis().index_of(regulated.gene)?;
            Some((place.as_usize(), regulated.direction))
        })
        .collect()
}

fn cutting(model: &Model, query: &Query) -> Option<Cutting> {
    let lost = lost(model, query);
    if lost.is_empty() {
        return None;
    }
    let mut regulons = model.knowledge().regulons.iter();
    let own = regulons.find(|regulon| regulon.name == P53);
    let activity = own.and_then(|own| activity_after_loss(own, &lost));
    Cutting::of(model.effects(), query.perturbation.kind(), activity)
}

/// What the perturbation does to the genes that it is aimed at, by place on the axis, where no
/// effect of its own was seen: lost genes fall, over-expressed ones rise, as others did.
fn aimed_at(model: &Model, query: &Query) -> Vec<(usize, OwnChange)> {
    let way = Way::of(query.perturbation.kind());
    let Some(change) = model.effects().own_change(way, model.axis()) else {
        return Vec::new();
    };
    let entities = query.perturbation.entities().iter();
    entities
        .filter(|entity| !is_trained(model, entity, way))
        .filter_map(|entity| match entity {
            OntologyId::Gene(gene) => Some((model.axis().index_of(*gene)?.as_usize(), change)),
            _ => None,
        })
        .collect()
}
