//! How large a response is to be expected.
//!
//! The direction of an effect carries over between contexts far better than its size. The size
//! that is expected in a reference is that of the sources, as time and the abundance of the
//! receptor make it larger or smaller, drawn towards the typical size of all effects as far as
//! the sources are unlike the reference.

use refcast_core::{Duration, OntologyId};
use serde::{Deserialize, Serialize};

use super::bank::EffectBank;
use super::knowledge::Knowledge;
use crate::noise::MILLION;

/// What the size of a response depends on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseSize {
    /// Growth of ln size per factor e of time.
    pub per_log_time: f64,
    /// Growth of ln size per factor e of 1 + CPM of the receptor.
    pub per_log_receptor: f64,
    /// The part of a source's distance from the typical ln size that other cells keep.
    pub kept: f64,
    /// Factor on an answer of which nothing is explained: an error of size costs more above than
    /// below.
    pub caution: f64,
}

impl Default for ResponseSize {
    fn default() -> Self {
        Self {
            per_log_time: 0.3,
            per_log_receptor: 0.5,
            kept: 0.7,
            caution: 0.75,
        }
    }
}

/// No receptor makes a response larger or smaller by more than this, in ln size.
const MOST_BY_RECEPTOR: f64 = 1.5;
/// As in the likeness of times: below half an hour the logarithm would make much of nothing.
const LEAST_HOURS: f64 = 0.5;

impl ResponseSize {
    /// ln of the factor between two times; 0 where one is not stated.
    pub fn of_times(&self, to: Option<Duration>, from: Option<Duration>) -> f64 {
        match (to.map(Duration::hours), from.map(Duration::hours)) {
            (Some(to), Some(from)) => {
                self.per_log_time * libm::log(to.max(LEAST_HOURS) / from.max(LEAST_HOURS))
            }
            _ => 0.0,
        }
    }

    /// ln of the factor between two abundances of receptors, each a ln(1 + CPM) relative to the
    /// highest of its gene.
    pub fn of_receptors(&self, to: f64, from: f64) -> f64 {
        (self.per_log_receptor * (to - from)).clamp(-MOST_BY_RECEPTOR, MOST_BY_RECEPTOR)
    }

    /// ln of the size to expect, from that of the sources, the typical one, and the part of the
    /// effect that is explained, 0 to 1.
    pub fn expected(&self, sources: f64, typical: f64, explained: f64) -> f64 {
        let kept = explained + (1.0 - explained) * self.kept;
        typical + kept * (sources - typical) + libm::log(self.cautious(explained))
    }

    /// The factor on an answer of which a part is explained, 0 to 1.
    pub fn cautious(&self, explained: f64) -> f64 {
        libm::exp((1.0 - explained) * libm::log(self.caution))
    }
}

/// The receptor of an entity in the contexts of the bank.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Place of the receptor's gene.
    gene: usize,
    /// Highest ln(1 + CPM) of the gene in the contexts of the bank.
    highest: f64,
}

impl Limit {
    /// The limit on the response to an entity, if its receptor is known and the bank measures it.
    pub fn of(
        bank: &EffectBank,
        knowledge: &Knowledge,
        place: &dyn Fn(refcast_core::GeneId) -> Option<usize>,
        entity: &OntologyId,
    ) -> Option<Self> {
        let gene = place(knowledge.receptor_of(entity)?)?;
        let levels = (0..bank.contexts().len())
            .filter(|&context| !bank.contexts()[context].footprint)
            .filter_map(|context| bank.control(context, gene));
        let highest = levels.fold(f64::NEG_INFINITY, f64::max);
        highest.is_finite().then_some(Self { gene, highest })
    }

    /// ln(1 + CPM) of the receptor in a reference, relative to the highest; `None` where it is not
    /// measured.
    pub fn in_reference(&self, profile: &[f64], observed: &[bool]) -> Option<f64> {
        observed[self.gene].then(|| profile[self.gene].min(libm::log1p(MILLION)) - self.highest)
    }

    /// The same in a context of the bank.
    pub fn in_context(&self, bank: &EffectBank, context: usize) -> Option<f64> {
        if bank.contexts()[context].footprint {
            return None;
        }
        Some(bank.control(context, self.gene)? - self.highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_what_is_explained_is_the_sources_own() {
        let size = ResponseSize::default();
        assert!((size.expected(-0.3, -1.5, 1.0) + 0.3).abs() < 1e-12);
    }

    #[test]
    fn an_answer_from_afar_is_drawn_to_the_typical_size_and_below() {
        let size = ResponseSize::default();
        let large = size.expected(0.0, -1.5, 0.0);
        assert!(large < -0.4 && large > -1.5, "{large}");
        assert!(size.expected(-1.5, -1.5, 0.0) < -1.5);
    }

    #[test]
    fn a_later_time_and_more_receptor_make_a_response_larger() {
        let size = ResponseSize::default();
        let hours = |text: &str| Some(text.parse().expect("a time"));
        assert!(size.of_times(hours("24 h"), hours("3 h")) > 0.0);
        assert!(size.of_times(None, hours("3 h")).abs() < 1e-12);
        assert!(size.of_receptors(-3.0, 0.0) < size.of_receptors(-1.0, 0.0));
        assert!(size.of_receptors(-30.0, 0.0) >= -MOST_BY_RECEPTOR);
    }
}
