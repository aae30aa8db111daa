//! Which entries of the bank speak for a perturbation, and with what weight for a reference.

use std::sync::Arc;

use refcast_core::{Dose, Duration, GeneId, OntologyId, Perturbation, PerturbationType};

use super::bank::EffectBank;
use super::knowledge::Knowledge;
use super::posterior::{Posterior, Target};
use super::relation::{Kriging, Relation, Side, context_correlation};
use super::size::Limit;
use crate::linalg::Symmetric;

/// The most entries whose effects are solved for together; the work grows with its third power.
const MOST_ENTRIES: usize = 16;
/// The most of these that speak for the perturbation itself; the rest are its neighbours.
const MOST_MATCHES: usize = 12;
/// The most means over lost genes that speak for the loss of another. Which of them are near is the
/// reference's affair, and only near ones tell anything.
const MOST_LOSSES: usize = crate::linalg::MOST;
/// Likeness to a match from which on another entry of the bank helps to estimate it.
const HELPFUL_LIKENESS: f64 = 0.3;
/// Pairs of contexts that the prior of what all contexts share counts for.
const PRIOR_PAIRS: f64 = 2.0;
/// Squared ln ratio of times that the prior of what time does counts for.
const PRIOR_TIMES: f64 = 0.5;
/// Contexts as near as this say nothing about what far ones share.
const TOO_NEAR: f64 = 0.8;
/// Nearness from which on a context is of the reference's own kind of cells.
const OWN_KIND: f64 = 0.9;
/// Effects smaller than this, ln(1 + CPM), say nothing about what they have in common.
const TELLING_SIZE: f64 = 0.1;

/// An entry that speaks for the perturbation, or for one of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Index into the bank.
    pub entry: usize,
    /// 1 for the same entities and type; less where one stands for another, below 0 where it works
    /// against it.
    pub similarity: f64,
}

/// A part of the perturbation that entries can match: the whole, or one entity of a combination.
#[derive(Debug, Clone)]
struct Part {
    time: Option<Duration>,
    doses: Vec<Dose>,
    matches: Vec<Match>,
    /// Correlations among the matches by entity, treatment and context.
    among: Symmetric,
    /// How this perturbation carries over, as far as the bank shows it.
    relation: Relation,
    /// What else is done, for a part of a combination that was seen on top of it.
    background: Option<String>,
    /// The receptor that limits the response in the reference, and its level behind each match.
    limit: Option<Limit>,
    limits: Vec<Option<f64>>,
}

/// What stands in for an entity: itself, and others that act as it does or against it.
pub type StandIns = Vec<(OntologyId, f64)>;

/// The evidence for a perturbation, prepared for every reference.
#[derive(Debug, Clone)]
pub struct Evidence {
    whole: Option<Part>,
    parts: Vec<Part>,
    silent: Vec<usize>,
    posterior: Arc<Posterior>,
    relation: Relation,
    typical_log_size: f64,
}

/// The evidence as it bears on one reference.
#[derive(Debug, Clone)]
pub struct Bearing {
    /// The asked effect.
    pub target: Target,
    /// Weight of each entry, in the order of [`Posterior::entries`]; below 0 for what works
    /// against the asked perturbation.
    pub weights: Vec<f64>,
    /// The part of the effect's variance that the evidence explains, 0 to 1.
    pub explained: f64,
    /// Nearness of the contexts behind the evidence to the reference, 0 to 1.
    pub nearness: f64,
}

/// A reference, as far as evidence asks about it.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// Correlation of the profile with each context of the bank, `[contexts]`; see
    /// [`ContextProfiles`](super::ContextProfiles).
    pub correlations: &'a [f64],
    /// ln(1 + CPM), `[genes]`.
    pub profile: &'a [f64],
    /// Whether the reference measures a gene, `[genes]`.
    pub observed: &'a [bool],
}

/// Kriging over one part, in units of the entries' effects.
struct Share {
    /// A weight for each match.
    weights: Vec<f64>,
    explained: f64,
    /// Variance of the asked effect, ln(1 + CPM)² per expressed gene.
    variance: f64,
}

