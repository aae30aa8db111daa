//! What the latents are fitted to: values about the mean, masks, and metadata as codes.

use refcast_model::latent::{LatentGroup, PriorField};

use crate::corpus::{Corpus, StudyKind};
use crate::error::Result;

/// Metadata fields that shift a group of latents, and the annotation's columns they are read from.
const FIELDS: [(&str, LatentGroup); 9] = [
    ("study", LatentGroup::Technical),
    ("library_layout", LatentGroup::Technical),
    ("library_selection", LatentGroup::Technical),
    ("tissue_ontology_id", LatentGroup::Biological),
    ("cell_type_ontology_id", LatentGroup::Biological),
    ("cell_line_ontology_id", LatentGroup::Biological),
    ("disease_ontology_id", LatentGroup::Biological),
    ("sex", LatentGroup::Biological),
    ("sample_type", LatentGroup::Biological),
];

/// The field of what was done: entities, type and time of a treated sample.
pub const PERTURBATION: &str = "perturbation";

/// The samples of the corpus, one row each.
#[derive(Debug, Clone)]
pub struct Data {
    /// Samples.
    pub samples: usize,
    /// Genes.
    pub genes: usize,
    /// Study of each sample, `[samples]`.
    pub study: Vec<usize>,
    /// Whether a study measures a gene, `[studies][genes]`.
    pub measured: Vec<Vec<bool>>,
    /// μ, `[genes]`: mean over studies of the mean of each.
    pub mean: Vec<f32>,
    /// Values about μ, `[samples × genes]`; 0 where not measured.
    pub centred: Vec<f32>,
    /// The fields with their values.
    pub fields: Vec<PriorField>,
    /// Position of a sample's value in its field, `[fields][samples]`.
    pub codes: Vec<Vec<Option<usize>>>,
    /// Whether a sample was treated, `[samples]`.
    pub treated: Vec<bool>,
}

impl Data {
    /// Lays out a corpus.
    ///
    /// # Errors
    /// A treated sample without a curated condition.
    pub fn of(corpus: &Corpus) -> Result<Self> {
        let genes = corpus.axis.len();
        let mean = mean_of_studies(corpus);
        let mut values: Vec<Vec<String>> = vec![Vec::new(); FIELDS.len() + 1];
        let (mut study, mut centred, mut treated) = (Vec::new(), Vec::new(), Vec::new());
        for (at, own) in corpus.studies.iter().enumerate() {
            if own.kind == StudyKind::Published {
                // Means of unknown samples scatter as no sample does.
                continue;
            }
            for (sample, row) in own.samples.iter().zip(&own.values) {
                let treatment = match own.kind {
                    StudyKind::Perturbation => corpus.conditions.of(&own.name, sample)?,
                    StudyKind::Atlas | StudyKind::Published => None,
                };
                let control = matches!(sample.get("perturbation_type"), "" | "control");
                if treatment.is_none() && !control {
                    // Left out by the curator: neither treated as named nor untreated.
                    continue;
                }
                study.push(at);
                treated.push(treatment.is_some());
                for (position, (field, _)) in FIELDS.iter().enumerate() {
                    let value = if *field == "study" {
                        own.name.as_str()
                    } else {
                        sample.get(field)
                    };
                    values[position].push(value.to_owned());
                }
                let done = treatment.map_or(String::new(), |treatment| {
                    let entities: Vec<String> =
                        treatment.entities.iter().map(ToString::to_string).collect();
                    let time = treatment
                        .time
                        .map_or(String::new(), |time| time.to_string());
                    format!("{} {} {time}", entities.join("|"), treatment.kind.name())
                        .trim()
                        .to_owned()
                });
                values[FIELDS.len()].push(done);
                centred.extend((0..genes).map(|gene| {
                    if own.measured[gene] {
                        row[gene] - mean[gene]
                    } else {
                        0.0
                    }
                }));
            }
        }
        let groups = FIELDS
            .iter()
            .copied()
            .chain([(PERTURBATION, LatentGroup::Perturbation)]);
        let (fields, codes) = groups
            .zip(&values)
            .map(|((name, group), values)| encode(name, group, values))
            .unzip();
        Ok(Self {
            samples: study.len(),
            genes,
            study,
            measured: corpus
                .studies
                .iter()
                .map(|study| study.measured.clone())
                .collect(),
            mean,
            centred,
            fields,
            codes,
            treated,
        })
    }
}

/// The mean over studies of each study's mean, so that a large study does not make the centre.
/// μ: mean over studies of the mean of each, `[genes]`.
pub(super) fn mean_of_studies(corpus: &Corpus) -> Vec<f32> {
    (0..corpus.axis.len())
        .map(|gene| {
            let means: Vec<f64> = corpus
                .studies
                .iter()
                .filter(|study| {
                    let samples = study.kind != StudyKind::Published && !study.values.is_empty();
                    samples && study.measured[gene]
                })
                .map(|study| {
                    let sum: f64 = study.values.iter().map(|row| f64::from(row[gene])).sum();
                    sum / study.values.len() as f64
                })
                .collect();
            if means.is_empty() {
                0.0
            } else {
                (means.iter().sum::<f64>() / means.len() as f64) as f32
            }
        })
        .collect()
}

fn encode(name: &str, group: LatentGroup, values: &[String]) -> (PriorField, Vec<Option<usize>>) {
    let mut known: Vec<String> = values
        .iter()
        .filter(|value| !value.is_empty())
        .cloned()
        .collect();
    known.sort();
    known.dedup();
    let codes = values
        .iter()
        .map(|value| known.binary_search(value).ok())
        .collect();
    let field = PriorField {
        name: name.to_owned(),
        group,
        values: known,
    };
    (field, codes)
}
