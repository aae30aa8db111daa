//! A query made ready: everything that is the same for every reference.

use std::sync::{Arc, Mutex, PoisonError};

use half::f16;
use refcast_core::{OntologyId, Query};

use crate::effects::{Evidence, OwnChange, StandIns, Way, any_loss};
use crate::error::Result;
use crate::latent::{Encoder, Group, LatentModel};
use crate::linalg::{Cholesky, Symmetric};
use crate::model::Model;

/// A query that this model can answer, with its evidence.
#[derive(Debug, Clone)]
pub struct Plan {
    query: Query,
    pub(crate) prepared: Arc<Prepared>,
}

/// What is the same for every query of one perturbation.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The evidence; none for a control.
    pub(crate) evidence: Option<Evidence>,
    /// What stood in for what, in sentences.
    pub(crate) notes: Vec<String>,
    /// Genes that the perturbation is aimed at and whose change is known from others.
    pub(crate) aimed_at: Vec<(usize, OwnChange)>,
    /// The effect's place among the latents.
    pub(crate) space: ResponseSpace,
    encoder: Mutex<Option<Arc<Encoder>>>,
}

impl Plan {
    pub(crate) fn new(model: &Model, query: &Query) -> Result<Self> {
        let mut notes = Vec::new();
        let evidence = if query.perturbation.is_control() {
            None
        } else {
            Some(gather(model, query, &mut notes)?)
        };
        Ok(Self {
            query: query.clone(),
            prepared: Arc::new(Prepared {
                aimed_at: aimed_at(model, query),
                evidence,
                notes,
                space: ResponseSpace::new(model.latent()),
                encoder: Mutex::new(None),
            }),
        })
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

    /// The query that was planned.
    pub fn query(&self) -> &Query {
        &self.query
    }
}

impl Prepared {
    /// The encoder for a set of measured genes; the samples of a file share theirs.
    pub(crate) fn encoder(&self, model: &LatentModel, observed: &Arc<[bool]>) -> Arc<Encoder> {
        // A panic elsewhere cannot leave the cell half-written: it is replaced whole.
        let kept = || self.encoder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(encoder) = kept().as_ref().filter(|encoder| encoder.fits(observed)) {
            return encoder.clone();
        }
        // Not under the lock: it is made in parallel, and a thread that waits for its parts may
        // take up another reference meanwhile, which would wait for the lock that it holds itself.
        let encoder = Arc::new(Encoder::new(model, observed));
        *kept() = Some(encoder.clone());
        encoder
    }
}

/// What the bank has on a query, from what was seen itself, what stands for it and what acts alike.
fn gather(model: &Model, query: &Query, notes: &mut Vec<String>) -> Result<Evidence> {
    let perturbation = &query.perturbation;
    let way = Way::of(perturbation.kind());
    let mut stand_ins: Vec<StandIns> = Vec::new();
    for entity in perturbation.entities() {
        stand_ins.push(stand_ins_of(model, entity, way, notes)?);
    }
    let bank = model.effects();
    let evidence = Evidence::gather(
        bank,
        &model.latent().mean,
        perturbation,
        &stand_ins,
        model.relation(),
    );
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
    if !trained {
        // What was never seen itself is answered from its species, parent or family.
        let standing = model.standing_for(entity);
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
    for kin in model.knowledge().kin_of(entity, way) {
        if kin.way == way || is_footprint(kin.entity) {
            stand_ins.push((kin.entity.clone(), kin.likeness));
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
    if !trained && mechanisms.is_empty() && way == Way::Loss && stand_ins.len() == 1 {
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

/// The perturbation latents as a space that effects are projected into.
///
/// δ = (I + Σ_g p_g p_gᵀ / ψ_g)⁻¹ Σ_g p_g e_g / ψ_g for an effect e, with p_g the gene's loadings
/// on the perturbation group.
#[derive(Debug, Clone)]
pub(crate) struct ResponseSpace {
    gram: Option<Cholesky>,
}

impl ResponseSpace {
    fn new(model: &LatentModel) -> Self {
        let gram = weighted_gram(
            model,
            |gene| 1.0 / f64::from(model.residual_variance[gene]),
            1.0,
        );
        Self {
            gram: gram.cholesky(),
        }
    }

    /// The latents of an effect `[genes]`.
    pub fn project(&self, model: &LatentModel, effect: &[f64]) -> Vec<f64> {
        let range = model.range(Group::Perturbation);
        let mut right = vec![0.0; range.len()];
        for (gene, effect) in effect.iter().enumerate() {
            let weighted = effect / f64::from(model.residual_variance[gene]);
            for (sum, loading) in right.iter_mut().zip(group_loadings(model, gene)) {
                *sum += weighted * f64::from(loading.to_f32());
            }
        }
        self.gram
            .as_ref()
            .map_or(right.clone(), |gram| gram.solve(&right))
    }

    /// A draw of the shift of ln(1 + CPM) `[genes]` that the evidence leaves open, from the
    /// variance of each gene's effect and standard normal numbers, one per perturbation latent.
    pub fn draw(&self, model: &LatentModel, variance: &[f64], normals: &[f64]) -> Vec<f64> {
        let genes = model.genes();
        let Some(gram) = &self.gram else {
            return vec![0.0; genes];
        };
        // Covariance of the projection of independent errors: G⁻¹ M G⁻¹ with M = Σ p pᵀ v / ψ².
        let spread = weighted_gram(
            model,
            |gene| {
                let precision = 1.0 / f64::from(model.residual_variance[gene]);
                variance[gene] * precision * precision
            },
            1e-9,
        );
        let (values, vectors) = spread.eigen();
        let mut root_times_normals = vec![0.0; normals.len()];
        for ((value, vector), normal) in values.iter().zip(&vectors).zip(normals) {
            let scale = value.max(0.0).sqrt() * normal;
            for (sum, component) in root_times_normals.iter_mut().zip(vector) {
                *sum += scale * component;
            }
        }
        let shift = gram.solve(&root_times_normals);
        (0..genes)
            .map(|gene| {
                let terms = group_loadings(model, gene).iter().zip(&shift);
                terms
                    .map(|(loading, shift)| f64::from(loading.to_f32()) * shift)
                    .sum()
            })
            .collect()
    }
}

fn group_loadings(model: &LatentModel, gene: usize) -> &[f16] {
    &model.loadings_of(gene)[model.range(Group::Perturbation)]
}

/// ridge·I + Σ_g weight(g) · p_g · p_gᵀ.
fn weighted_gram(model: &LatentModel, weight: impl Fn(usize) -> f64, ridge: f64) -> Symmetric {
    let n = model.sizes.perturbation;
    let mut sum = vec![0.0; n * n];
    let mut wide = vec![0.0; n];
    for gene in 0..model.genes() {
        for (to, from) in wide.iter_mut().zip(group_loadings(model, gene)) {
            *to = f64::from(from.to_f32());
        }
        let weight = weight(gene);
        for row in 0..n {
            let scaled = weight * wide[row];
            for column in 0..=row {
                sum[row * n + column] += scaled * wide[column];
            }
        }
    }
    Symmetric::from_fn(n, |row, column| {
        sum[row * n + column] + if row == column { ridge } else { 0.0 }
    })
}
