//! What goes over the wire: queries in, results out, in the formats that existing clients know.

mod arrow;
mod body;
mod counts;
mod json;
mod metadata;
mod output;
mod query;
mod result;
#[cfg(test)]
mod result_tests;
mod scalar;

pub use arrow::ArrowWriter;
pub use body::Body;
pub use metadata::{OutputMetadata, predicted};
pub use output::{Annotated, DecoderSample, FieldProbabilities, Outputs, Probabilities, Sample};
pub use query::{AnnotationTasks, Asked, Conditioned, Described, Limits, Tasks};
pub use result::JsonWriter;
