//! What a sample is of, and the scale that its expression is spoken of on.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// What a sample is of: many cells or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modality {
    /// Many cells together.
    Bulk,
    /// One cell.
    SingleCell,
}

impl Modality {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bulk, Self::SingleCell];

    /// As manifests and recipes write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::SingleCell => "single-cell",
        }
    }

    /// Expression is counts per this many of the library: ln(1 + CPM) in bulk, ln(1 + CP10k) of
    /// single cells, whose libraries are a thousand times smaller.
    pub fn per(self) -> f64 {
        match self {
            Self::Bulk => 1e6,
            Self::SingleCell => 1e4,
        }
    }

    /// The library size of an output where neither a query nor a reference gives one.
    pub fn default_total_count(self) -> u64 {
        match self {
            Self::Bulk => 10_000_000,
            Self::SingleCell => 10_000,
        }
    }
}

impl FromStr for Modality {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim().to_lowercase();
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| Error::Parse {
            what: "a modality",
            given: text.to_owned(),
            fix: "write `bulk` or `single-cell`".to_owned(),
            code: "unknown_modality",
            nearest: nearest(&name, Self::ALL.map(Self::name), 1),
        })
    }
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

serde_as_string!(Modality);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modality_is_read_as_it_is_written_and_a_typo_is_answered() {
        for modality in Modality::ALL {
            assert_eq!(modality.name().parse::<Modality>().unwrap(), modality);
        }
        let error = "single cell".parse::<Modality>().unwrap_err();
        assert_eq!(error.into_faults("")[0].nearest, ["single-cell"]);
    }
}
