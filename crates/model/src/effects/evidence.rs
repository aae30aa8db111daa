//! Which entries of the bank speak for a perturbation, and with what weight for a reference.

use std::sync::Arc;

use refcast_core::{Dose, GeneId, Perturbation};

use super::bank::EffectBank;
use super::entity_evidence::{EntityEvidence, KrigingWeights, QueriedTreatment};
use super::knowledge::Knowledge;
use super::matching::{Match, StandIns, matches};
use super::posterior::{EffectPosterior, TargetEffect};
use super::refined::TELLING_SIZE;
use super::similarity::SimilarityParameters;
use crate::error::Result;

/// The most entries whose effects are solved for together; the work grows with its third power.
const MOST_ENTRIES: usize = 16;
/// Likeness to a match from which on another entry of the bank helps to estimate it.
const HELPFUL_LIKENESS: f64 = 0.3;
/// Nearness from which on a context is of the reference's own kind of cells.
const OWN_KIND: f64 = 0.9;

/// The evidence for a perturbation, prepared for every reference.
#[derive(Debug, Clone)]
pub struct Evidence {
    whole: Option<EntityEvidence>,
    parts: Vec<EntityEvidence>,
    silent: Vec<usize>,
    posterior: Arc<EffectPosterior>,
    relation: SimilarityParameters,
    typical_log_size: f64,
}

/// What becomes of a dose that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoseUse {
    /// What was seen counts the less the further its dose is from this one; or nothing was seen.
    Told,
    /// Nothing: what was seen is stated without a dose.
    NoneStated,
    /// Nothing: what was seen has doses of another dimension, or of several entities together.
    NotComparable(Vec<String>),
}

/// The evidence with its weights for one reference.
#[derive(Debug, Clone)]
pub struct WeightedEvidence {
    /// The asked effect.
    pub target: TargetEffect,
    /// Weight of each entry, in the order of [`EffectPosterior::entries`]; below 0 for what works
    /// against the asked perturbation.
    pub weights: Vec<f64>,
    /// The part of the effect's variance that the evidence explains, 0 to 1.
    pub explained: f64,
    /// Nearness of the contexts behind the evidence to the reference, 0 to 1.
    pub nearness: f64,
}

/// A reference, as far as evidence asks about it.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceProfile<'a> {
    /// Correlation of the profile with each context of the bank, `[contexts]`; see
    /// [`ContextProfiles`](super::ContextProfiles).
    pub correlations: &'a [f64],
    /// ln(1 + CPM), `[genes]`.
    pub profile: &'a [f64],
    /// Whether the reference measures a gene, `[genes]`.
    pub observed: &'a [bool],
}

impl Evidence {
    /// Gathers what the bank has on a perturbation. `stand_ins` are given for each entity of the
    /// perturbation, in its order, the entity itself among them with similarity 1. An entity that
    /// nothing speaks for is among the [`silent`](Self::silent); its effect is no change. `posterior`
    /// prepares what a set of entries says of each gene.
    ///
    /// # Errors
    /// Of `posterior`.
    pub fn gather(
        bank: &EffectBank,
        centre: &[f32],
        perturbation: &Perturbation,
        stand_ins: &[StandIns],
        relation: SimilarityParameters,
        posterior: impl FnOnce(&[usize]) -> Result<Arc<EffectPosterior>>,
    ) -> Result<Self> {
        let kind = perturbation.kind();
        let time = perturbation.time();
        let all: Vec<&StandIns> = stand_ins.iter().collect();
        let whole = matches(bank, &all, kind);
        let part = |entity, doses: &[Dose], background: Option<String>, matches| {
            let asked = QueriedTreatment {
                entity,
                time,
                doses,
                background,
            };
            EntityEvidence::new(bank, centre, relation, asked, matches)
        };
        let mut parts = Vec::new();
        let mut silent = Vec::new();
        if stand_ins.len() > 1 {
            for (position, own) in stand_ins.iter().enumerate() {
                let found = matches(bank, &[own], kind);
                if found.is_empty() {
                    silent.push(position);
                } else {
                    let dose: Vec<Dose> = perturbation
                        .dose_of(position)
                        .cloned()
                        .into_iter()
                        .collect();
                    let others = perturbation.entities().iter().enumerate();
                    let others: Vec<String> = others
                        .filter(|(other, _)| *other != position)
                        .map(|(_, entity)| entity.to_string())
                        .collect();
                    // An effect that was seen on top of the other part, such as a blocker's on its
                    // agonist's, is what it adds to it.
                    let background = found
                        .iter()
                        .filter_map(|found| bank.entries()[found.entry].background.clone())
                        .find(|background| others.contains(background));
                    parts.push(part(Some(position), &dose, background, found));
                }
            }
        } else if whole.is_empty() {
            silent.push(0);
        }
        let whole = (!whole.is_empty()).then(|| part(None, perturbation.doses(), None, whole));
        if whole.is_some() && !silent.is_empty() {
            // The whole was seen; half of its parts would pull it to one side.
            parts.clear();
            silent.clear();
        }
        let entries = selected(bank, whole.iter().chain(&parts));
        Ok(Self {
            whole,
            parts,
            silent,
            posterior: posterior(&entries)?,
            relation,
            typical_log_size: bank.typical_log_size(),
        })
    }

