//! The faults of samples, of which a file may have one in each of 50,000 cells: those of one kind
//! come out as one once they are many.

use std::collections::BTreeMap;

use refcast_core::{Error, Fault, Result};

/// Faults of one kind that are listed one by one.
const LISTED: usize = 5;

/// Faults of samples by their kind, in the order in which kinds came up.
#[derive(Debug, Default)]
pub struct SampleFaults {
    kinds: Vec<FaultsOfKind>,
    place: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Default)]
struct FaultsOfKind {
    /// The first ones.
    listed: Vec<Fault>,
    count: usize,
}

impl SampleFaults {
    /// Adds the faults of a sample.
    pub fn extend(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let place = *self.place.entry(fault.code).or_insert_with(|| {
                self.kinds.push(FaultsOfKind::default());
                self.kinds.len() - 1
            });
            let kind = &mut self.kinds[place];
            kind.count += 1;
            if kind.listed.len() < LISTED {
                kind.listed.push(fault);
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// # Errors
    /// All faults, if there are any.
    pub fn check(self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let all = self.kinds.into_iter().flat_map(FaultsOfKind::into_faults);
        Err(Error::Invalid(all.collect()))
    }
}

impl FaultsOfKind {
    fn into_faults(self) -> Vec<Fault> {
        let Self { mut listed, count } = self;
        if count > LISTED {
            listed.truncate(1);
            for fault in &mut listed {
                fault.message.push_str(&format!(
                    "; {count} samples have a fault of this kind, of which this is the first"
                ));
            }
        }
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(counts: &[(&'static str, usize)]) -> Vec<String> {
        let mut faults = SampleFaults::default();
        for &(code, count) in counts {
            for sample in 0..count {
                faults.extend(vec![Fault::new(format!("s{sample}"), code, "is wrong")]);
            }
        }
        let faults = faults
            .check()
            .map_or_else(|error| error.into_faults(""), |()| Vec::new());
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_few_faults_are_listed_and_many_of_a_kind_are_one() {
        assert!(messages(&[]).is_empty());
        assert_eq!(messages(&[("negative", 2), ("fractional", 5)]).len(), 7);
        let many = messages(&[("fractional", 50_000), ("negative", 1)]);
        assert_eq!(many.len(), 2);
        assert!(
            many[0].contains("s0") && many[0].contains("50000 samples"),
            "{many:?}"
        );
    }
}
