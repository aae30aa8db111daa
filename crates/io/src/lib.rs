//! Count matrices in and out, and their alignment to a gene axis.
//!
//! A file becomes a [`SampleSource`] ([`open()`]), which hands out raw samples one at a time;
//! [`check::check_sample`] turns each into counts or says why it is not one; [`align`] moves it to
//! the genes of a model, by id or symbol. [`align::AlignedReader`] does all three.

pub mod align;
pub mod atomic_file;
mod by_cell;
pub mod check;
mod compression;
pub mod delimited;
pub mod error;
mod features;
mod file_kind;
mod foreign;
mod genomes;
pub mod h5ad;
mod h5mu;
mod hdf5;
pub mod input;
mod lines;
pub mod loom;
pub mod market;
mod open;
mod raw_matrix;
mod sample_names;
mod several;
pub mod source;
pub mod tenx;
mod transcripts;
mod unit;

pub use align::{
    AlignedReader, AlignedSample, Alignment, AlignmentReport, CountShares, LeftOutCause,
};
pub use align::{GeneNames, GeneResolver};
pub use atomic_file::AtomicFile;
pub use check::{SampleCounts, check_sample};
pub use delimited::{Orientation, write_counts};
pub use error::{Error, Place, Result};
pub use file_kind::FileKind;
pub use hdf5::Hdf5Fault;
pub use open::{ReadOptions, open, open_all};
pub use source::{RawSample, SampleSource};
pub use transcripts::TranscriptGenes;
