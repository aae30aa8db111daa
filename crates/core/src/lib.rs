//! The vocabulary of refcast as types: genes, counts, perturbations, queries, predictions.
//!
//! No I/O. A value of one of these types has been checked; text enters through the `FromStr`
//! implementations and [`RawQuery`], which say what was given, what is wrong and what is accepted.

pub mod annotation;
mod as_string;
pub mod axis;
pub mod baseline;
pub mod control;
pub mod counts;
pub mod dose;
pub mod elementary;
pub mod error;
pub mod expression;
pub mod gene;
pub mod metadata;
pub mod modality;
pub mod nearest;
pub mod ontology;
pub mod perturbation;
pub mod perturbation_type;
pub mod prediction;
mod quantity;
pub mod query;
pub mod random;
pub mod raw_query;
pub mod sampling;
pub mod time;

pub use annotation::{
    AnnotatedSample, Annotation, AnnotationQuery, FieldPrediction, RawAnnotationQuery, UNKNOWN,
    ValueProbability,
};
pub use axis::{Gene, GeneAxis, GeneIndex};
pub use baseline::{BaselinePrediction, BaselineQuery, RawBaselineQuery};
pub use control::{ControlWord, control_word, is_control_word};
pub use counts::Counts;
pub use dose::{Dimension, Dose, DoseUnit};
pub use error::{Error, Fault, Faults, IntoFaults, Result, quoted};
pub use expression::{Cpm, LogCpm};
pub use gene::{GeneId, GeneNameRank};
pub use metadata::{FieldGroup, Metadata, MetadataField};
pub use modality::Modality;
pub use ontology::OntologyId;
pub use perturbation::{Perturbation, PerturbationFields, too_many_entities};
pub use perturbation_type::PerturbationType;
pub use prediction::{Latents, Prediction, Support, SupportLevel, scored};
pub use quantity::short_number;
pub use query::{LARGEST_TOTAL_COUNT, LONGEST_TEXT, MOST_ENTITIES, Query};
pub use raw_query::RawQuery;
pub use sampling::{Conditioning, SamplingStrategy};
pub use time::Duration;
