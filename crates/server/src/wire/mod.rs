//! What comes over the wire: queries, in every spelling that existing clients know.

mod body;
mod compact;
mod counts;
mod held;
mod json;
mod query;
#[cfg(test)]
mod result_tests;
mod scalar;

pub use body::Body;
pub use query::{AnnotationTasks, Asked, Conditioned, Described, Limits, Tasks};
