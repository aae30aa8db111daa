//! A query made ready: everything that is the same for every reference.

use std::sync::{Arc, Mutex, PoisonError};

use half::f16;
use refcast_core::{Fault, Faults, OntologyId, Query};

use crate::effects::{Entry, Evidence, StandIns};
use crate::error::Result;
use crate::latent::{Encoder, Group, LatentModel};
use crate::linalg::{Cholesky, Symmetric};
use crate::model::Model;

/// A query that this model can answer, with its evidence.
#[derive(Debug)]
pub struct Plan {
    /// The query.
    pub(crate) query: Query,
    /// The evidence; none for a control.
    pub(crate) evidence: Option<Evidence>,
    /// What stood in for what, in sentences.
    pub(crate) notes: Vec<String>,
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
            evidence,
            notes,
            space: ResponseSpace::new(model.latent()),
            encoder: Mutex::new(None),
        })
    }

    /// The query that was planned.
    pub fn query(&self) -> &Query {
        &self.query
    }

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

fn gather(model: &Model, query: &Query, notes: &mut Vec<String>) -> Result<Evidence> {
    let entities = query.perturbation.entities();
    let mut stand_ins: Vec<StandIns> = Vec::with_capacity(entities.len());
    for entity in entities {
        let own = vec![(entity.clone(), 1.0)];
        if is_trained(model, entity) {
            stand_ins.push(own);
            continue;
        }
        // Only what was never seen itself is answered from its species, parent or family.
        let kin = model.standing_for(entity);
        if let Some(best) = kin.first() {
            notes.push(format!("{}: {}", model.label(entity)?, best.sentence));
        }
        let kin = kin
            .into_iter()
            .map(|standing| (standing.id, f64::from(standing.similarity)));
        stand_ins.push(own.into_iter().chain(kin).collect());
    }
    let gathered = Evidence::gather(
        model.effects(),
        &model.latent().mean,
        &query.perturbation,
        &stand_ins,
        model.relation(),
    );
    match gathered {
        Ok(evidence) => Ok(evidence),
        Err(silent) => {
            let mut faults = Faults::new();
            for position in silent {
                faults.push(untrained(model, &entities[position], query)?);
            }
            Err(faults.into_error().into())
        }
    }
}

fn is_trained(model: &Model, entity: &OntologyId) -> bool {
    let entries = model.effects().entries();
    entries.iter().any(|entry| entry.entities.contains(entity))
}

/// The fault of an entity that is known and was never perturbed in the training data this way.
fn untrained(model: &Model, entity: &OntologyId, query: &Query) -> Result<Fault> {
    let label = model.label(entity)?;
    let seen: Vec<&Entry> = {
        let entries = model.effects().entries().iter();
        entries
            .filter(|entry| entry.entities.contains(entity))
            .collect()
    };
    if seen.is_empty() {
        let message = format!(
            "{label} is known, but the training data hold no sample treated with it; \
             ask for one of its nearest relatives that they do hold, or train on data of your own"
        );
        let fault = Fault::new("perturbation_ontology_id", "no_training_data", message);
        return Ok(fault.with_nearest(model.relatives(entity, 5)?));
    }
    let alone: Vec<&&Entry> = seen
        .iter()
        .filter(|entry| entry.entities.len() == 1)
        .collect();
    if alone.is_empty() {
        let mut together: Vec<String> = seen
            .iter()
            .map(|entry| {
                entry
                    .entities
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("|")
            })
            .collect();
        together.sort();
        together.dedup();
        let message = format!(
            "{label} was seen only together with others, never alone; ask for the combination"
        );
        let fault = Fault::new("perturbation_ontology_id", "no_training_data", message);
        return Ok(fault.with_nearest(together));
    }
    let mut types: Vec<&str> = alone.iter().map(|entry| entry.kind.name()).collect();
    types.sort_unstable();
    types.dedup();
    let message = format!(
        "{label} was not seen with type {}; the training data hold it as: {}",
        query.perturbation.kind().name(),
        types.join(", ")
    );
    let fault = Fault::new("perturbation_type", "no_training_data", message);
    Ok(fault.with_nearest(types.into_iter().map(str::to_owned).collect()))
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
