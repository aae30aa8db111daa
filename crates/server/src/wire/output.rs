//! The outputs of an answer, before they are written in one format or another.

use refcast_core::{Counts, Latents, MetadataField};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::metadata::OutputMetadata;

/// Some outputs in their order; all of an answer are of one kind.
pub enum Outputs<'a> {
    /// Generated expression.
    Samples(Vec<Sample<'a>>),
    /// Predicted metadata.
    Annotations(Vec<Annotated<'a>>),
}

/// A generated sample. The keys are those that clients look for.
#[derive(Serialize)]
pub struct Sample<'a> {
    /// Raw counts, `[genes]`.
    #[serde(serialize_with = "values")]
    pub counts: Counts,
    /// What is said of it.
    pub metadata: OutputMetadata<'a>,
    /// The latents that it was decoded from.
    pub latents: Latents,
}

/// What is said of a sample. The keys are those that clients look for.
#[derive(Serialize)]
pub struct Annotated<'a> {
    /// The best value of each field, and how far to trust it.
    pub metadata: OutputMetadata<'a>,
    /// Every value of each field with its probability.
    #[serde(rename = "classifier_probs")]
    pub probabilities: Probabilities<'a>,
    /// The latents of the sample.
    pub latents: Latents,
    /// What the decoder makes of them.
    pub decoder_sample: DecoderSample,
}

/// A sample that was decoded from latents.
#[derive(Serialize)]
pub struct DecoderSample {
    /// Raw counts, `[genes]`.
    #[serde(serialize_with = "values")]
    pub counts: Counts,
}

/// Fields with their values and the probability of each, in an order that does not depend on the
/// sample.
pub struct Probabilities<'a>(pub Vec<FieldProbabilities<'a>>);

/// The values of one field with their probabilities, which add up to 1.
pub struct FieldProbabilities<'a> {
    /// The field.
    pub field: MetadataField,
    /// Its values, as the model lists them.
    pub values: &'a [String],
    /// The probability of each, `[values]`.
    pub probabilities: Vec<f64>,
}

fn values<S: Serializer>(counts: &Counts, serializer: S) -> Result<S::Ok, S::Error> {
    counts.values().serialize(serializer)
}

impl Serialize for Probabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for field in &self.0 {
            map.serialize_entry(field.field.name(), field)?;
        }
        map.end()
    }
}

impl Serialize for FieldProbabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.values.iter().zip(&self.probabilities))
    }
}