impl Evidence {
    /// Gathers what the bank has on a perturbation. `stand_ins` are given for each entity of the
    /// perturbation, in its order, the entity itself among them with similarity 1. An entity that
    /// nothing speaks for is among the [`silent`](Self::silent); its effect is no change.
    pub fn gather(
        bank: &EffectBank,
        centre: &[f32],
        perturbation: &Perturbation,
        stand_ins: &[StandIns],
        relation: Relation,
    ) -> Self {
        let kind = perturbation.kind();
        let time = perturbation.time();
        let all: Vec<&StandIns> = stand_ins.iter().collect();
        let whole = matches(bank, &all, kind);
        let part = |doses: &[Dose], background: Option<String>, matches| {
            let asked = Asked {
                time,
                doses,
                background,
            };
            Part::new(bank, centre, relation, asked, matches)
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
                    parts.push(part(&dose, background, found));
                }
            }
        } else if whole.is_empty() {
            silent.push(0);
        }
        let whole = (!whole.is_empty()).then(|| part(perturbation.doses(), None, whole));
        if whole.is_some() && !silent.is_empty() {
            // The whole was seen; half of its parts would pull it to one side.
            parts.clear();
            silent.clear();
        }
        let entries = selected(bank, whole.iter().chain(&parts));
        Self {
            whole,
            parts,
            silent,
            posterior: Posterior::new(bank, &entries),
            relation,
            typical_log_size: bank.typical_log_size(),
        }
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

    /// Whether a combination is answered from its parts alone.
    pub fn is_sum_of_parts(&self) -> bool {
        self.whole.is_none() && !self.parts.is_empty()
    }

    /// The prepared posterior.
    pub fn posterior(&self) -> &Posterior {
        &self.posterior
    }

    /// The evidence as it bears on a reference.
    pub fn bear_on(&self, bank: &EffectBank, cells: &Cells<'_>) -> Bearing {
        let entries = self.posterior.entries();
        let mut kriged = vec![0.0; entries.len()];
        let (mut explained, mut variance) = (0.0, 0.0);
        let mut add = |part: &Part, share: &Share, factor: f64| {
            for (found, weight) in part.matches.iter().zip(&share.weights) {
                if let Some(place) = entries.iter().position(|&own| own == found.entry) {
                    kriged[place] += factor * weight;
                }
            }
        };
        let near: Vec<f64> = cells
            .correlations
            .iter()
            .map(|correlation| self.relation.nearness(*correlation))
            .collect();
        let background = background(bank, &near);
        let krige = |part: &Part| {
            let typical = self.typical_log_size;
            part.krige(bank, typical, cells, &near, background)
        };
        if let Some(whole) = &self.whole {
            let share = krige(whole);
            add(whole, &share, 1.0);
            (explained, variance) = (share.explained, share.variance);
        }
        let left = 1.0 - explained;
        let shares: Vec<Share> = self.parts.iter().map(krige).collect();
        for (part, share) in self.parts.iter().zip(&shares) {
            add(part, share, left);
        }
        if !shares.is_empty() {
            let n = shares.len() as f64;
            explained += left * shares.iter().map(|share| share.explained).sum::<f64>() / n;
            variance += left * shares.iter().map(|share| share.variance).sum::<f64>();
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
        Bearing {
            target: self
                .posterior
                .target(&weights, (1.0 - explained).max(0.0) * variance),
            weights,
            explained: explained * repeated,
            nearness: part_of(nearness),
        }
    }
}

/// What is asked of a part.
struct Asked<'a> {
    time: Option<Duration>,
    doses: &'a [Dose],
    background: Option<String>,
}

impl Part {
    fn new(
        bank: &EffectBank,
        centre: &[f32],
        relation: Relation,
        asked: Asked<'_>,
        mut matches: Vec<Match>,
    ) -> Self {
        let target = Side {
            time: asked.time,
            doses: asked.doses,
            background: asked.background.as_deref(),
        };
        let strength = |found: &Match| {
            let treatment = relation.of_treatment(target, Side::from(&bank.entries()[found.entry]));
            found.similarity.abs() * treatment
        };
        matches.sort_by(|a, b| {
            // Of means over lost genes, all alike in strength, those over most genes.
            let error = |found: &Match| bank.entries()[found.entry].error_scale;
            strength(b)
                .total_cmp(&strength(a))
                .then(error(a).total_cmp(&error(b)))
                .then(a.entry.cmp(&b.entry))
        });
        let of_any_loss = |found: &Match| bank.is_any_loss(found.entry);
        let (most, relation) = if !matches.is_empty() && matches.iter().all(of_any_loss) {
            (MOST_LOSSES, relation.for_any_loss())
        } else {
            (MOST_MATCHES, relation)
        };
        matches.truncate(most);
        let contexts = Symmetric::from_fn(matches.len(), |i, j| {
            let context = |at: usize| bank.entries()[matches[at].entry].context;
            context_correlation(bank, centre, context(i), context(j))
        });
        let relation = refined(bank, relation, &matches, &contexts);
        let among = Symmetric::from_fn(matches.len(), |i, j| {
            if i == j {
                return 1.0;
            }
            let (a, b) = (&matches[i], &matches[j]);
            let (one, other) = (&bank.entries()[a.entry], &bank.entries()[b.entry]);
            let by_entity = if one.entities == other.entities {
                1.0
            } else {
                a.similarity * b.similarity
            };
            let no_cells = bank.is_footprint(a.entry) || bank.is_footprint(b.entry);
            let by_context = if no_cells {
                1.0
            } else {
                relation.of_contexts(relation.nearness(contexts.get(i, j)))
            };
            by_entity * by_context * relation.of_treatment(one.into(), other.into())
        });
        Self {
            time: asked.time,
            doses: asked.doses.to_vec(),
            limits: vec![None; matches.len()],
            matches,
            among,
            relation,
            background: asked.background,
            limit: None,
        }
    }

