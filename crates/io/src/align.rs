//! From the genes of a file to the genes of a model: by id or symbol, never by position.

mod alignment;
mod mapping;
mod names;
mod reader;
mod report;
mod resolver;
mod shares;
mod spreadsheet;
mod written;

pub use alignment::{AlignedSample, Alignment};
pub use names::GeneNames;
pub use reader::AlignedReader;
pub use report::{AlignmentReport, AmbiguousName, LeftOut, LeftOutCause, RewrittenNames};
pub(crate) use resolver::is_summary;
pub use resolver::{GeneResolution, GeneResolver, Rewriting, Unmatched};
pub use shares::CountShares;