    /// The same with the size of the response limited by the receptor of the perturbation, for one
    /// of a single entity. `place` finds a gene on the axis.
    #[must_use]
    pub fn limited(
        mut self,
        bank: &EffectBank,
        knowledge: &Knowledge,
        place: &dyn Fn(GeneId) -> Option<usize>,
        perturbation: &Perturbation,
    ) -> Self {
        let entities = perturbation.entities();
        if let ([asked], Some(part)) = (entities, self.whole.as_mut()) {
            part.limit(bank, knowledge, place, asked);
        }
        if self.parts.len() == entities.len() {
            for (part, asked) in self.parts.iter_mut().zip(entities) {
                part.limit(bank, knowledge, place, asked);
            }
        }
        self
    }

    /// The entries that speak for the perturbation or its parts.
    pub fn matches(&self) -> impl Iterator<Item = &Match> {
        self.whole
            .iter()
            .chain(&self.parts)
            .flat_map(|part| &part.matches)
    }

    /// Positions of the entities that no entry speaks for.
    pub fn silent(&self) -> &[usize] {
        &self.silent
    }

    /// What becomes of the dose of the entity at `position`, where anything speaks for it.
    pub fn use_of_dose(&self, bank: &EffectBank, position: usize) -> DoseUse {
        let all = self.whole.iter().chain(&self.parts);
        let parts: Vec<&EntityEvidence> = all.filter(|part| part.has(position)).collect();
        if parts.is_empty() || parts.iter().any(|part| part.tells_dose(bank)) {
            return DoseUse::Told;
        }
        let matches = parts.iter().flat_map(|part| &part.matches);
        let stated = matches.map(|found| &bank.entries()[found.entry].doses);
        let mut stated: Vec<&Vec<Dose>> = stated.filter(|doses| !doses.is_empty()).collect();
        stated.sort();
        stated.dedup();
        match stated.as_slice() {
            [] => DoseUse::NoneStated,
            stated => DoseUse::NotComparable(
                stated
                    .iter()
                    .map(|doses| {
                        doses
                            .iter()
                            .map(Dose::to_string)
                            .collect::<Vec<_>>()
                            .join("; ")
                    })
                    .collect(),
            ),
        }
    }

    /// Whether a combination is answered from its parts alone.
    pub fn is_sum_of_parts(&self) -> bool {
        self.whole.is_none() && !self.parts.is_empty()
    }

    /// The prepared posterior.
    pub fn posterior(&self) -> &EffectPosterior {
        &self.posterior
    }

