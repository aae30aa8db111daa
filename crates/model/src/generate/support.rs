//! How far an answer can be trusted, in a word, a number and sentences.

use refcast_core::{Support, SupportLevel};

use super::familiarity::Familiarity;
use super::plan::Plan;
use crate::effects::{Bearing, Entry};
use crate::model::Model;

/// The part of the effect's variance that the evidence must explain for each level, of a reference
/// that the model can judge.
const STRONG: f64 = 0.7;
const MODERATE: f64 = 0.3;
const WEAK: f64 = 0.02;
/// Fewer treated samples than this are not strong evidence, however near.
const FEW_SAMPLES: u32 = 3;
/// Similarity from which on an entry counts as a sighting of the perturbation itself.
const SAME: f64 = 0.5;
/// Nearness from which on the evidence counts as from the reference's own kind of cells.
const NEAR: f64 = 0.8;
const FAR: f64 = 0.2;

pub(crate) fn of(
    model: &Model,
    plan: &Plan,
    bearing: Option<&Bearing>,
    familiarity: &Familiarity,
) -> Support {
    let (Some(evidence), Some(bearing)) = (&plan.prepared.evidence, bearing) else {
        let mut reasons = vec!["a control changes nothing".to_owned()];
        reasons.extend(familiarity.reasons.iter().cloned());
        return Support {
            level: level(familiarity.factor, true),
            score: familiarity.factor as f32,
            reasons,
            n_samples: 0,
            systems: Vec::new(),
        };
    };
    let bank = model.effects();
    let mut entries: Vec<usize> = evidence
        .matches()
        .filter(|found| found.similarity >= SAME && !bank.is_footprint(found.entry))
        .map(|found| found.entry)
        .collect();
    entries.sort_unstable();
    entries.dedup();
    let seen: Vec<&Entry> = entries
        .iter()
        .map(|&entry| &bank.entries()[entry])
        .collect();
    let n_samples = seen.iter().map(|entry| entry.samples).sum();
    let mut systems: Vec<String> = seen
        .iter()
        .map(|entry| bank.contexts()[entry.context].label.clone())
        .collect();
    systems.sort();
    systems.dedup();
    let mut reasons = reasons(model, plan, bearing, &seen, n_samples);
    reasons.extend(familiarity.reasons.iter().cloned());
    let score = bearing.explained * familiarity.factor;
    Support {
        level: level(score, n_samples >= FEW_SAMPLES),
        score: score as f32,
        reasons,
        n_samples,
        systems,
    }
}

/// The word for a score; strong evidence is of some samples.
fn level(score: f64, is_of_several: bool) -> SupportLevel {
    match score {
        score if score >= STRONG && is_of_several => SupportLevel::Strong,
        score if score >= MODERATE => SupportLevel::Moderate,
        score if score >= WEAK => SupportLevel::Weak,
        _ => SupportLevel::None,
    }
}

fn reasons(
    model: &Model,
    plan: &Plan,
    bearing: &Bearing,
    seen: &[&Entry],
    n_samples: u32,
) -> Vec<String> {
    let bank = model.effects();
    let mut studies: Vec<&str> = seen
        .iter()
        .map(|entry| bank.studies()[entry.study].as_str())
        .collect();
    studies.sort_unstable();
    studies.dedup();
    let plural =
        |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    let mut reasons = Vec::new();
    if seen.is_empty() {
        reasons.push("no sample treated with it, or with its like, was seen".to_owned());
    } else {
        reasons.push(format!(
            "seen in {} of {}",
            plural(n_samples as usize, "treated sample", "treated samples"),
            plural(studies.len(), "study", "studies")
        ));
        reasons.push(match bearing.nearness {
            near if near >= NEAR => "the reference is like the cells it was seen in".to_owned(),
            far if far <= FAR => {
                "the reference is unlike the cells it was seen in: expect the direction of the \
                 strongest changes at most"
                    .to_owned()
            }
            _ => "the reference is only distantly like the cells it was seen in".to_owned(),
        });
    }
    reasons.extend(plan.prepared.notes.iter().cloned());
    if plan
        .prepared
        .evidence
        .as_ref()
        .is_some_and(crate::effects::Evidence::is_sum_of_parts)
    {
        reasons.push("the combination was not seen: answered as the sum of its parts".to_owned());
    }
    if let Some(hours) = plan
        .query()
        .perturbation
        .time()
        .map(refcast_core::Duration::hours)
    {
        let times: Vec<f64> = seen
            .iter()
            .filter_map(|entry| entry.time)
            .map(refcast_core::Duration::hours)
            .collect();
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        let most = times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if seen.is_empty() {
            // Said above: there is no time to compare with.
        } else if times.is_empty() {
            reasons.push("the training data do not state a time".to_owned());
        } else if hours < 0.5 * least || hours > 2.0 * most {
            reasons.push(format!(
                "{hours} h is outside the times seen, {least} to {most} h"
            ));
        }
    }
    if !seen.is_empty() && seen.iter().all(|entry| entry.reproducibility < 0.3) {
        reasons.push(
            "its effect does not repeat between donors: little or no change is predicted"
                .to_owned(),
        );
    }
    if !seen.is_empty() && seen.iter().all(|entry| entry.weight < 1.0) {
        reasons.push("the studies behind it are doubtful".to_owned());
    }
    reasons
}
