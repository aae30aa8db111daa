//! The evidence for one part of a perturbation: its matches, and their weights for a reference.

use refcast_core::{Dose, Duration, GeneId, OntologyId};

use super::bank::EffectBank;
use super::evidence::ReferenceProfile;
use super::knowledge::Knowledge;
use super::matching::Match;
use super::refined::refined;
use super::similarity::{Kriging, Side, SimilarityParameters, context_correlation};
use super::size::Limit;
use crate::linalg::Symmetric;

/// The most of these that speak for the perturbation itself; the rest are its neighbours.
const MOST_MATCHES: usize = 12;
/// The most means over lost genes that speak for the loss of another. Which of them are near is the
/// reference's affair, and only near ones tell anything.
const MOST_LOSSES: usize = crate::linalg::MOST;

/// The least variance of a combination of effects, relative to that of one.
const LEAST_EIGENVALUE: f64 = 5e-3;

/// The evidence for what entries can match: the whole perturbation, or one entity of a combination.
#[derive(Debug, Clone)]
pub(super) struct EntityEvidence {
    /// Which entity of the perturbation it is; none for the whole.
    entity: Option<usize>,
    time: Option<Duration>,
    doses: Vec<Dose>,
    pub matches: Vec<Match>,
    /// Correlations among the matches by entity, treatment and context.
    among: Symmetric,
    /// How this perturbation carries over, as far as the bank shows it.
    relation: SimilarityParameters,
    /// What else is done, for a part of a combination that was seen on top of it.
    background: Option<String>,
    /// The receptor that limits the response in the reference, and its level behind each match.
    limit: Option<Limit>,
    limits: Vec<Option<f64>>,
}

/// The kriging weights of the matches of one part, in units of the entries' effects.
pub(super) struct KrigingWeights {
    /// A weight for each match.
    pub weights: Vec<f64>,
    pub explained: f64,
    /// Variance of the asked effect, ln(1 + CPM)² per expressed gene.
    pub variance: f64,
}

/// The treatment that a query asks about, as far as one part of it goes.
pub(super) struct QueriedTreatment<'a> {
    pub entity: Option<usize>,
    pub time: Option<Duration>,
    pub doses: &'a [Dose],
    pub background: Option<String>,
}

impl EntityEvidence {
    pub fn new(
        bank: &EffectBank,
        centre: &[f32],
        relation: SimilarityParameters,
        asked: QueriedTreatment<'_>,
        mut matches: Vec<Match>,
    ) -> Self {
        let target = Side {
            time: asked.time,
            doses: asked.doses,
            background: asked.background.as_deref(),
            cells: bank.is_of_cells(),
        };
        // Of what lost genes share there is as much as there are cells; the footprint of what the
        // gene itself does must not be crowded out.
        let of_any_loss = |found: &Match| bank.is_any_loss(found.entry);
        let is_footprint = |found: &Match| bank.is_footprint(found.entry);
        let by_any_loss = matches.iter().any(of_any_loss)
            && matches
                .iter()
                .all(|own| of_any_loss(own) || is_footprint(own));
        let strength = |found: &Match| {
            let treatment = relation.of_treatment(target, Side::from(&bank.entries()[found.entry]));
            let first = f64::from(u8::from(by_any_loss && is_footprint(found)));
            first + found.similarity.abs() * treatment
        };
        matches.sort_by(|a, b| {
            // Of means over lost genes, all alike in strength, those over most genes.
            let error = |found: &Match| bank.entries()[found.entry].error_scale;
            strength(b)
                .total_cmp(&strength(a))
                .then(error(a).total_cmp(&error(b)))
                .then(a.entry.cmp(&b.entry))
        });
        let (most, relation) = if by_any_loss {
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
            } else if is_footprint(a) && is_footprint(b) {
                // Pathways share genes: two that say the same are not two witnesses.
                (a.similarity * b.similarity).signum() * bank.likeness(a.entry, b.entry)
            } else {
                a.similarity * b.similarity
            };
            let no_cells = bank.is_footprint(a.entry) || bank.is_footprint(b.entry);
            let by_context = if no_cells {
                1.0
            } else {
                relation.of_contexts(contexts.get(i, j))
            };
            by_entity * by_context * relation.of_treatment(one.into(), other.into())
        });
        // Profiles of different genes need not go together; weights below 0 would make much of it.
        let among = if relation.takes_contrasts() {
            among.clip_eigenvalues(LEAST_EIGENVALUE)
        } else {
            among
        };
        Self {
            entity: asked.entity,
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

    /// Whether it is of the entity at `position`, or of the whole that it is in.
    pub fn has(&self, position: usize) -> bool {
        self.entity.is_none_or(|own| own == position)
    }

    /// Whether the dose that is asked for makes a difference here.
    pub fn tells_dose(&self, bank: &EffectBank) -> bool {
        let mut entries = self.matches.iter().map(|own| &bank.entries()[own.entry]);
        entries.any(|entry| self.relation.tells_doses(&self.doses, &entry.doses))
    }

    pub fn limit(
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

    /// Whether a match is of the kinds of cells that make up the reference: kinds that were
    /// measured alike. Bulk samples and footprints are of another scale.
    fn is_contrast(&self, bank: &EffectBank, at: usize) -> bool {
        self.relation.takes_contrasts() && bank.entries()[self.matches[at].entry].cells
    }

    pub fn krige(
        &self,
        bank: &EffectBank,
        typical: f64,
        reference: &ReferenceProfile<'_>,
        background: Option<&str>,
    ) -> KrigingWeights {
        let relation = &self.relation;
        let target = Side {
            time: self.time,
            doses: &self.doses,
            background: self.background.as_deref().or(background),
            cells: bank.is_of_cells(),
        };
        let with_target: Vec<f64> = self
            .matches
            .iter()
            .map(|found| {
                let entry = &bank.entries()[found.entry];
                let by_context = if bank.is_footprint(found.entry) {
                    1.0
                } else {
                    relation.with_reference(reference.correlations[entry.context])
                };
                found.similarity
                    * entry.weight
                    * relation.of_treatment(target, entry.into())
                    * by_context
            })
            .collect();
        let kriging = Kriging::solve(&self.among, &with_target, |at| self.is_contrast(bank, at));
        let total: f64 = kriging.weights.iter().map(|weight| weight.abs()).sum();
        let own_limit = self
            .limit
            .as_ref()
            .and_then(|limit| limit.in_reference(reference.profile, reference.observed));
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
            .enumerate()
            .map(|(at, (found, weight))| {
                // What lost genes share in some cells is as large as it is, down to nothing; so is
                // what one treatment does to contexts that were all treated alike.
                let as_seen = bank.is_any_loss(found.entry) || self.is_contrast(bank, at);
                let scale = if as_seen {
                    relation.size.cautious(kriging.explained) / relation.part_of(bank, found.entry)
                } else {
                    libm::exp(expected) / bank.size(found.entry)
                };
                weight * scale
            })
            .collect();
        KrigingWeights {
            weights,
            explained: kriging.explained,
            variance: libm::exp(2.0 * expected),
        }
    }
}
