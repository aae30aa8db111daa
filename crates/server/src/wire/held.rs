//! References as a query holds them until their turn: about as many bytes as they were sent in.
//! On the axis of a model each takes nine bytes a gene, however few genes or characters it came with.

use refcast_core::{Counts, Result};
use refcast_model::{Model, Reference};

/// Bits of a byte of a packed number that are its own; the highest says that more follow.
const DIGITS: u32 = 7;

/// A reference that is not on the axis yet.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldReference {
    /// Part of the key of every draw.
    name: String,
    origin: HeldOrigin,
}

#[derive(Debug, Clone, PartialEq)]
enum HeldOrigin {
    Counts(PackedCounts),
    /// A sample of training, by its place among them.
    Training(usize),
}

/// Counts of some genes of an axis.
#[derive(Debug, Clone, PartialEq)]
struct PackedCounts {
    genes: usize,
    /// A bit for each gene, whether it was measured; none where all were.
    observed: Box<[u8]>,
    values: HeldCounts,
}

/// The counts of the genes that were measured, in their order.
#[derive(Debug, Clone, PartialEq)]
enum HeldCounts {
    /// Seven bits a byte, the lowest first.
    Whole(Box<[u8]>),
    Estimated(Box<[f64]>),
}

impl HeldReference {
    /// A reference by its counts.
    pub fn of_counts(name: String, counts: &Counts) -> Self {
        let origin = HeldOrigin::Counts(PackedCounts::pack(counts));
        Self { name, origin }
    }

    /// A sample of training.
    pub fn of_training(name: String, place: usize) -> Self {
        let origin = HeldOrigin::Training(place);
        Self { name, origin }
    }

    /// The reference on the axis of the model that the query is for.
    ///
    /// # Errors
    /// Latents of a sample of training that decode to nothing.
    pub fn unpack(&self, model: &Model) -> Result<Reference> {
        let name = self.name.clone();
        match &self.origin {
            HeldOrigin::Counts(packed) => Ok(Reference {
                name,
                counts: packed.unpack()?,
                latents: None,
            }),
            HeldOrigin::Training(place) => match model.training_samples() {
                Some(samples) => model.training_reference(samples, *place, name),
                None => Err(refcast_core::Error::one(
                    "sample_id",
                    "not_capable",
                    "this model keeps no sample of training",
                )),
            },
        }
    }
}

impl PackedCounts {
    fn pack(counts: &Counts) -> Self {
        let seen = counts.observed();
        let mut observed = Vec::new();
        if seen.contains(&false) {
            let byte = |genes: &[bool]| {
                let bits = genes.iter().enumerate();
                bits.fold(0, |byte, (at, &seen)| byte | (u8::from(seen) << at))
            };
            observed = seen.chunks(8).map(byte).collect();
        }
        let values = match counts.estimates() {
            Some(values) => {
                let measured = values.iter().zip(seen.iter()).filter(|(_, seen)| **seen);
                HeldCounts::Estimated(measured.map(|(value, _)| *value).collect())
            }
            None => {
                let mut bytes = Vec::new();
                let measured = counts.values().iter().zip(seen.iter());
                for (&count, _) in measured.filter(|(_, seen)| **seen) {
                    append(count, &mut bytes);
                }
                HeldCounts::Whole(bytes.into())
            }
        };
        Self {
            genes: counts.len(),
            observed: observed.into(),
            values,
        }
    }

    fn unpack(&self) -> Result<Counts> {
        let is_seen = |gene: usize| match self.observed.get(gene / 8) {
            Some(byte) => byte >> (gene % 8) & 1 == 1,
            None => true,
        };
        let observed: Vec<bool> = (0..self.genes).map(is_seen).collect();
        match &self.values {
            HeldCounts::Whole(bytes) => {
                let mut counts = numbers(bytes);
                let of = |seen: &bool| seen.then(|| counts.next()).flatten().unwrap_or(0);
                let values = observed.iter().map(of).collect();
                Counts::new(values, observed)
            }
            HeldCounts::Estimated(estimates) => {
                let mut estimates = estimates.iter().copied();
                let of = |seen: &bool| seen.then(|| estimates.next()).flatten().unwrap_or(0.0);
                let values = observed.iter().map(of).collect();
                Counts::estimated(values, observed)
            }
        }
    }
}

fn append(mut number: u64, bytes: &mut Vec<u8>) {
    loop {
        let digits = (number & 0x7f) as u8;
        number >>= DIGITS;
        if number == 0 {
            bytes.push(digits);
            return;
        }
        bytes.push(digits | 0x80);
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunk_by(|byte, _| byte & 0x80 != 0).map(|own| {
        let digits = own.iter().rev();
        digits.fold(0, |number, byte| number << DIGITS | u64::from(byte & 0x7f))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(counts: &Counts) -> (Counts, usize) {
        let packed = PackedCounts::pack(counts);
        let bytes = match &packed.values {
            HeldCounts::Whole(bytes) => bytes.len(),
            HeldCounts::Estimated(values) => 8 * values.len(),
        };
        (
            packed.unpack().expect("counts"),
            bytes + packed.observed.len(),
        )
    }

    #[test]
    fn counts_come_back_as_they_were() {
        let values = vec![0, 1, 127, 128, 300, 16_383, 16_384, 1 << 40, 0];
        let whole = Counts::fully_observed(values.clone()).expect("counts");
        assert_eq!(held(&whole).0, whole);
        let mask: Vec<bool> = values.iter().map(|&value| value > 0).collect();
        let partly = Counts::new(values, mask.clone()).expect("counts");
        assert_eq!(held(&partly).0, partly);
        let estimates = [0.0, 0.5, 3.0, 1e-3, 7.25, 1.0, 2.0, 9.75, 0.0];
        let estimated = Counts::estimated(estimates.into(), mask).expect("counts");
        assert_eq!(held(&estimated).0, estimated);
        assert_eq!(
            held(&Counts::fully_observed(Vec::new()).expect("none")).1,
            0
        );
    }

    #[test]
    fn a_few_genes_of_many_take_few_bytes() {
        let mut values = vec![0; 22_560];
        let mut mask = vec![false; 22_560];
        for gene in 0..110 {
            (values[200 * gene], mask[200 * gene]) = (5, true);
        }
        let (counts, bytes) = held(&Counts::new(values, mask).expect("counts"));
        assert_eq!((counts.n_observed(), counts.library_size()), (110, 550));
        assert!(bytes < 3_000, "{bytes}");
    }
}