    /// The evidence, weighted for a reference.
    pub fn weigh_for(
        &self,
        bank: &EffectBank,
        reference: &ReferenceProfile<'_>,
    ) -> WeightedEvidence {
        let entries = self.posterior.entries();
        let mut kriged = vec![0.0; entries.len()];
        let (mut explained, mut variance) = (0.0, 0.0);
        let mut add = |part: &EntityEvidence, kriging: &KrigingWeights, factor: f64| {
            for (found, weight) in part.matches.iter().zip(&kriging.weights) {
                if let Some(place) = entries.iter().position(|&own| own == found.entry) {
                    kriged[place] += factor * weight;
                }
            }
        };
        let near: Vec<f64> = reference
            .correlations
            .iter()
            .map(|correlation| self.relation.nearness(*correlation))
            .collect();
        let background = background(bank, &near);
        let krige = |part: &EntityEvidence| {
            let typical = self.typical_log_size;
            part.krige(bank, typical, reference, background)
        };
        if let Some(whole) = &self.whole {
            let kriging = krige(whole);
            add(whole, &kriging, 1.0);
            (explained, variance) = (kriging.explained, kriging.variance);
        }
        let left = 1.0 - explained;
        let krigings: Vec<KrigingWeights> = self.parts.iter().map(krige).collect();
        for (part, kriging) in self.parts.iter().zip(&krigings) {
            add(part, kriging, left);
        }
        if !krigings.is_empty() {
            let n = krigings.len() as f64;
            explained += left
                * krigings
                    .iter()
                    .map(|kriging| kriging.explained)
                    .sum::<f64>()
                / n;
            variance += left * krigings.iter().map(|kriging| kriging.variance).sum::<f64>();
        }
        let total: f64 = kriged.iter().map(|weight| weight.abs()).sum();
        let nearness: f64 = entries
            .iter()
            .zip(&kriged)
            .map(|(&entry, weight)| {
                let context = bank.entries()[entry].context;
                weight.abs() * near[context]
            })
            .sum();
        // What does not repeat between donors is not expected of the next one.
        let weights: Vec<f64> = entries
            .iter()
            .zip(&kriged)
            .map(|(&entry, weight)| weight * bank.entries()[entry].reproducibility)
            .collect();
        let part_of = |sum: f64| if total > 0.0 { sum / total } else { 0.0 };
        let repeated = part_of(weights.iter().map(|weight| weight.abs()).sum());
        WeightedEvidence {
            target: self
                .posterior
                .target(&weights, (1.0 - explained).max(0.0) * variance),
            weights,
            explained: explained * repeated,
            nearness: part_of(nearness),
        }
    }
}

/// What the cells of a reference have been under already: that of the nearest context, where the
/// reference is as near to it as its own kind of cells. A query does not say it; the cells do.
fn background<'a>(bank: &'a EffectBank, near: &[f64]) -> Option<&'a str> {
    let (nearest, nearness) = near
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    if *nearness < OWN_KIND {
        return None;
    }
    let mut entries = bank.entries().iter();
    entries
        .find(|entry| entry.context == nearest)?
        .background
        .as_deref()
}

/// The matches and those other entries of the bank that most resemble them.
fn selected<'a>(bank: &EffectBank, parts: impl Iterator<Item = &'a EntityEvidence>) -> Vec<usize> {
    let mut entries: Vec<usize> = parts
        .flat_map(|part| part.matches.iter().map(|found| found.entry))
        .collect();
    entries.sort_unstable();
    entries.dedup();
    entries.truncate(crate::linalg::MOST);
    let mut neighbours: Vec<(f64, usize)> = (0..bank.entries().len())
        .filter(|&entry| {
            // An aggregate is of no study's cells, and a small effect is mostly error.
            let own = bank.entries()[entry].samples > 0 && bank.size(entry) > TELLING_SIZE;
            own && !entries.contains(&entry)
        })
        .map(|other| {
            let best = entries
                .iter()
                .map(|&entry| bank.likeness(entry, other).abs());
            (best.fold(0.0, f64::max), other)
        })
        .filter(|(likeness, _)| *likeness >= HELPFUL_LIKENESS)
        .collect();
    neighbours.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    neighbours.truncate(MOST_ENTRIES.saturating_sub(entries.len()));
    entries.extend(neighbours.into_iter().map(|(_, entry)| entry));
    entries.sort_unstable();
    entries
}
