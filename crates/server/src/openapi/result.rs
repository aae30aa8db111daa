//! The answers of the predict routes as the description has them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// An Arrow IPC stream: a record batch for each few samples.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "describes what is written as bytes")]
pub struct ArrowStream(Vec<u8>);

/// The result document.
#[derive(Serialize, ToSchema)]
pub struct PredictResult {
    /// By input and then by number, all of one kind.
    pub outputs: Vec<PredictOutput>,
    /// Ensembl ids in the order of `counts`.
    pub gene_order: Vec<String>,
    /// Which weights answered.
    pub model_version: String,
    /// What was ignored in the query.
    pub warnings: Vec<String>,
}

/// One output.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is written in other ways")]
pub enum PredictOutput {
    /// Of an expression model.
    Sample(GeneratedSample),
    /// Of `…_predict-metadata`.
    Annotation(PredictedMetadata),
}

/// One generated sample.
#[derive(Serialize, ToSchema)]
pub struct GeneratedSample {
    /// Raw counts in `gene_order`.
    pub counts: Vec<u64>,
    /// The description and the perturbation, the input, the seed, and how far to trust the answer.
    #[schema(value_type = Object)]
    pub metadata: serde_json::Value,
    /// The latents that it was decoded from: `biological`, `technical`, `perturbation`.
    pub latents: BTreeMap<String, Vec<f32>>,
}

/// What is said of one sample.
#[derive(Serialize, ToSchema)]
pub struct PredictedMetadata {
    /// The best value of each field (`unknown` for a sample that is like none of training), the
    /// input, the seed, and how far to trust the answer.
    #[schema(value_type = Object)]
    pub metadata: serde_json::Value,
    /// Every value of each field with its probability.
    pub classifier_probs: BTreeMap<String, BTreeMap<String, f64>>,
    /// The latents of the sample: `biological`, `technical`, `perturbation`.
    pub latents: BTreeMap<String, Vec<f32>>,
    /// What the decoder makes of them.
    pub decoder_sample: DecodedSample,
}

/// A sample that was decoded from latents.
#[derive(Serialize, ToSchema)]
pub struct DecodedSample {
    /// Raw counts in `gene_order`.
    pub counts: Vec<u64>,
}
