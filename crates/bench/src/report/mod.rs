//! The report on disk: for each benchmark its scores as JSON, a page and plots; a summary of all;
//! and the figures that go into a recipe, from where they reach the manifest and the card.
//!
//! Everything is made from the rounded outcome that the JSON holds, so that a page that is made
//! again from the JSON is the same page.

mod error;
mod folder;
mod headline;
mod number;
mod page;
mod plot;
mod recipe;
mod rounded;
mod standing;
mod stored;
mod summary;
mod table;

pub use error::{Error, Result};
pub use folder::{check, write};
pub use headline::headline;
pub use number::{counted, figure, signed};
pub use recipe::{figures, with_figures};
pub use rounded::rounded;
pub use standing::{CEILING, Verdict};

#[cfg(test)]
mod examples;
