//! What a description leaves open, filled from what was seen with what it says.

use std::collections::BTreeMap;

use refcast_core::{Metadata, MetadataField};

use super::group::SampleGroup;
use super::kernel::{FIELDS, NONE, Point, likeness};

/// Samples beyond which a group does not count for more.
const HALF_SAMPLES: f64 = 5.0;
/// What is left of a group's weight for each special thing about it that was not asked for: a cell
/// line, a purified cell type, a disease.
const NOT_ASKED: f64 = 0.05;
/// The likeness below which a value counts as another.
const LEAST_LIKENESS: f64 = 1e-3;
/// Candidates of less than this part of the largest weight are left out.
const LEAST_PART: f64 = 1e-3;

/// The ways in which a description may be meant.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    /// Whole descriptions, with weights that add up to 1.
    pub candidates: Vec<(Metadata, f64)>,
    /// For each field that was left open the value with most weight, and that weight.
    pub filled: Vec<(MetadataField, String, f64)>,
    /// The expected sex: −1 female, +1 male.
    pub sex: f64,
}

/// Completes a description by those of the groups, each weighted by its samples and by how well
/// it fits; the values that are given stay.
pub fn complete(
    groups: &[SampleGroup],
    points: &[Point],
    metadata: &Metadata,
    asked: &Point,
) -> Completion {
    // Where what is asked for was seen as it is, what is only like it has no say in the rest: breast
    // cancer in cell lines is nearer to breast cancer than lung cancer in tissue.
    let is_seen = points.iter().any(|point| has_all(asked, point));
    let weights: Vec<f64> = groups
        .iter()
        .zip(points)
        .map(|(group, point)| {
            if is_seen && !has_all(asked, point) {
                return 0.0;
            }
            let n = f64::from(group.samples);
            n / (n + HALF_SAMPLES) * fit(asked, point)
        })
        .collect();
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let mut total = 0.0;
    let mut candidates: BTreeMap<Vec<(MetadataField, String)>, f64> = BTreeMap::new();
    let (mut male, mut known) = (0.0, 0.0);
    for (group, weight) in groups.iter().zip(&weights) {
        if *weight < LEAST_PART * largest || *weight <= 0.0 {
            continue;
        }
        total += weight;
        if let Some(part) = group.male {
            male += weight * part;
            known += weight;
        }
        let mut whole = BTreeMap::new();
        for field in FIELDS {
            let value = metadata.get(field).or_else(|| group.metadata.get(field));
            whole.extend(value.map(|value| (field, value.to_owned())));
        }
        *candidates.entry(whole.into_iter().collect()).or_default() += weight;
    }
    let mut filled = Vec::new();
    for field in FIELDS {
        if metadata.get(field).is_some() {
            continue;
        }
        let mut by_value: BTreeMap<&str, f64> = BTreeMap::new();
        for (fields, weight) in &candidates {
            let value = fields.iter().find(|(own, _)| *own == field);
            *by_value
                .entry(value.map_or("", |(_, value)| value))
                .or_default() += weight / total;
        }
        let best = by_value.iter().fold(("", 0.0), |best, (value, weight)| {
            if *weight > best.1 {
                (value, *weight)
            } else {
                best
            }
        });
        if !best.0.is_empty() {
            filled.push((field, best.0.to_owned(), best.1));
        }
    }
    let candidates = candidates.into_iter().map(|(fields, weight)| {
        let mut whole = Metadata::default();
        for (field, value) in fields {
            whole.set(field, value);
        }
        if let Some(study) = metadata.get(MetadataField::Study) {
            whole.set(MetadataField::Study, study);
        }
        (whole, weight / total)
    });
    Completion {
        candidates: candidates.collect(),
        filled,
        sex: match metadata.get(MetadataField::Sex) {
            Some("male") => 1.0,
            Some("female") => -1.0,
            _ if known > 0.0 => 2.0 * male / known - 1.0,
            _ => 0.0,
        },
    }
}

/// Whether a group has every value that is asked for.
fn has_all(asked: &Point, point: &Point) -> bool {
    let mut given = FIELDS
        .into_iter()
        .filter(|field| asked.get(*field).is_some());
    given.all(|field| asked.get(field) == point.get(field))
}

/// How well a group fits what is asked for.
fn fit(asked: &Point, point: &Point) -> f64 {
    FIELDS
        .into_iter()
        .map(|field| match asked.get(field) {
            Some(_) => likeness(asked, point, field).max(LEAST_LIKENESS).powi(2),
            None => match (field, point.get(field)) {
                (MetadataField::SampleType | MetadataField::Tissue, _)
                | (_, None | Some(NONE | "PATO:0000461")) => 1.0,
                // Cells by name imply that they were purified, a line its disease.
                (MetadataField::CellType | MetadataField::Disease, _)
                    if asked
                        .get(MetadataField::CellLine)
                        .is_some_and(|line| line != NONE) =>
                {
                    1.0
                }
                _ => NOT_ASKED,
            },
        })
        .product()
}
