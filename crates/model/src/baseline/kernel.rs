//! How alike two descriptions of samples are: a covariance that is a sum over the fields of the
//! metadata, with like terms of an ontology counting as partly equal.

use std::collections::BTreeMap;

use refcast_core::{Metadata, MetadataField};
use serde::{Deserialize, Serialize};

use crate::terms::Terms;

/// Fields that the covariance is made of.
pub const FIELDS: [MetadataField; 5] = [
    MetadataField::Tissue,
    MetadataField::CellType,
    MetadataField::CellLine,
    MetadataField::Disease,
    MetadataField::SampleType,
];

/// The value of a field that does not apply: the cell line of a biopsy.
pub const NONE: &str = "none";

/// The variances of the parts of a profile, relative to each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kernel {
    /// What all samples share.
    pub constant: f64,
    /// What samples of one tissue share,
    pub tissue: f64,
    /// of one cell type,
    pub cell_type: f64,
    /// of one cell line,
    pub cell_line: f64,
    /// of one disease,
    pub disease: f64,
    /// of one sample type,
    pub sample_type: f64,
    /// and what only those share that agree in all of these.
    pub joint: f64,
    /// What samples of one study share besides.
    pub study: f64,
    /// A group of samples' own.
    pub group: f64,
    /// One sample's own: a group of n has 1/n of it.
    pub sample: f64,
    /// What a step up an ontology leaves of a likeness, 0 to 1.
    pub decay: f64,
}

impl Default for Kernel {
    fn default() -> Self {
        Self {
            constant: 0.1,
            tissue: 0.6,
            cell_type: 0.6,
            cell_line: 1.0,
            disease: 0.4,
            sample_type: 0.3,
            joint: 2.0,
            study: 0.4,
            group: 0.25,
            sample: 0.2,
            decay: 0.7,
        }
    }
}

/// A description of samples, with what is needed to compare it.
#[derive(Debug, Clone, Default)]
pub struct Point {
    /// The study, if it is one that was seen.
    pub study: Option<String>,
    values: BTreeMap<MetadataField, String>,
    /// Ancestors of the value of a field, of length 1.
    vectors: BTreeMap<MetadataField, Vec<(String, f64)>>,
}

impl Point {
    /// The value of a field.
    pub fn get(&self, field: MetadataField) -> Option<&str> {
        self.values.get(&field).map(String::as_str)
    }
}

/// How much each ancestor tells: terms that all seen values lie under tell nothing.
#[derive(Debug, Clone, Default)]
pub struct Information {
    seen: f64,
    below: BTreeMap<String, f64>,
}

impl Information {
    /// Of the values of a field that training saw: ln((n + 1) / n below).
    pub fn of<'a>(terms: &Terms, values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut own = Self::default();
        for value in values {
            own.seen += 1.0;
            for (ancestor, _) in terms.ancestors(value) {
                *own.below.entry(ancestor).or_default() += 1.0;
            }
        }
        own
    }

    /// The ancestors of a value with their weights, of length 1.
    pub fn vector(&self, terms: &Terms, value: &str, decay: f64) -> Vec<(String, f64)> {
        let mut vector: Vec<(String, f64)> = terms
            .ancestors(value)
            .into_iter()
            .map(|(ancestor, steps)| {
                let below = self.below.get(&ancestor).copied().unwrap_or(1.0);
                let told = libm::log((self.seen + 1.0) / below).max(0.0);
                (ancestor, libm::pow(decay, f64::from(steps)) * told)
            })
            .collect();
        let length = vector.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        vector
    }
}

/// Makes points of metadata.
#[derive(Debug, Clone, Default)]
pub struct Space {
    information: BTreeMap<MetadataField, Information>,
    decay: f64,
}

impl Space {
    /// The space of the descriptions that training saw.
    pub fn new<'a>(
        terms: &Terms,
        seen: impl IntoIterator<Item = &'a Metadata> + Clone,
        decay: f64,
    ) -> Self {
        let information = FIELDS
            .into_iter()
            .filter(|field| !field.ontologies().is_empty() && *field != MetadataField::CellLine)
            .map(|field| {
                let mut values: Vec<&str> = seen
                    .clone()
                    .into_iter()
                    .filter_map(|metadata| metadata.get(field))
                    .filter(|value| *value != NONE)
                    .collect();
                values.sort_unstable();
                values.dedup();
                (field, Information::of(terms, values))
            })
            .collect();
        Self { information, decay }
    }

    /// The point of a description.
    pub fn point(&self, terms: &Terms, metadata: &Metadata) -> Point {
        let mut point = Point {
            study: metadata.get(MetadataField::Study).map(str::to_owned),
            ..Point::default()
        };
        for field in FIELDS {
            let Some(value) = metadata.get(field) else {
                continue;
            };
            point.values.insert(field, value.to_owned());
            if let Some(information) = self.information.get(&field)
                && value != NONE
            {
                let vector = information.vector(terms, value, self.decay);
                point.vectors.insert(field, vector);
            }
        }
        point
    }
}

/// How alike two values of a field are, 0 to 1; 0 where one of them is not known.
pub fn likeness(a: &Point, b: &Point, field: MetadataField) -> f64 {
    let (Some(own), Some(other)) = (a.get(field), b.get(field)) else {
        return 0.0;
    };
    if own == other {
        return 1.0;
    }
    let (Some(own), Some(other)) = (a.vectors.get(&field), b.vectors.get(&field)) else {
        return 0.0;
    };
    // Both sorted by ancestor.
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < own.len() && j < other.len() {
        match own[i].0.cmp(&other[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += own[i].1 * other[j].1;
                i += 1;
                j += 1;
            }
        }
    }
    sum.min(1.0)
}

impl Kernel {
    /// The covariance of two descriptions' profiles, without the study's part.
    pub fn of_fields(&self, a: &Point, b: &Point) -> f64 {
        let [tissue, cell_type, cell_line, disease, sample_type] =
            FIELDS.map(|field| likeness(a, b, field));
        let together = tissue * cell_type * (0.5 + 0.5 * cell_line) * (0.6 + 0.4 * disease);
        self.constant
            + self.tissue * tissue
            + self.cell_type * cell_type
            + self.cell_line * cell_line
            + self.disease * disease
            + self.sample_type * sample_type
            + self.joint * together
    }

    /// The covariance of two descriptions' profiles.
    pub fn covariance(&self, a: &Point, b: &Point) -> f64 {
        let same = a.study.is_some() && a.study == b.study;
        self.of_fields(a, b) + if same { self.study } else { 0.0 }
    }

    /// The variance of a group's mean about what its description shares with others.
    pub fn noise(&self, samples: u32) -> f64 {
        self.group + self.sample / f64::from(samples.max(1))
    }
}
