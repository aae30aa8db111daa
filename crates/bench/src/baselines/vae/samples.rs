//! What the network is trained on: profiles and metadata of the training's samples.

use refcast_core::OntologyId;
use refcast_train::bank::Contrast;
use refcast_train::corpus::StudyKind;

use super::basis::VaeBasis;
use super::matrix::VaeMatrix;
use super::train::VaeSettings;
use crate::baselines::training::{BaselineTraining, Direction};
use crate::split::{cells_of, is_untreated};

/// What was done to a sample, as the network reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VaeTreatment {
    /// Entities by their place in the vocabulary; none for an untreated sample.
    pub entities: Vec<usize>,
    /// ln(1 + hours), where it is known.
    pub time: Option<f32>,
}

/// The values of the metadata that training holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VaeVocabulary {
    /// Studies.
    pub studies: Vec<String>,
    /// Cells.
    pub cells: Vec<String>,
    /// Entities, each with the way that it is moved.
    pub entities: Vec<(OntologyId, Direction)>,
    /// Sets of entities, the empty one first.
    pub classes: Vec<Vec<usize>>,
}

/// A training sample's metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeMetadata {
    /// Place of its study.
    pub study: usize,
    /// Place of its cells.
    pub cells: usize,
    /// What was done.
    pub given: VaeTreatment,
    /// Place of its entities among the classes.
    pub class: usize,
}

/// The training's samples.
#[derive(Debug, Clone)]
pub struct VaeSamples {
    /// Coordinates, `[samples × components]`, scaled to variance 1 over samples.
    pub coordinates: VaeMatrix,
    /// Metadata, `[samples]`.
    pub metadata: Vec<VaeMetadata>,
    /// Treated samples with the mean coordinates of their controls.
    pub pairs: Vec<(usize, Vec<f32>)>,
    /// Deviation of each coordinate, `[components]`.
    pub scale: Vec<f32>,
    /// The axes.
    pub basis: VaeBasis,
    /// The metadata's values.
    pub vocabulary: VaeVocabulary,
}

impl VaeSamples {
    /// Lays out a training. Published profiles are means of unknown samples and left out; so are
    /// samples that the curator leaves out, or that were treated with nothing that has an id. `None`
    /// without a treated sample with its controls, or where all profiles are the same.
    pub fn of(training: &BaselineTraining<'_>, settings: &VaeSettings) -> Option<Self> {
        let corpus = training.corpus;
        let genes = corpus.axis.len();
        let mut vocabulary = VaeVocabulary {
            classes: vec![Vec::new()],
            ..VaeVocabulary::default()
        };
        let mut metadata = Vec::new();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for (at, study) in corpus.studies.iter().enumerate() {
            if study.kind == StudyKind::Published {
                continue;
            }
            let step = match study.kind {
                StudyKind::Atlas => study
                    .samples
                    .len()
                    .div_ceil(settings.most_atlas_samples.max(1)),
                _ => 1,
            };
            for (place, sample) in study.samples.iter().enumerate().step_by(step.max(1)) {
                let treatment = match study.kind {
                    StudyKind::Perturbation => corpus.conditions.of(&study.name, sample),
                    _ => Ok(None),
                };
                // Training::of has read every condition, so that none fails here.
                let treatment = treatment.ok().flatten();
                let given = match &treatment {
                    Some(treatment) if treatment.entities.is_empty() => continue,
                    Some(treatment) => {
                        let direction = Direction::of(treatment.kind);
                        let entities = treatment.entities.iter();
                        VaeTreatment {
                            entities: entities
                                .map(|id| {
                                    place_of(&mut vocabulary.entities, (id.clone(), direction))
                                })
                                .collect(),
                            time: time(treatment.time),
                        }
                    }
                    None if is_untreated(sample) => VaeTreatment::default(),
                    None => continue,
                };
                metadata.push(VaeMetadata {
                    study: place_of(&mut vocabulary.studies, study.name.clone()),
                    cells: place_of(&mut vocabulary.cells, cells_of(sample)),
                    class: place_of(&mut vocabulary.classes, given.entities.clone()),
                    given,
                });
                places.push((at, place));
            }
        }
        let contrasts: Vec<(usize, &Contrast)> = training
            .contrasts
            .iter()
            .filter_map(|contrast| {
                let place = (contrast.study, contrast.treated);
                Some((places.iter().position(|own| *own == place)?, contrast))
            })
            .collect();
        if contrasts.is_empty() {
            return None;
        }
        let mean = mean(training, &places);
        let mut profiles = VaeMatrix::zeros(places.len(), genes);
        for (row, &(study, sample)) in places.iter().enumerate() {
            let study = &corpus.studies[study];
            centre(
                &study.values[sample],
                &mean,
                &study.measured,
                profiles.row_mut(row),
            );
        }
        let mut changes = VaeMatrix::zeros(contrasts.len(), genes);
        let mut controls = VaeMatrix::zeros(contrasts.len(), genes);
        for (row, (_, contrast)) in contrasts.iter().enumerate() {
            changes.row_mut(row).copy_from_slice(&contrast.change);
            let measured = &corpus.studies[contrast.study].measured;
            centre(&contrast.control, &mean, measured, controls.row_mut(row));
        }
        let basis = VaeBasis::of(
            mean,
            &profiles,
            settings.of_profiles,
            changes,
            settings.of_changes,
        );
        if basis.axes.rows == 0 {
            return None;
        }
        let mut coordinates = basis.coordinates(&profiles);
        let scale = deviations(&coordinates);
        divide(&mut coordinates, &scale);
        let mut controls = basis.coordinates(&controls);
        divide(&mut controls, &scale);
        let pairs = contrasts.iter().enumerate();
        let pairs = pairs.map(|(row, (place, _))| (*place, controls.row(row).to_vec()));
        Some(Self {
            pairs: pairs.collect(),
            coordinates,
            metadata,
            scale,
            basis,
            vocabulary,
        })
    }
}

