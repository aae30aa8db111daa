//! Which entries of the bank speak for a perturbation, and with what weight for a reference.

use refcast_core::{Dose, Duration, OntologyId, Perturbation, PerturbationType};

use super::bank::EffectBank;
use super::posterior::{Posterior, Target};
use super::relation::{Kriging, Relation, Side, context_correlation};
use crate::linalg::Symmetric;

/// The most entries whose effects are solved for together; the work grows with its third power.
const MOST_ENTRIES: usize = crate::linalg::MOST;
/// The most of these that speak for the perturbation itself; the rest are its neighbours.
const MOST_MATCHES: usize = 12;
/// Likeness to a match from which on another entry of the bank helps to estimate it.
const HELPFUL_LIKENESS: f64 = 0.3;

/// An entry that speaks for the perturbation, or for one of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Index into the bank.
    pub entry: usize,
    /// 1 for the same entities and type; less where one stands for another.
    pub similarity: f64,
}

/// A part of the perturbation that entries can match: the whole, or one entity of a combination.
#[derive(Debug, Clone)]
struct Part {
    time: Option<Duration>,
    doses: Vec<Dose>,
    matches: Vec<Match>,
    /// Correlations among the matches by treatment and context.
    among: Symmetric,
}

/// What stands in for an entity: itself, and near-identical ones such as its species or parent.
pub type StandIns = Vec<(OntologyId, f64)>;

/// The evidence for a perturbation, prepared for every reference.
#[derive(Debug, Clone)]
pub struct Evidence {
    whole: Option<Part>,
    parts: Vec<Part>,
    posterior: Posterior,
    relation: Relation,
}

/// The evidence as it bears on one reference.
#[derive(Debug, Clone)]
pub struct Bearing<'a> {
    /// The asked effect.
    pub target: Target<'a>,
    /// Weight of each entry, in the order of [`Posterior::entries`].
    pub weights: Vec<f64>,
    /// The part of the effect's variance that the evidence explains, 0 to 1.
    pub explained: f64,
    /// Nearness of the contexts behind the evidence to the reference, 0 to 1.
    pub nearness: f64,
}

impl Evidence {
    /// Gathers what the bank has on a perturbation. `stand_ins` are given for each entity of the
    /// perturbation, in its order, the entity itself among them with similarity 1.
    ///
    /// # Errors
    /// The positions of the entities that no entry speaks for, when the whole is not there either.
    pub fn gather(
        bank: &EffectBank,
        centre: &[f32],
        perturbation: &Perturbation,
        stand_ins: &[StandIns],
        relation: Relation,
    ) -> Result<Self, Vec<usize>> {
        let kind = perturbation.kind();
        let time = perturbation.time();
        let all: Vec<&StandIns> = stand_ins.iter().collect();
        let whole = matches(bank, &all, kind);
        let part =
            |doses: &[Dose], matches| Part::new(bank, centre, relation, time, doses, matches);
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
                    parts.push(part(&dose, found));
                }
            }
        } else if whole.is_empty() {
            silent.push(0);
        }
        if whole.is_empty() && !silent.is_empty() {
            return Err(silent);
        }
        let whole = (!whole.is_empty()).then(|| part(perturbation.doses(), whole));
        if !silent.is_empty() {
            // The whole was seen; half of its parts would pull it to one side.
            parts.clear();
        }
        let entries = selected(bank, whole.iter().chain(&parts));
        Ok(Self {
            whole,
            parts,
            posterior: Posterior::new(bank, &entries),
            relation,
        })
    }

    /// The entries that speak for the perturbation or its parts.
    pub fn matches(&self) -> impl Iterator<Item = &Match> {
        self.whole
            .iter()
            .chain(&self.parts)
            .flat_map(|part| &part.matches)
    }

    /// Whether a combination is answered from its parts alone.
    pub fn is_sum_of_parts(&self) -> bool {
        self.whole.is_none()
    }

    /// The prepared posterior.
    pub fn posterior(&self) -> &Posterior {
        &self.posterior
    }

    /// The evidence as it bears on a reference whose profile correlates so with each context of the
    /// bank, `[contexts]`; see [`profile_correlations`](super::profile_correlations).
    pub fn bear_on(&self, bank: &EffectBank, correlations: &[f64]) -> Bearing<'_> {
        let entries = self.posterior.entries();
        let mut kriged = vec![0.0; entries.len()];
        let mut explained = 0.0;
        let place = |entry: usize| entries.iter().position(|&own| own == entry);
        if let Some(whole) = &self.whole {
            let kriging = whole.krige(bank, &self.relation, correlations);
            explained = kriging.explained;
            for (found, weight) in whole.matches.iter().zip(kriging.weights) {
                if let Some(place) = place(found.entry) {
                    kriged[place] += weight;
                }
            }
        }
        let left = 1.0 - explained;
        let parts: Vec<Kriging> = self
            .parts
            .iter()
            .map(|part| part.krige(bank, &self.relation, correlations))
            .collect();
        for (part, kriging) in self.parts.iter().zip(&parts) {
            for (found, weight) in part.matches.iter().zip(&kriging.weights) {
                if let Some(place) = place(found.entry) {
                    kriged[place] += left * weight;
                }
            }
        }
        if !parts.is_empty() {
            let mean = parts.iter().map(|part| part.explained).sum::<f64>() / parts.len() as f64;
            explained += left * mean;
        }
        let total: f64 = kriged.iter().sum();
        let average = |value: &dyn Fn(usize) -> f64| {
            let sum: f64 = entries
                .iter()
                .zip(&kriged)
                .map(|(&entry, weight)| weight * value(entry))
                .sum();
            if total > 0.0 { sum / total } else { 0.0 }
        };
        let size = average(&|entry| bank.signal(entry, entry).max(0.0));
        let nearness = average(&|entry| {
            self.relation
                .nearness(correlations[bank.entries()[entry].context])
        });
        // What does not repeat between donors is not expected of the next one.
        let weights: Vec<f64> = entries
            .iter()
            .zip(&kriged)
            .map(|(&entry, weight)| weight * bank.entries()[entry].reproducibility)
            .collect();
        let repeated = if total > 0.0 {
            weights.iter().sum::<f64>() / total
        } else {
            0.0
        };
        Bearing {
            target: self
                .posterior
                .target(&weights, (1.0 - explained).max(0.0) * size),
            weights,
            explained: explained * repeated,
            nearness,
        }
    }
}

