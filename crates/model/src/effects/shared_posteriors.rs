//! Posteriors that several perturbations have in common: genes whose loss was never seen are told by
//! the same entries.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::bank::EffectBank;
use super::posterior::EffectPosterior;
use crate::error::Result;
use crate::unwanted::IsUnwanted;

/// The posteriors that somebody holds.
#[derive(Debug, Default)]
pub struct SharedPosteriors(Mutex<Vec<Weak<EffectPosterior>>>);

impl SharedPosteriors {
    /// The posterior of `entries`: one that somebody holds, or a new one.
    ///
    /// # Errors
    /// As [`EffectPosterior::new`].
    pub fn of(
        &self,
        bank: &EffectBank,
        entries: &[usize],
        is_unwanted: IsUnwanted<'_>,
    ) -> Result<Arc<EffectPosterior>> {
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held()
            .iter()
            .filter_map(Weak::upgrade)
            .find(|known| known.entries() == entries);
        if let Some(known) = known {
            return Ok(known);
        }
        // Not under the lock: it takes a while, on all threads.
        let made = EffectPosterior::new(bank, entries, is_unwanted)?;
        let mut held = held();
        held.retain(|other| other.strong_count() > 0);
        held.push(Arc::downgrade(&made));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use refcast_core::PerturbationType::Compound;

    use super::super::examples::{bank, entry};
    use super::*;

    #[test]
    fn a_posterior_is_made_once_while_somebody_holds_it() {
        let bank = bank(vec![
            (entry("CHEMBL25", Compound, 0), 1.0),
            (entry("CHEMBL521", Compound, 0), 1.0),
        ]);
        let shared = SharedPosteriors::default();
        let of = |entries: &[usize]| shared.of(&bank, entries, &|| false).expect("a posterior");
        let first = of(&[0]);
        assert!(Arc::ptr_eq(&first, &of(&[0])));
        assert!(!Arc::ptr_eq(&first, &of(&[0, 1])));
        drop(first);
        assert!(shared.of(&bank, &[0], &|| true).is_err(), "it was kept");
    }
}
