//! Expression from metadata alone: the query as text, the checked query, the answer.

use serde::Serialize;

use crate::counts::Counts;
use crate::error::{Faults, Result};
use crate::metadata::Metadata;
use crate::perturbation::{Perturbation, PerturbationFields};
use crate::prediction::{Latents, Support};
use crate::query::{LARGEST_TOTAL_COUNT, MOST_SAMPLES};
use crate::raw_query::{strategy, whole};
use crate::sampling::SamplingStrategy;

/// One input of a baseline query as a person or client gave it; `None` is what was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawBaselineQuery {
    /// Fields of the metadata and their values. Not the perturbation's.
    pub metadata: Vec<(String, String)>,
    /// The four fields of the perturbation; all `None` for an untreated sample.
    pub perturbation: PerturbationFields,
    /// Samples to generate; 1 when not given.
    pub num_samples: Option<String>,
    /// `sample generation` or `mean estimation`; required.
    pub sampling_strategy: Option<String>,
    /// The default of the model's modality when not given.
    pub total_count: Option<String>,
    /// False when not given.
    pub deterministic_latents: Option<bool>,
    /// Drawn by the caller when not given.
    pub seed: Option<String>,
}

/// What to generate from metadata. Made from text by [`RawBaselineQuery::check`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineQuery {
    /// What is known of the sample; names are resolved by the model.
    pub metadata: Metadata,
    /// What is done to it; `None` or a control for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perturbation: Option<Perturbation>,
    /// How many samples, 1 to [`MOST_SAMPLES`].
    pub num_samples: u32,
    /// Draws or expectations.
    pub sampling_strategy: SamplingStrategy,
    /// Use the means of the latent distributions instead of drawing from them.
    pub deterministic_latents: bool,
    /// The seed of every draw.
    pub seed: u64,
    /// The library size, 1 to [`LARGEST_TOTAL_COUNT`]; `None` for the default of the modality:
    /// 10,000,000 for bulk, 10,000 for single cells.
    pub total_count: Option<u64>,
}

impl RawBaselineQuery {
    /// The query, with `drawn_seed` where none is given and something is drawn.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every fault of every field.
    pub fn check(self, drawn_seed: u64) -> Result<BaselineQuery> {
        let mut faults = Faults::new();
        let metadata = faults.keep("", Metadata::check(self.metadata));
        let is_treated = self.perturbation != PerturbationFields::default();
        let perturbation =
            is_treated.then(|| faults.keep("", Perturbation::try_from(self.perturbation)));
        let num_samples = match self.num_samples {
            Some(text) => faults.keep("", whole("num_samples", &text, 1, u64::from(MOST_SAMPLES))),
            None => Some(1),
        };
        let strategy = strategy(self.sampling_strategy, &mut faults);
        let deterministic_latents = self.deterministic_latents.unwrap_or(false);
        let seed = match self.seed {
            Some(text) => faults.keep("", whole("seed", &text, 0, u64::MAX)),
            None => {
                strategy.map(|own| own.seed_where_none_is_given(deterministic_latents, drawn_seed))
            }
        };
        let total_count = self
            .total_count
            .and_then(|text| faults.keep("", whole("total_count", &text, 1, LARGEST_TOTAL_COUNT)));
        match (metadata, num_samples, strategy, seed) {
            (Some(metadata), Some(num_samples), Some(sampling_strategy), Some(seed)) => {
                faults.finish(BaselineQuery {
                    metadata,
                    perturbation: perturbation.flatten(),
                    // Checked above against a u32.
                    num_samples: num_samples as u32,
                    sampling_strategy,
                    deterministic_latents,
                    seed,
                    total_count,
                })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// One sample generated from metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselinePrediction {
    /// Which input of the query, from 0.
    pub input: u32,
    /// Which of the samples of this input, from 0.
    pub sample: u32,
    /// The seed of the query.
    pub seed: u64,
    /// The generated counts, `[genes]`; every gene of the axis.
    pub counts: Counts,
    /// The latents of the sample.
    pub latents: Latents,
    /// What the answer rests on. Its reasons say what stood in for a term that was not seen, and
    /// what a field that was not given was averaged over.
    pub support: Support,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn liver() -> RawBaselineQuery {
        RawBaselineQuery {
            metadata: vec![("tissue_ontology_id".into(), "UBERON:0002107".into())],
            sampling_strategy: Some("mean estimation".into()),
            ..RawBaselineQuery::default()
        }
    }

    #[test]
    fn what_is_not_given_takes_the_default_of_the_protocol() {
        let query = liver().check(7).unwrap();
        assert_eq!((query.num_samples, query.seed), (1, 7));
        assert_eq!((query.perturbation, query.total_count), (None, None));
        assert!(!query.deterministic_latents);
    }

    #[test]
    fn faults_of_metadata_perturbation_and_numbers_come_together() {
        let raw = RawBaselineQuery {
            metadata: vec![("sex".into(), "x".into())],
            perturbation: PerturbationFields {
                perturbation_time: Some("later".into()),
                ..PerturbationFields::default()
            },
            num_samples: Some("0".into()),
            total_count: Some("-1".into()),
            ..RawBaselineQuery::default()
        };
        let faults = raw.check(0).unwrap_err().into_faults("");
        let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        for path in [
            "sex",
            "perturbation_time",
            "num_samples",
            "sampling_strategy",
            "total_count",
        ] {
            assert!(paths.contains(&path), "{path}: {paths:?}");
        }
    }

    #[test]
    fn where_nothing_is_drawn_the_seed_is_not_either() {
        let mut raw = liver();
        raw.deterministic_latents = Some(true);
        assert_eq!(raw.clone().check(7).unwrap().seed, 0);
        raw.seed = Some("5".into());
        assert_eq!(raw.check(7).unwrap().seed, 5);
    }

    #[test]
    fn a_perturbation_is_kept() {
        let mut raw = liver();
        raw.perturbation.perturbation_ontology_id = Some("CHEMBL25".into());
        let query = raw.check(0).unwrap();
        assert!(query.perturbation.is_some());
    }
}