    fn limit(
        &mut self,
        bank: &EffectBank,
        knowledge: &Knowledge,
        place: &dyn Fn(GeneId) -> Option<usize>,
        asked: &OntologyId,
    ) {
        self.limit = Limit::of(bank, knowledge, place, asked);
        self.limits = self
            .matches
            .iter()
            .map(|found| {
                let entry = &bank.entries()[found.entry];
                let [entity] = entry.entities.as_slice() else {
                    return None;
                };
                Limit::of(bank, knowledge, place, entity)?.in_context(bank, entry.context)
            })
            .collect();
    }

    fn krige(
        &self,
        bank: &EffectBank,
        typical: f64,
        cells: &Cells<'_>,
        near: &[f64],
        background: Option<&str>,
    ) -> Share {
        let relation = &self.relation;
        let target = Side {
            time: self.time,
            doses: &self.doses,
            background: self.background.as_deref().or(background),
        };
        let with_target: Vec<f64> = self
            .matches
            .iter()
            .map(|found| {
                let entry = &bank.entries()[found.entry];
                let by_context = if bank.is_footprint(found.entry) {
                    1.0
                } else {
                    relation.of_contexts(near[entry.context])
                };
                found.similarity
                    * entry.weight
                    * relation.of_treatment(target, entry.into())
                    * by_context
            })
            .collect();
        let kriging = Kriging::solve(&self.among, &with_target);
        let total: f64 = kriging.weights.iter().map(|weight| weight.abs()).sum();
        let own_limit = self
            .limit
            .as_ref()
            .and_then(|limit| limit.in_reference(cells.profile, cells.observed));
        let sources: f64 = self
            .matches
            .iter()
            .zip(&self.limits)
            .zip(&kriging.weights)
            .map(|((found, limit), weight)| {
                let entry = &bank.entries()[found.entry];
                let by_receptor = match (own_limit, limit) {
                    (Some(own), Some(theirs)) => relation.size.of_receptors(own, *theirs),
                    _ => 0.0,
                };
                let size = libm::log(bank.size(found.entry) / relation.part_of(bank, found.entry))
                    + relation.size.of_times(self.time, entry.time)
                    + by_receptor;
                weight.abs() * size
            })
            .sum();
        let expected = if total > 0.0 {
            relation
                .size
                .expected(sources / total, typical, kriging.explained)
        } else {
            typical
        };
        let weights = self
            .matches
            .iter()
            .zip(&kriging.weights)
            .map(|(found, weight)| {
                let scale = if bank.is_any_loss(found.entry) {
                    // What lost genes share in some cells is as large as it is, down to nothing.
                    relation.size.cautious(kriging.explained) / relation.part_of(bank, found.entry)
                } else {
                    libm::exp(expected) / bank.size(found.entry)
                };
                weight * scale
            })
            .collect();
        Share {
            weights,
            explained: kriging.explained,
            variance: libm::exp(2.0 * expected),
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

/// The relation as the perturbation itself shows it, as far as it was seen in several contexts and
/// at several times, drawn towards that of all perturbations.
fn refined(
    bank: &EffectBank,
    relation: Relation,
    matches: &[Match],
    contexts: &Symmetric,
) -> Relation {
    // What all contexts share: likeness = shared + (1 − shared)·near, by how much a pair tells.
    let mut shared = Mean::new(relation.shared_by_all_contexts, PRIOR_PAIRS);
    // Regressions through the origin on ln of the ratio of two times.
    let mut rate = Mean::new(relation.rate_per_log_time, PRIOR_TIMES);
    let mut growth = Mean::new(relation.size.per_log_time, PRIOR_TIMES);
    let tells = |found: &Match| {
        found.similarity >= 1.0
            && !bank.is_footprint(found.entry)
            && bank.size(found.entry) > TELLING_SIZE
    };
    for (i, one) in matches.iter().enumerate().filter(|(_, one)| tells(one)) {
        for (j, other) in matches.iter().enumerate().take(i).filter(|(_, m)| tells(m)) {
            let near = relation.nearness(contexts.get(i, j));
            let (a, b) = (&bank.entries()[one.entry], &bank.entries()[other.entry]);
            let likeness = bank.likeness(one.entry, other.entry);
            if near <= TOO_NEAR {
                let likeness = likeness / relation.of_treatment(a.into(), b.into());
                let far = 1.0 - near;
                shared.add((likeness - near) / far, far * far);
            } else if let (true, Some(x), Some(y)) = (a.study == b.study, a.time, b.time) {
                let ratio = libm::log(x.hours().max(0.5) / y.hours().max(0.5));
                if ratio != 0.0 && a.background == b.background {
                    let size = libm::log(bank.size(one.entry) / bank.size(other.entry));
                    rate.add(-libm::log(likeness.max(0.05)) / ratio.abs(), ratio * ratio);
                    growth.add(size / ratio, ratio * ratio);
                }
            }
        }
    }
    let mut refined = relation;
    refined.shared_by_all_contexts = shared.value().clamp(0.05, 0.9);
    refined.rate_per_log_time = rate.value().max(0.01);
    refined.size.per_log_time = growth.value();
    refined
}

/// A weighted mean that starts from a prior.
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn new(prior: f64, weight: f64) -> Self {
        Self {
            sum: prior * weight,
            weight,
        }
    }

    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
    }

    fn value(&self) -> f64 {
        self.sum / self.weight
    }
}

/// Entries whose entities are the asked ones, each once, in any order, or what stands for them.
fn matches(bank: &EffectBank, asked: &[&StandIns], kind: PerturbationType) -> Vec<Match> {
    let mut found = Vec::new();
    for (position, entry) in bank.entries().iter().enumerate() {
        if entry.entities.len() != asked.len() || entry.weight <= 0.0 {
            continue;
        }
        let alone = asked.len() == 1;
        // A pathway is the same however it was set off.
        let by_kind = if bank.is_footprint(position) {
            1.0
        } else {
            likeness_of_kinds(kind, entry.kind, alone)
        };
        let similarity = by_kind * likeness_of_sets(asked, &entry.entities);
        if similarity.abs() > 0.0 {
            found.push(Match {
                entry: position,
                similarity,
            });
        }
    }
    found
}

/// The strongest product of similarities when each asked entity takes one of the entry's for
/// itself; 0 where one of them finds none.
fn likeness_of_sets(asked: &[&StandIns], entities: &[OntologyId]) -> f64 {
    let Some((first, rest)) = asked.split_first() else {
        return 1.0;
    };
    let taking = |at: usize| {
        let own = first
            .iter()
            .filter(|(id, _)| *id == entities[at])
            .map(|(_, similarity)| *similarity)
            .fold(0.0, stronger);
        if own.abs() > 0.0 {
            let left = [&entities[..at], &entities[at + 1..]].concat();
            own * likeness_of_sets(rest, &left)
        } else {
            0.0
        }
    };
    (0..entities.len()).map(taking).fold(0.0, stronger)
}

fn stronger(a: f64, b: f64) -> f64 {
    if b.abs() > a.abs() { b } else { a }
}

/// How far an effect by one way of perturbing stands for another: all losses of a gene's function
/// resemble each other; giving a protein and editing its gene do not.
fn likeness_of_kinds(asked: PerturbationType, seen: PerturbationType, alone: bool) -> f64 {
    use PerturbationType::{
        Compound, Crispr, Genetic, Infection, Other, PeptideOrBiologic, Shrna, Sirna,
    };
    let losses = [Crispr, Genetic, Shrna, Sirna];
    let agents = [Compound, PeptideOrBiologic, Infection, Other];
    if asked == seen {
        1.0
    } else if losses.contains(&asked) && losses.contains(&seen) {
        0.85
    } else if agents.contains(&asked) && agents.contains(&seen) {
        // The type of a combination is that of one of its parts; alone it is a matter of wording.
        if alone { 0.95 } else { 1.0 }
    } else {
        0.0
    }
}

/// The matches and those other entries of the bank that most resemble them.
fn selected<'a>(bank: &EffectBank, parts: impl Iterator<Item = &'a Part>) -> Vec<usize> {
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
