//! From metadata to expression.
//!
//! Profiles of groups of like samples (study × tissue × cell × disease …) are jointly Gaussian with
//! a covariance that is a sum over the fields ([`Kernel`]); the profile of a description is their
//! best linear unbiased prediction (kriging), with the study as a nuisance effect. The weights are
//! the same for every gene. What is not given is averaged over, weighted by how much of it was seen
//! with what is given. Sex and age add shifts by gene that were learned within groups.

mod complete;
mod group;
pub mod kernel;
mod spread;

use std::sync::OnceLock;

use half::f16;
use refcast_core::{Metadata, MetadataField};
use serde::{Deserialize, Serialize};

pub use complete::{Completion, complete};
pub use group::SampleGroup;
pub use kernel::{Kernel, NONE, Point, Space};
pub use spread::{Spread, SpreadOf};

use crate::bundle::{Tensor, Tensors};
use crate::error::{Error, Result};
use crate::linalg::{Cholesky, Symmetric};
use crate::terms::Terms;

/// The file of a bundle that says what the rows of the tensors are.
pub const BASELINE: &str = "baseline.json";
/// Levels of ln(1 + CPM) are kept in steps of this, as bytes: from 0 to the million and beyond.
pub const LEVEL_STEP: f32 = 0.055;
/// The age that profiles are kept at, years.
pub const REFERENCE_AGE: f64 = 50.0;

/// Half a difference between the sexes from which on a gene is one of theirs, ln(1 + CPM).
const TOLD_BY_SEX: f32 = 0.3;
/// The weight that a group of known sex has at least among such.
const LEAST_WEIGHT: f64 = 1e-3;

/// What baselines are made from.
#[derive(Debug)]
pub struct BaselineModel {
    /// The groups.
    pub groups: Vec<SampleGroup>,
    /// Mean ln(1 + CPM) in steps of [`LEVEL_STEP`], `[groups × genes]`, at neither sex and
    /// [`REFERENCE_AGE`]; what a group's study does not measure is as its latents decode to.
    pub profiles: Vec<u8>,
    /// What groups have in common.
    pub kernel: Kernel,
    /// Half the difference of males and females, `[genes]`, ln(1 + CPM).
    pub sex: Vec<f16>,
    /// Change in ten years, `[genes]`, ln(1 + CPM).
    pub age: Vec<f16>,
    /// How samples scatter about their metadata.
    pub spread: Spread,
    prepared: OnceLock<PreparedBaseline>,
}

#[derive(Debug)]
struct PreparedBaseline {
    space: Space,
    points: Vec<Point>,
    factor: Option<Cholesky>,
}

#[derive(Serialize, Deserialize)]
struct StoredBaseline {
    kernel: Kernel,
    groups: Vec<group::StoredGroup>,
    spread: Vec<SpreadOf>,
}

/// What a description was answered with.
#[derive(Debug, Clone)]
pub struct Estimate {
    /// ln(1 + CPM), `[genes]`, not below 0.
    pub profile: Vec<f64>,
    /// What the description was completed to.
    pub completion: Completion,
    /// The part of the variance of profiles that it explains, 0 to 1.
    pub explained: f64,
    /// How alike the nearest group is in each field that was given, with that group's value.
    pub nearest: Vec<(MetadataField, f64, String)>,
}

impl BaselineModel {
    /// A model from its parts.
    pub fn new(
        groups: Vec<SampleGroup>,
        profiles: Vec<u8>,
        kernel: Kernel,
        shifts: [Vec<f16>; 2],
        spread: Spread,
    ) -> Self {
        let [sex, age] = shifts;
        Self {
            groups,
            profiles,
            kernel,
            sex,
            age,
            spread,
            prepared: OnceLock::new(),
        }
    }

    /// Takes the model out of a bundle.
    ///
    /// # Errors
    /// A table that does not parse, a tensor that is missing or has another shape.
    pub fn take(tensors: &mut Tensors, genes: usize, latents: usize, json: &[u8]) -> Result<Self> {
        let stored: StoredBaseline = serde_json::from_slice(json)
            .map_err(|problem| Error::bundle(BASELINE, problem.to_string()))?;
        let groups = stored.groups.len();
        Ok(Self::new(
            stored.groups.into_iter().map(SampleGroup::from).collect(),
            tensors.take_u8("baseline.profiles", &[groups, genes])?,
            stored.kernel,
            [
                tensors.take_f16("baseline.sex", &[genes])?,
                tensors.take_f16("baseline.age", &[genes])?,
            ],
            Spread::take(tensors, genes, latents, stored.spread)?,
        ))
    }

    /// Puts the model among a bundle's tensors; the text is that of [`BASELINE`].
    ///
    /// # Errors
    /// None that a model has.
    pub fn put(&self, tensors: &mut Tensors) -> Result<Vec<u8>> {
        let genes = self.sex.len();
        let shape = [self.groups.len(), genes];
        tensors.insert(
            "baseline.profiles",
            &shape,
            Tensor::U8(self.profiles.clone()),
        );
        tensors.insert("baseline.sex", &[genes], Tensor::F16(self.sex.clone()));
        tensors.insert("baseline.age", &[genes], Tensor::F16(self.age.clone()));
        self.spread.put(tensors);
        let stored = StoredBaseline {
            kernel: self.kernel,
            groups: self.groups.iter().map(group::StoredGroup::from).collect(),
            spread: self.spread.kinds.clone(),
        };
        let mut json = serde_json::to_vec_pretty(&stored)
            .map_err(|problem| Error::bundle(BASELINE, problem.to_string()))?;
        json.push(b'\n');
        Ok(json)
    }

