//! From the genes of a file to the genes of a model: by id or symbol, never by position.

mod alignment;
mod mapping;
mod reader;
mod report;
mod resolver;

pub use alignment::{AlignedSample, Alignment};
pub use reader::AlignedReader;
pub use report::{AlignmentReport, AmbiguousName};
pub use resolver::{GeneNames, GeneResolver, Resolution};
