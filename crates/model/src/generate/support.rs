//! How far an answer can be trusted, in a word, a number and sentences.

use refcast_core::{Support, SupportLevel, scored, short_number};

use super::familiarity::Familiarity;
use super::plan::Plan;
use super::sightings::Sightings;
use crate::effects::{BankEntry, DoseUse, WeightedEvidence};
use crate::model::Model;

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
    weighted: Option<&WeightedEvidence>,
    familiarity: &Familiarity,
) -> Support {
    let (Some(evidence), Some(weighted)) = (&plan.prepared.evidence, weighted) else {
        let mut reasons = vec!["a control changes nothing".to_owned()];
        reasons.extend(familiarity.reasons.iter().cloned());
        let (level, score) = scored(familiarity.factor, SupportLevel::Strong);
        return Support {
            level,
            score,
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
    let seen: Vec<&BankEntry> = entries
        .iter()
        .map(|&entry| &bank.entries()[entry])
        .collect();
    let behind: u32 = seen.iter().map(|entry| entry.samples).sum();
    let sightings = Sightings::of(model, plan, &seen);
    let mut systems: Vec<String> = seen
        .iter()
        .map(|entry| bank.contexts()[entry.context].label.clone())
        .collect();
    systems.sort();
    systems.dedup();
    let mut reasons = reasons(model, plan, weighted, &seen, &sightings);
    reasons.extend(familiarity.reasons.iter().cloned());
    let most = if behind >= FEW_SAMPLES {
        SupportLevel::Strong
    } else {
        SupportLevel::Moderate
    };
    let (level, score) = scored(weighted.explained * familiarity.factor, most);
    Support {
        level,
        score,
        reasons,
        n_samples: sightings.n_samples(),
        systems,
    }
}

fn reasons(
    model: &Model,
    plan: &Plan,
    weighted: &WeightedEvidence,
    seen: &[&BankEntry],
    sightings: &Sightings<'_>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    // A damaged table of names was reported when the query was planned.
    reasons.extend(
        sightings
            .sentence(model, plan.query().perturbation.entities())
            .ok(),
    );
    if !seen.is_empty() {
        reasons.push(match weighted.nearness {
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
                "{} h is outside the times seen, {least} to {most} h",
                short_number(hours)
            ));
        }
    }
    reasons.extend(doses(model, plan));
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

/// Doses that an answer does not depend on. They are not repeated here: two spellings of one dose
/// have the same answer to the letter.
fn doses(model: &Model, plan: &Plan) -> Vec<String> {
    /// Doses of the training data that are shown.
    const SHOWN: usize = 3;
    let Some(evidence) = &plan.prepared.evidence else {
        return Vec::new();
    };
    let perturbation = &plan.query().perturbation;
    let entities = perturbation.entities();
    let given = (0..entities.len()).filter(|at| perturbation.dose_of(*at).is_some());
    let unused = given.filter_map(|at| {
        let why = match evidence.use_of_dose(model.effects(), at) {
            DoseUse::Told => return None,
            DoseUse::NoneStated => "the training data do not state one".to_owned(),
            DoseUse::NotComparable(stated) => {
                let more = if stated.len() > SHOWN { " …" } else { "" };
                let shown: Vec<String> = stated.into_iter().take(SHOWN).collect();
                format!(
                    "it cannot be compared with those of the training data ({}{more})",
                    shown.join(", ")
                )
            }
        };
        let of = match entities {
            [_] => String::new(),
            _ => format!(" of {}", model.label(&entities[at]).ok()?),
        };
        Some(format!("the dose{of} has no part in the answer: {why}"))
    });
    unused.collect()
}