    fn prepared(&self, terms: &Terms) -> &PreparedBaseline {
        self.prepared.get_or_init(|| {
            let metadata = self.groups.iter().map(|group| &group.metadata);
            let space = Space::new(terms, metadata.clone(), self.kernel.decay);
            let points: Vec<Point> = metadata.map(|own| space.point(terms, own)).collect();
            let covariance = Symmetric::from_fn(points.len(), |i, j| {
                let own = if i == j {
                    self.kernel.noise(self.groups[i].samples)
                } else {
                    0.0
                };
                self.kernel.covariance(&points[i], &points[j]) + own
            });
            PreparedBaseline {
                factor: covariance
                    .cholesky()
                    .or_else(|| covariance.with_eigenvalues_at_least(1e-6).cholesky()),
                space,
                points,
            }
        })
    }

    /// The expected profile of a description whose values are ids; `mean` is μ, `[genes]`.
    pub fn estimate(&self, terms: &Terms, metadata: &Metadata, mean: &[f32]) -> Estimate {
        let PreparedBaseline {
            space,
            points,
            factor,
        } = self.prepared(terms);
        let asked = space.point(terms, metadata);
        let completion = complete(&self.groups, points, metadata, &asked);
        let completed: Vec<(Point, f64)> = completion
            .candidates
            .iter()
            .map(|(candidate, weight)| (space.point(terms, candidate), *weight))
            .collect();
        let right: Vec<f64> = points
            .iter()
            .map(|point| {
                let covariances = completed
                    .iter()
                    .map(|(own, weight)| weight * self.kernel.covariance(own, point));
                covariances.sum()
            })
            .collect();
        let weights = factor
            .as_ref()
            .map_or_else(|| vec![0.0; right.len()], |factor| factor.solve(&right));
        let own: f64 = completed
            .iter()
            .map(|(own, weight)| weight * self.kernel.covariance(own, own))
            .sum();
        let told: f64 = weights.iter().zip(&right).map(|(w, k)| w * k).sum();
        let mut profile = self.combine(&weights, mean);
        self.neutral(&mut profile, &weights);
        self.shift(
            &mut profile,
            completion.sex,
            metadata
                .get(MetadataField::AgeYears)
                .and_then(|years| years.parse().ok()),
        );
        for level in &mut profile {
            *level = level.max(0.0);
        }
        Estimate {
            profile,
            explained: (told / own.max(1e-9)).clamp(0.0, 1.0),
            nearest: nearest(points, &asked),
            completion,
        }
    }

    /// μ + Σ w (profile − μ), `[genes]`, in the order of the groups.
    fn combine(&self, weights: &[f64], mean: &[f32]) -> Vec<f64> {
        let genes = mean.len();
        let left = 1.0 - weights.iter().sum::<f64>();
        let mut profile: Vec<f64> = mean.iter().map(|mean| left * f64::from(*mean)).collect();
        for (row, weight) in self.profiles.chunks(genes.max(1)).zip(weights) {
            let step = weight * f64::from(LEVEL_STEP);
            for (sum, level) in profile.iter_mut().zip(row) {
                *sum += step * f64::from(*level);
            }
        }
        profile
    }

    /// Of the genes that only one sex expresses, groups whose sex is not known say nothing: there
    /// the others answer, at neither sex.
    fn neutral(&self, profile: &mut [f64], weights: &[f64]) {
        let genes = profile.len();
        let known: Vec<(usize, f64)> = (0..self.groups.len())
            .filter(|&at| self.groups[at].male.is_some())
            .map(|at| (at, weights[at].max(LEAST_WEIGHT)))
            .collect();
        let total: f64 = known.iter().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return;
        }
        let shifts = self.sex.iter().enumerate();
        for (gene, _) in shifts.filter(|(_, shift)| shift.to_f32().abs() >= TOLD_BY_SEX) {
            let levels = known
                .iter()
                .map(|(at, weight)| weight * f64::from(self.profiles[at * genes + gene]));
            profile[gene] = f64::from(LEVEL_STEP) * levels.sum::<f64>() / total;
        }
    }

    /// Whether only one sex expresses a gene. What lies between samples in it is mostly their sex,
    /// which not every study states.
    pub(crate) fn is_told_by_sex(&self, gene: usize) -> bool {
        self.sex[gene].to_f32().abs() >= TOLD_BY_SEX
    }

    /// Adds what sex (−1 to 1) and age do.
    pub fn shift(&self, profile: &mut [f64], sex: f64, age_years: Option<f64>) {
        if sex != 0.0 {
            for (level, shift) in profile.iter_mut().zip(&self.sex) {
                *level += sex * shift.to_f64();
            }
        }
        if let Some(years) = age_years {
            let decades = (years - REFERENCE_AGE) / 10.0;
            for (level, slope) in profile.iter_mut().zip(&self.age) {
                *level += decades * slope.to_f64();
            }
        }
    }
}

/// For each field that was given the group that is most alike in it.
fn nearest(points: &[Point], asked: &Point) -> Vec<(MetadataField, f64, String)> {
    kernel::FIELDS
        .into_iter()
        .filter(|field| asked.get(*field).is_some())
        .map(|field| {
            let alike = points
                .iter()
                .filter_map(|point| {
                    Some((kernel::likeness(asked, point, field), point.get(field)?))
                })
                .fold(
                    (0.0, ""),
                    |best, own| if own.0 > best.0 { own } else { best },
                );
            (field, alike.0, alike.1.to_owned())
        })
        .collect()
}

/// The byte that stands for a level of ln(1 + CPM).
pub fn level_byte(level: f64) -> u8 {
    (level / f64::from(LEVEL_STEP)).round().clamp(0.0, 255.0) as u8
}
