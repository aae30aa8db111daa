//! What training saw of a perturbation, in the words of the support.

use refcast_core::OntologyId;

use super::plan::Plan;
use crate::effects::{BankEntry, Way};
use crate::error::Result;
use crate::model::Model;

/// What training saw of the entities that are asked for.
pub(super) struct Sightings<'a> {
    /// Themselves, or parts of a combination, by a way like the asked one.
    own: Vec<&'a BankEntry>,
    /// What acts like them.
    like: Vec<&'a BankEntry>,
    /// Themselves with others.
    together: Vec<&'a BankEntry>,
    /// Themselves by another way: a gene that is made in excess rather than lost.
    other_way: Vec<&'a BankEntry>,
}

impl<'a> Sightings<'a> {
    /// Of a plan; `seen` are the entries that count as a sighting of it or of its like.
    pub(super) fn of(model: &'a Model, plan: &Plan, seen: &[&'a BankEntry]) -> Self {
        let perturbation = &plan.query().perturbation;
        let asked = perturbation.entities();
        let way = Way::of(perturbation.kind());
        let has_all = |entry: &BankEntry| asked.iter().all(|own| entry.entities.contains(own));
        let is_alone = |entry: &BankEntry| entry.entities.len() == asked.len();
        let (own, like) = seen
            .iter()
            .copied()
            .partition(|entry| entry.entities.iter().all(|own| asked.contains(own)));
        let bank = model.effects();
        let entries = bank.entries().iter().enumerate();
        let others: Vec<&BankEntry> = entries
            .filter(|(at, entry)| !bank.is_footprint(*at) && has_all(entry))
            .map(|(_, entry)| entry)
            .collect();
        let by_way = |entry: &BankEntry| Way::of(entry.kind) == way;
        let others = || others.iter().copied();
        Self {
            own,
            like,
            together: others()
                .filter(|own| by_way(own) && !is_alone(own))
                .collect(),
            other_way: others().filter(|own| !by_way(own)).collect(),
        }
    }

    /// Treated samples of the perturbation itself.
    pub(super) fn n_samples(&self) -> u32 {
        samples(&self.own)
    }

    /// A sentence on what was seen.
    ///
    /// # Errors
    /// A table of names that is damaged.
    pub(super) fn sentence(&self, model: &Model, asked: &[OntologyId]) -> Result<String> {
        if !self.own.is_empty() {
            let more = samples(&self.together);
            let more = if more > 0 {
                format!(", and with others in {more} more")
            } else {
                String::new()
            };
            return Ok(format!("seen in {}{more}", counted(&self.own)));
        }
        let like = if self.like.is_empty() {
            String::new()
        } else {
            format!("; what acts like it was seen in {}", counted(&self.like))
        };
        if !self.together.is_empty() {
            let mut others: Vec<&OntologyId> = self
                .together
                .iter()
                .flat_map(|entry| &entry.entities)
                .filter(|entity| !asked.contains(entity))
                .collect();
            others.sort();
            others.dedup();
            let others: Vec<String> = others
                .into_iter()
                .map(|other| model.label(other))
                .collect::<Result<_>>()?;
            return Ok(format!(
                "seen only together with {}, in {}: what it does alone was not seen{like}",
                others.join(" or "),
                counted(&self.together)
            ));
        }
        if let Some(entry) = self.other_way.first() {
            return Ok(format!(
                "seen as `{}` only, in {}{like}",
                entry.kind,
                counted(&self.other_way)
            ));
        }
        if !self.like.is_empty() {
            return Ok(format!(
                "not seen itself; what acts like it was seen in {}",
                counted(&self.like)
            ));
        }
        Ok("no sample treated with it, or with its like, was seen".to_owned())
    }
}

fn samples(entries: &[&BankEntry]) -> u32 {
    entries.iter().map(|entry| entry.samples).sum()
}

/// `9 treated samples of 1 study`.
fn counted(entries: &[&BankEntry]) -> String {
    let mut studies: Vec<usize> = entries.iter().map(|entry| entry.study).collect();
    studies.sort_unstable();
    studies.dedup();
    let plural =
        |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    format!(
        "{} of {}",
        plural(
            samples(entries) as usize,
            "treated sample",
            "treated samples"
        ),
        plural(studies.len(), "study", "studies")
    )
}