/// ln(1 + hours).
pub fn time(time: Option<refcast_core::Duration>) -> Option<f32> {
    time.map(|time| time.hours().ln_1p() as f32)
}

/// A profile about a mean; 0 where not measured.
pub fn centre(profile: &[f32], mean: &[f32], measured: &[bool], centred: &mut [f32]) {
    for (gene, value) in centred.iter_mut().enumerate() {
        *value = if measured[gene] {
            profile[gene] - mean[gene]
        } else {
            0.0
        };
    }
}

/// Divides every column by its deviation.
pub fn divide(rows: &mut VaeMatrix, scale: &[f32]) {
    for row in rows.values.chunks_exact_mut(scale.len()) {
        for (value, scale) in row.iter_mut().zip(scale) {
            *value /= scale;
        }
    }
}

/// The place of a value, which is added if it is new.
fn place_of<T: PartialEq>(known: &mut Vec<T>, value: T) -> usize {
    known
        .iter()
        .position(|own| *own == value)
        .unwrap_or_else(|| {
            known.push(value);
            known.len() - 1
        })
}

/// Mean over studies of the mean of each, over those that measure a gene, `[genes]`.
fn mean(training: &BaselineTraining<'_>, places: &[(usize, usize)]) -> Vec<f32> {
    let corpus = training.corpus;
    let genes = corpus.axis.len();
    let mut sums = vec![0.0f64; genes];
    let mut studies = vec![0.0f64; genes];
    for (at, study) in corpus.studies.iter().enumerate() {
        let own: Vec<usize> = places
            .iter()
            .filter(|place| place.0 == at)
            .map(|place| place.1)
            .collect();
        if own.is_empty() {
            continue;
        }
        let mut sum = vec![0.0f64; genes];
        for &sample in &own {
            for (sum, value) in sum.iter_mut().zip(&study.values[sample]) {
                *sum += f64::from(*value);
            }
        }
        for gene in 0..genes {
            if study.measured[gene] {
                sums[gene] += sum[gene] / own.len() as f64;
                studies[gene] += 1.0;
            }
        }
    }
    sums.iter()
        .zip(&studies)
        .map(|(sum, n)| (sum / n.max(1.0)) as f32)
        .collect()
}

/// Root mean square of each column about its mean.
fn deviations(rows: &VaeMatrix) -> Vec<f32> {
    let n = rows.rows.max(1) as f64;
    let (mut sum, mut squares) = (vec![0.0f64; rows.columns], vec![0.0f64; rows.columns]);
    for row in rows.values.chunks_exact(rows.columns) {
        for (at, value) in row.iter().enumerate() {
            sum[at] += f64::from(*value);
            squares[at] += f64::from(*value).powi(2);
        }
    }
    let deviation =
        |(sum, squares): (&f64, &f64)| (squares / n - (sum / n).powi(2)).max(1e-12).sqrt() as f32;
    sum.iter().zip(&squares).map(deviation).collect()
}
