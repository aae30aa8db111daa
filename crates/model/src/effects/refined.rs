//! How one perturbation carries over, as far as the bank shows it.

use super::bank::EffectBank;
use super::matching::Match;
use super::similarity::SimilarityParameters;
use crate::linalg::Symmetric;

/// Pairs of contexts that the prior of what all contexts share counts for.
const PRIOR_PAIRS: f64 = 2.0;
/// Squared ln ratio of times that the prior of what time does counts for.
const PRIOR_TIMES: f64 = 0.5;
/// Contexts as near as this say nothing about what far ones share.
const TOO_NEAR: f64 = 0.8;
/// Effects smaller than this, ln(1 + CPM), say nothing about what they have in common.
pub(super) const TELLING_SIZE: f64 = 0.1;

/// The relation as the perturbation itself shows it, as far as it was seen in several contexts and
/// at several times, drawn towards that of all perturbations.
pub(super) fn refined(
    bank: &EffectBank,
    relation: SimilarityParameters,
    matches: &[Match],
    contexts: &Symmetric,
) -> SimilarityParameters {
    // What all contexts share: likeness = shared + (1 − shared)·near, by how much a pair tells.
    let mut shared = PriorWeightedMean::new(relation.shared_by_all_contexts, PRIOR_PAIRS);
    // Regressions through the origin on ln of the ratio of two times.
    let mut rate = PriorWeightedMean::new(relation.rate_per_log_time, PRIOR_TIMES);
    let mut growth = PriorWeightedMean::new(relation.size.per_log_time, PRIOR_TIMES);
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
    if !relation.takes_contrasts() {
        refined.shared_by_all_contexts = shared.value().clamp(0.05, 0.9);
    }
    refined.rate_per_log_time = rate.value().max(0.01);
    refined.size.per_log_time = growth.value();
    refined
}

/// A weighted mean that starts from a prior.
struct PriorWeightedMean {
    sum: f64,
    weight: f64,
}

impl PriorWeightedMean {
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
