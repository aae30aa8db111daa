//! One row of an answer.

use std::collections::HashMap;

use refcast_core::{
    AnnotatedSample, Annotation, AnnotationQuery, BaselinePrediction, Counts, Latents, Metadata,
    MetadataField, Perturbation, Prediction, Support,
};
use refcast_model::Model;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::facts::InputFacts;
use super::metadata::RowMetadata;

/// One sample, with all that is said of it.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Its name in a file; empty where it goes into none.
    pub name: String,
    /// What is said of it.
    pub metadata: RowMetadata<'a>,
    /// Raw counts, `[genes]`: of the generated sample, or of what the decoder makes of the latents.
    pub counts: Counts,
    /// The latents that it was decoded from, or those of the sample that was annotated.
    pub latents: Latents,
    /// What the treatment changes, in a full answer.
    pub effect: Option<Effect>,
    /// How far to trust it, in a full answer.
    pub support: Option<Support>,
    /// Every value of each predicted field with its probability; none for generated expression.
    pub probabilities: Option<Probabilities<'a>>,
    /// What was told of it, in a full answer.
    pub annotation: Option<Annotation>,
}

/// Change of ln(1 + CPM), `[genes]` each.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The expected change.
    pub mean: Vec<f32>,
    /// The lower end of its interval.
    pub lower: Vec<f32>,
    /// The upper end.
    pub upper: Vec<f32>,
}

/// Fields with their values and the probability of each, in an order that does not depend on the
/// sample.
#[derive(Debug, Clone)]
pub struct Probabilities<'a>(pub Vec<FieldProbabilities<'a>>);

/// The values of one field with their probabilities, which add up to 1.
#[derive(Debug, Clone)]
pub struct FieldProbabilities<'a> {
    /// The field.
    pub field: MetadataField,
    /// Its values, as the model lists them.
    pub values: &'a [String],
    /// The probability of each, `[values]`.
    pub probabilities: Vec<f64>,
}

impl<'a> Row<'a> {
    /// A reference under a perturbation.
    pub fn conditioned(
        facts: &InputFacts<'a>,
        perturbation: &Perturbation,
        made: Prediction,
    ) -> Self {
        Self {
            name: String::new(),
            metadata: RowMetadata::conditioned(facts, perturbation, &made),
            counts: made.counts,
            latents: made.latents,
            effect: Some(Effect {
                mean: made.effect,
                lower: made.effect_lower,
                upper: made.effect_upper,
            }),
            support: Some(made.support),
            probabilities: None,
            annotation: None,
        }
    }

    /// A sample that was made from metadata, whose names `resolved` has as ids.
    pub fn from_metadata(
        facts: &InputFacts<'a>,
        resolved: &Metadata,
        perturbation: Option<&Perturbation>,
        made: BaselinePrediction,
    ) -> Self {
        Self {
            name: String::new(),
            metadata: RowMetadata::from_metadata(facts, resolved, perturbation, &made),
            counts: made.counts,
            latents: made.latents,
            effect: None,
            support: Some(made.support),
            probabilities: None,
            annotation: None,
        }
    }

    /// What a sample is, as far as `query` asks.
    pub fn annotated(
        facts: &InputFacts<'a>,
        model: &'a Model,
        query: &AnnotationQuery,
        made: AnnotatedSample,
    ) -> Self {
        let fields = predicted(model, query);
        let said = &made.annotation;
        Self {
            name: String::new(),
            metadata: RowMetadata::annotated(facts, &fields, query.seed, said),
            probabilities: Some(Probabilities::of(model, &fields, said)),
            counts: made.decoder_sample,
            latents: made.latents,
            effect: None,
            support: None,
            annotation: None,
        }
    }

    /// The same of a sample that has a name, with what the values mean and how sure they are.
    pub fn annotated_in_full(
        model: &'a Model,
        query: &AnnotationQuery,
        made: AnnotatedSample,
    ) -> Self {
        let fields = predicted(model, query);
        let said = made.annotation;
        Self {
            name: said.reference.clone(),
            metadata: RowMetadata::annotated_in_full(query.seed, &said),
            probabilities: Some(Probabilities::of(model, &fields, &said)),
            counts: made.decoder_sample,
            latents: made.latents,
            effect: None,
            support: None,
            annotation: Some(said),
        }
    }

    /// The same row as the protocol has it: without the effect, and the support in the metadata
    /// alone.
    #[must_use]
    pub fn in_short(self) -> Self {
        Self {
            effect: None,
            support: None,
            ..self
        }
    }

    /// The same row with a name.
    #[must_use]
    pub fn with_name(self, name: String) -> Self {
        Self { name, ..self }
    }
}

/// The fields that an annotation says something of, in its order.
fn predicted(model: &Model, query: &AnnotationQuery) -> Vec<MetadataField> {
    let classifiers = model.classifiers();
    let predicts = |field: &MetadataField| {
        let asked = query.fields.as_ref();
        asked.is_none_or(|asked| asked.contains(field))
            && classifiers.is_some_and(|own| !own.values(*field).is_empty())
    };
    MetadataField::ALL.into_iter().filter(predicts).collect()
}

impl<'a> Probabilities<'a> {
    /// In the model's order of fields and values; an annotation has the most probable value first.
    fn of(model: &'a Model, fields: &[MetadataField], made: &Annotation) -> Self {
        let of = |field: &MetadataField| {
            let values = model
                .classifiers()
                .map_or(&[][..], |own| own.values(*field));
            let own = made.fields.iter().find(|own| own.field == *field);
            let ranked: HashMap<&str, f32> = own
                .into_iter()
                .flat_map(|own| &own.probabilities)
                .map(|entry| (entry.value.as_str(), entry.probability))
                .collect();
            let probability = |value: &String| ranked.get(value.as_str()).copied().unwrap_or(0.0);
            FieldProbabilities {
                field: *field,
                values,
                probabilities: values.iter().map(|v| f64::from(probability(v))).collect(),
            }
        };
        Self(fields.iter().map(of).collect())
    }
}

/// Raw counts under the key that clients look for.
#[derive(Serialize)]
struct CountsOf<'a> {
    counts: &'a [u64],
}

/// The keys are those that clients look for.
impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.counts.values();
        let mut row = serializer.serialize_struct("Row", 4)?;
        match &self.probabilities {
            None => {
                row.serialize_field("counts", counts)?;
                row.serialize_field("metadata", &self.metadata)?;
                row.serialize_field("latents", &self.latents)?;
            }
            Some(probabilities) => {
                row.serialize_field("metadata", &self.metadata)?;
                row.serialize_field("classifier_probs", probabilities)?;
                row.serialize_field("latents", &self.latents)?;
                row.serialize_field("decoder_sample", &CountsOf { counts })?;
            }
        }
        if let Some(effect) = &self.effect {
            row.serialize_field("effect", &effect.mean)?;
            row.serialize_field("effect_lower", &effect.lower)?;
            row.serialize_field("effect_upper", &effect.upper)?;
        }
        if let Some(support) = &self.support {
            row.serialize_field("support", support)?;
        }
        row.end()
    }
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
