//! Count matrices in and out, and their alignment to a gene axis.
//!
//! A file becomes a [`SampleSource`] ([`open`]), which hands out raw samples one at a time;
//! [`check::check_sample`] turns each into counts or says why it is not one; [`align`] moves it to
//! the genes of a model, by id or symbol. [`align::AlignedReader`] does all three.

pub mod check;
pub mod error;
pub mod source;

pub use check::{SampleCounts, check_sample};
pub use error::{Error, Place, Result};
pub use source::{RawSample, SampleSource};
