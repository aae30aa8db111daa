//! What goes over the wire: queries in, results out, in the formats that existing clients know.

mod arrow;
mod counts;
mod json;
mod metadata;
mod query;
#[cfg(test)]
mod query_tests;
mod result;
mod scalar;

pub use arrow::ArrowWriter;
pub use json::JsonValue;
pub use query::{Asked, Limits, Task};
pub use result::JsonWriter;
