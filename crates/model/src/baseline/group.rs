//! The groups of like samples that baselines are made from.

use refcast_core::{Metadata, MetadataField};
use serde::{Deserialize, Serialize};

/// Untreated samples of one study that are described alike.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleGroup {
    /// What they have in common, with the study.
    pub metadata: Metadata,
    /// How many they are.
    pub samples: u32,
    /// Part of them, of those whose sex is known, that is male; `None` where none is known.
    pub male: Option<f64>,
    /// Their mean age, years, where it is known.
    pub age_years: Option<f64>,
}

impl SampleGroup {
    /// +1 for males, −1 for females, between for both, 0 where it is not known.
    pub fn sex(&self) -> f64 {
        self.male.map_or(0.0, |male| 2.0 * male - 1.0)
    }
}

/// A group as `baseline.json` holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredGroup {
    metadata: Vec<(MetadataField, String)>,
    samples: u32,
    male: Option<f64>,
    age_years: Option<f64>,
}

impl From<&SampleGroup> for StoredGroup {
    fn from(group: &SampleGroup) -> Self {
        let fields = group.metadata.iter();
        Self {
            metadata: fields
                .map(|(field, value)| (field, value.to_owned()))
                .collect(),
            samples: group.samples,
            male: group.male,
            age_years: group.age_years,
        }
    }
}

impl From<StoredGroup> for SampleGroup {
    fn from(row: StoredGroup) -> Self {
        let mut metadata = Metadata::default();
        for (field, value) in row.metadata {
            metadata.set(field, value);
        }
        Self {
            metadata,
            samples: row.samples,
            male: row.male,
            age_years: row.age_years,
        }
    }
}
