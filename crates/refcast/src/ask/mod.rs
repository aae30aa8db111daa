//! What can be asked of a model, each question checked whole before any work is done.

mod annotation;
mod conditioned;
mod from_metadata;
mod perturbation;

pub use annotation::AnnotationAsk;
pub use conditioned::ConditionedAsk;
pub use from_metadata::FromMetadataAsk;
pub(crate) use perturbation::label;
