//! The baselines: what a table of the training samples answers without a model.

use refcast_core::{Metadata, MetadataField};
use refcast_model::latent::LatentModel;
use refcast_train::corpus::Corpus;
use refcast_train::metadata::annotated_samples;

use crate::outcome::Definition;
use crate::run::MODEL;

pub(super) const TISSUE: &str = "tissue mean";
pub(super) const NEAREST: &str = "nearest sample";
pub(super) const GRAND: &str = "grand mean";

/// Fields that the nearest sample agrees in.
const FIELDS: [MetadataField; 7] = [
    MetadataField::Study,
    MetadataField::Tissue,
    MetadataField::CellType,
    MetadataField::CellLine,
    MetadataField::Disease,
    MetadataField::SampleType,
    MetadataField::Sex,
];

/// The untreated samples of training.
pub(super) struct UntreatedTraining {
    samples: Vec<UntreatedSample>,
    masks: Vec<Vec<bool>>,
    /// μ, `[genes]`, for what a sample does not measure.
    mean: Vec<f64>,
    /// Mean over samples that measure a gene, `[genes]`.
    pub grand_mean: Vec<f64>,
    /// Whether any of them measures a gene.
    pub measured: Vec<bool>,
}

struct UntreatedSample {
    metadata: Metadata,
    values: Vec<f32>,
    study: usize,
}

impl UntreatedTraining {
    pub(super) fn of(corpus: &Corpus, latent: &LatentModel) -> Self {
        let samples: Vec<UntreatedSample> = annotated_samples(corpus)
            .into_iter()
            .filter(|sample| !sample.treated)
            .map(|sample| UntreatedSample {
                values: sample.values.to_vec(),
                study: sample.study,
                metadata: sample.metadata,
            })
            .collect();
        let masks: Vec<Vec<bool>> = corpus
            .studies
            .iter()
            .map(|study| study.measured.clone())
            .collect();
        let mut own = Self {
            mean: latent.mean.iter().map(|m| f64::from(*m)).collect(),
            grand_mean: Vec::new(),
            measured: Vec::new(),
            samples,
            masks,
        };
        own.grand_mean = own.mean_of(|_| true);
        own.measured = (0..corpus.axis.len())
            .map(|gene| {
                own.samples
                    .iter()
                    .any(|sample| own.masks[sample.study][gene])
            })
            .collect();
        own
    }

    pub(super) fn has_tissue(&self, tissue: &str) -> bool {
        self.samples
            .iter()
            .any(|sample| sample.metadata.get(MetadataField::Tissue) == Some(tissue))
    }

    pub(super) fn tissue_mean(&self, tissue: &str) -> Vec<f64> {
        self.mean_of(|sample| sample.metadata.get(MetadataField::Tissue) == Some(tissue))
    }

    /// The first sample that agrees in most fields that are known of both.
    pub(super) fn nearest(&self, metadata: &Metadata) -> Vec<f64> {
        let agreed = |sample: &UntreatedSample| {
            let fields = FIELDS.into_iter().filter(|field| {
                let own = metadata.get(*field);
                own.is_some() && own == sample.metadata.get(*field)
            });
            fields.count()
        };
        let mut best: Option<(usize, &UntreatedSample)> = None;
        for sample in &self.samples {
            let own = agreed(sample);
            if best.is_none_or(|(most, _)| own > most) {
                best = Some((own, sample));
            }
        }
        let Some((_, nearest)) = best else {
            return self.mean.clone();
        };
        let mask = &self.masks[nearest.study];
        let genes = nearest.values.iter().zip(mask).zip(&self.mean);
        genes
            .map(|((value, seen), mean)| if *seen { f64::from(*value) } else { *mean })
            .collect()
    }

    fn mean_of(&self, keep: impl Fn(&UntreatedSample) -> bool) -> Vec<f64> {
        let genes = self.mean.len();
        let (mut sums, mut sizes) = (vec![0.0; genes], vec![0.0_f64; genes]);
        for sample in self.samples.iter().filter(|sample| keep(sample)) {
            for gene in (0..genes).filter(|&gene| self.masks[sample.study][gene]) {
                sums[gene] += f64::from(sample.values[gene]);
                sizes[gene] += 1.0;
            }
        }
        let genes = sums.iter().zip(&sizes).zip(&self.mean);
        genes
            .map(|((sum, n), mean)| if *n > 0.0 { sum / n } else { *mean })
            .collect()
    }
}

/// The model and the baselines.
pub(super) fn defined() -> Vec<Definition> {
    let method = |name: &str, definition: &str| Definition {
        name: name.to_owned(),
        definition: definition.to_owned(),
    };
    vec![
        method(
            MODEL,
            "The expected profile for the metadata of the samples that were left out.",
        ),
        method(
            TISSUE,
            "Mean over all untreated training samples of the tissue that measure the gene.",
        ),
        method(
            NEAREST,
            "The untreated training sample that agrees in most of study, tissue, cell type, cell line, disease, sample type and sex, of those known of both; of equals the first in the order of the corpus. Genes that it does not measure: μ of the training studies.",
        ),
        method(
            GRAND,
            "Mean over all untreated training samples that measure the gene.",
        ),
    ]
}
