//! A study on the model's gene axis, as ln(1 + CPM) or ln(1 + CP10k).

use refcast_core::{GeneAxis, Modality};

use super::study::{Study, StudyKind};
use crate::error::{Error, Result};
use crate::table::Row;

/// The annotation of one sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleAnnotation {
    row: Row,
}

impl SampleAnnotation {
    /// A field; empty where it is not known.
    pub fn get(&self, field: &str) -> &str {
        self.row.get(field).map_or("", String::as_str)
    }

    /// The sample's name.
    pub fn id(&self) -> &str {
        self.get("sample_id")
    }

    /// The controls that belong to this sample.
    pub fn controls(&self) -> impl Iterator<Item = &str> {
        self.get("control_samples")
            .split(['|', ',', ';'])
            .filter(|name| !name.is_empty())
    }
}

/// A study's samples, `[samples × genes]`.
#[derive(Debug, Clone)]
pub struct Expression {
    /// The folder's name.
    pub name: String,
    /// Which part of the corpus it is of.
    pub kind: StudyKind,
    /// Annotation.
    pub samples: Vec<SampleAnnotation>,
    /// Whether the study measures a gene, `[genes]`.
    pub measured: Vec<bool>,
    /// ln(1 + CPM) or, for a model of cells, ln(1 + CP10k) over the axis, `[samples][genes]`; 0
    /// where not measured.
    pub values: Vec<Vec<f32>>,
    /// Whether the samples are pools of cells, which count by their library.
    pub pools: bool,
    /// Counts on the axis, or of all genes where the study says so, `[samples]`.
    pub library_sizes: Vec<f64>,
}

impl Expression {
    /// Puts a study on the axis, on the scale of a modality.
    ///
    /// # Errors
    /// A sample without a count on the axis.
    pub fn on(axis: &GeneAxis, study: &Study, modality: Modality) -> Result<Self> {
        let places: Vec<Option<usize>> = study
            .genes
            .iter()
            .map(|gene| axis.index_of(*gene).map(|index| index.as_usize()))
            .collect();
        let mut measured = vec![false; axis.len()];
        for place in places.iter().flatten() {
            measured[*place] = true;
        }
        let mut values = Vec::with_capacity(study.samples.len());
        let mut library_sizes = Vec::with_capacity(study.samples.len());
        for (at, (row, counts)) in study.samples.iter().zip(&study.counts).enumerate() {
            let mut on_axis = vec![0.0_f64; axis.len()];
            for (place, count) in places.iter().zip(counts) {
                if let Some(place) = place {
                    on_axis[*place] += f64::from(*count);
                }
            }
            let sum: f64 = on_axis.iter().sum();
            let library = study.libraries.as_ref().map_or(sum, |whole| whole[at]);
            if sum <= 0.0 || library <= 0.0 {
                let sample = row.get("sample_id").map_or("", String::as_str);
                return Err(Error::study(
                    &study.name,
                    format!("sample {sample} has no count on the axis"),
                ));
            }
            let scale = modality.per() / library;
            values.push(
                on_axis
                    .iter()
                    .map(|count| (count * scale).ln_1p() as f32)
                    .collect(),
            );
            library_sizes.push(library);
        }
        Ok(Self {
            name: study.name.clone(),
            kind: study.kind,
            samples: study
                .samples
                .iter()
                .map(|row| SampleAnnotation { row: row.clone() })
                .collect(),
            measured,
            values,
            pools: study.pools,
            library_sizes,
        })
    }

    /// Where a sample is.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.samples.iter().position(|sample| sample.id() == id)
    }

    /// The study with the samples that pass.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&SampleAnnotation) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.samples.len())
            .filter(|&at| keep(&self.samples[at]))
            .collect();
        Self {
            name: self.name.clone(),
            kind: self.kind,
            samples: kept.iter().map(|&at| self.samples[at].clone()).collect(),
            measured: self.measured.clone(),
            values: kept.iter().map(|&at| self.values[at].clone()).collect(),
            pools: self.pools,
            library_sizes: kept.iter().map(|&at| self.library_sizes[at]).collect(),
        }
    }
}
