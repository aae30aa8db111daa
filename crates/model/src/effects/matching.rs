//! Entries of the bank that speak for a perturbation: its own, and those of what stands for it.

use refcast_core::{OntologyId, PerturbationType};

use super::bank::EffectBank;

/// An entry that speaks for the perturbation, or for one of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Index into the bank.
    pub entry: usize,
    /// 1 for the same entities and type; less where one stands for another, below 0 where it works
    /// against it.
    pub similarity: f64,
}

/// What stands in for an entity: itself, and others that act as it does or against it.
pub type StandIns = Vec<(OntologyId, f64)>;

/// Entries whose entities are the asked ones, each once, in any order, or what stands for them.
pub(super) fn matches(
    bank: &EffectBank,
    asked: &[&StandIns],
    kind: PerturbationType,
) -> Vec<Match> {
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