impl Part {
    fn new(
        bank: &EffectBank,
        centre: &[f32],
        relation: Relation,
        time: Option<Duration>,
        doses: &[Dose],
        mut matches: Vec<Match>,
    ) -> Self {
        let target = Side {
            time,
            doses,
            background: None,
        };
        let strength = |found: &Match| {
            found.similarity
                * relation.of_treatment(target, Side::from(&bank.entries()[found.entry]))
        };
        matches.sort_by(|a, b| {
            strength(b)
                .total_cmp(&strength(a))
                .then(a.entry.cmp(&b.entry))
        });
        matches.truncate(MOST_MATCHES);
        let among = Symmetric::from_fn(matches.len(), |i, j| {
            if i == j {
                return 1.0;
            }
            let (one, other) = (
                &bank.entries()[matches[i].entry],
                &bank.entries()[matches[j].entry],
            );
            let contexts = context_correlation(bank, centre, one.context, other.context);
            relation.of_treatment(one.into(), other.into()) * relation.of_contexts(contexts)
        });
        Self {
            time,
            doses: doses.to_vec(),
            matches,
            among,
        }
    }

    fn krige(&self, bank: &EffectBank, relation: &Relation, correlations: &[f64]) -> Kriging {
        let target = Side {
            time: self.time,
            doses: &self.doses,
            background: None,
        };
        let with_target: Vec<f64> = self
            .matches
            .iter()
            .map(|found| {
                let entry = &bank.entries()[found.entry];
                found.similarity
                    * entry.weight
                    * relation.of_treatment(target, entry.into())
                    * relation.of_contexts(correlations[entry.context])
            })
            .collect();
        Kriging::solve(&self.among, &with_target)
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
        let by_kind = likeness_of_kinds(kind, entry.kind, alone);
        let similarity = by_kind * likeness_of_sets(asked, &entry.entities);
        if similarity > 0.0 {
            found.push(Match {
                entry: position,
                similarity,
            });
        }
    }
    found
}

/// The best product of similarities when each asked entity takes one of the entry's for itself;
/// 0 where one of them finds none.
fn likeness_of_sets(asked: &[&StandIns], entities: &[OntologyId]) -> f64 {
    let Some((first, rest)) = asked.split_first() else {
        return 1.0;
    };
    let taking = |at: usize| {
        let own = first
            .iter()
            .filter(|(id, _)| *id == entities[at])
            .map(|(_, similarity)| *similarity)
            .fold(0.0, f64::max);
        if own > 0.0 {
            let left = [&entities[..at], &entities[at + 1..]].concat();
            own * likeness_of_sets(rest, &left)
        } else {
            0.0
        }
    };
    (0..entities.len()).map(taking).fold(0.0, f64::max)
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
    entries.truncate(MOST_ENTRIES);
    let mut neighbours: Vec<(f64, usize)> = (0..bank.entries().len())
        .filter(|entry| !entries.contains(entry))
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
