//! Metadata from expression: what to answer, and the answer.

use serde::Serialize;

use crate::counts::Counts;
use crate::error::{Faults, Result};
use crate::metadata::MetadataField;
use crate::prediction::Latents;
use crate::raw_query::whole;

/// The value of a field that none of the known ones describes.
pub const UNKNOWN: &str = "unknown";

/// How to annotate, as text; `None` is what was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawAnnotationQuery {
    /// Only these fields; all that the model predicts when not given.
    pub fields: Option<Vec<String>>,
    /// Of the decoder's sample; drawn by the caller when not given.
    pub seed: Option<String>,
}

/// How to annotate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnotationQuery {
    /// Only these fields; `None` for all that the model predicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<MetadataField>>,
    /// The seed of the decoder's sample.
    pub seed: u64,
}

impl RawAnnotationQuery {
    /// The query, with `drawn_seed` where none is given.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every fault.
    pub fn check(self, drawn_seed: u64) -> Result<AnnotationQuery> {
        let mut faults = Faults::new();
        let fields = self.fields.map(|names| {
            let fields = names
                .iter()
                .filter_map(|name| faults.keep("fields", name.parse()));
            fields.collect()
        });
        let seed = match self.seed {
            Some(text) => faults.keep("", whole("seed", &text, 0, u64::MAX)),
            None => Some(drawn_seed),
        };
        match seed {
            Some(seed) => faults.finish(AnnotationQuery { fields, seed }),
            None => Err(faults.into_error()),
        }
    }
}

/// One value that a field may have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueProbability {
    /// The value: `UBERON:0002107`.
    pub value: String,
    /// What it means: `liver`; the value itself where it says so.
    pub label: String,
    /// Its probability among the values of the field, 0 to 1.
    pub probability: f32,
}

/// What a model says of one field of a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldPrediction {
    /// The field.
    pub field: MetadataField,
    /// The best value, or [`UNKNOWN`] for a sample that is like none of training.
    pub value: String,
    /// What it means.
    pub label: String,
    /// Its probability; 0 for [`UNKNOWN`].
    pub probability: f32,
    /// The narrowest term of the field's ontology that holds nine tenths of the probability: the
    /// value itself, or a term above several values. `None` where there is none, and for [`UNKNOWN`].
    pub sure: Option<ValueProbability>,
    /// Every value of the field with its probability, the most probable first; they add up to 1.
    pub probabilities: Vec<ValueProbability>,
}

/// What a model says of one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// The name of the sample, as in the input.
    pub reference: String,
    /// The fields, in the order of [`MetadataField`].
    pub fields: Vec<FieldPrediction>,
    /// How unlike the samples of training it is: 1 is the threshold, which one in twenty samples
    /// of a study that training did not see is above.
    pub novelty: f32,
    /// Whether `novelty` is at most 1. Where it is not every field is [`UNKNOWN`]; the
    /// probabilities are those among the known values all the same.
    pub is_familiar: bool,
    /// How many genes of the axis the sample measures.
    pub measured_genes: u32,
    /// What speaks against believing this, in sentences for the user; often nothing.
    pub notes: Vec<String>,
}

/// A sample with what a model says of it and makes of its latents.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotatedSample {
    /// What the model says.
    pub annotation: Annotation,
    /// The latents of the sample: the mean of their posterior.
    pub latents: Latents,
    /// A sample generated from the latents, at the library size of the input, `[genes]`.
    pub decoder_sample: Counts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_any_of_their_names_and_a_typo_is_answered() {
        let raw = |names: &[&str]| RawAnnotationQuery {
            fields: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            seed: None,
        };
        let query = raw(&["tissue", "sex"]).check(3).unwrap();
        assert_eq!(
            query.fields,
            Some(vec![MetadataField::Tissue, MetadataField::Sex])
        );
        assert_eq!(query.seed, 3);
        let faults = raw(&["tisue", "sx"]).check(0).unwrap_err().into_faults("");
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[0].code, "unknown_field");
    }
}
