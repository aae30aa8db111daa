//! How far the answers can be trusted, over all references.

use std::collections::BTreeMap;

use refcast_core::{Support, SupportLevel};
use serde::Serialize;

/// Gathers the support of each reference's answer.
#[derive(Debug, Default)]
pub struct Supports {
    references: usize,
    levels: BTreeMap<SupportLevel, usize>,
    scores: Vec<f32>,
    reasons: Vec<Reason>,
    n_samples: u32,
    systems: Vec<String>,
}

/// The support of all answers.
#[derive(Debug, Clone, Serialize)]
pub struct SupportSummary {
    /// The weakest level of any reference.
    pub level: SupportLevel,
    /// How many references have each level, the best first.
    pub levels: Vec<(SupportLevel, usize)>,
    /// The lowest score of any reference, 0 to 1.
    pub score: f32,
    /// The highest.
    pub best_score: f32,
    /// Why, with how many references each sentence is about.
    pub reasons: Vec<Reason>,
    /// Treated samples of this perturbation in training.
    pub n_samples: u32,
    /// The systems they came from.
    pub systems: Vec<String>,
}

/// A sentence that says why.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The sentence.
    pub text: String,
    /// How many references it is about.
    pub references: usize,
}

impl Supports {
    /// Adds the support of one reference's answer.
    pub fn add(&mut self, support: &Support) {
        self.references += 1;
        *self.levels.entry(support.level).or_default() += 1;
        self.scores.push(support.score);
        self.n_samples = self.n_samples.max(support.n_samples);
        for text in &support.reasons {
            match self.reasons.iter_mut().find(|reason| reason.text == *text) {
                Some(reason) => reason.references += 1,
                None => self.reasons.push(Reason {
                    text: text.clone(),
                    references: 1,
                }),
            }
        }
        for system in &support.systems {
            if !self.systems.contains(system) {
                self.systems.push(system.clone());
            }
        }
    }

    /// What they come to. Without a reference there is no support.
    pub fn summary(&self) -> SupportSummary {
        let level = self
            .levels
            .keys()
            .next()
            .copied()
            .unwrap_or(SupportLevel::None);
        SupportSummary {
            level,
            levels: self
                .levels
                .iter()
                .rev()
                .map(|(&level, &n)| (level, n))
                .collect(),
            score: self.scores.iter().copied().reduce(f32::min).unwrap_or(0.0),
            best_score: self.scores.iter().copied().reduce(f32::max).unwrap_or(0.0),
            reasons: self.reasons.clone(),
            n_samples: self.n_samples,
            systems: self.systems.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weakest_reference_decides_and_reasons_are_counted() {
        let mut supports = Supports::default();
        for (level, score, reasons) in [
            (SupportLevel::Strong, 0.9, vec!["seen"]),
            (SupportLevel::Weak, 0.2, vec!["seen", "far"]),
        ] {
            supports.add(&Support {
                level,
                score,
                reasons: reasons.into_iter().map(str::to_owned).collect(),
                n_samples: 4,
                systems: vec!["A549".into()],
            });
        }
        let summary = supports.summary();
        assert_eq!(summary.level, SupportLevel::Weak);
        assert_eq!(
            summary.levels,
            [(SupportLevel::Strong, 1), (SupportLevel::Weak, 1)]
        );
        assert_eq!((summary.score, summary.best_score), (0.2, 0.9));
        let reasons: Vec<_> = summary
            .reasons
            .iter()
            .map(|r| (r.text.as_str(), r.references))
            .collect();
        assert_eq!(reasons, [("seen", 2), ("far", 1)]);
        assert_eq!(summary.systems, ["A549"]);
    }
}
