//! The library under the doors of refcast: the program, the server, and whoever links it.
//!
//! A [`Session`] is a model that was loaded. [`Input`] brings samples onto its genes. A question —
//! [`ConditionedAsk`], [`FromMetadataAsk`], [`AnnotationAsk`] — is checked whole before any work is
//! done. Its [`Answer`] is a table: a [`Row`] for each sample, made some at a time, which
//! [`Answer::write`] puts into a file of any format that is known.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use refcast::{ConditionedAsk, Input, Session};
//! use refcast_core::RawQuery;
//!
//! let session = Session::open("gem-1-bulk")?;
//! let query = RawQuery { sampling_strategy: Some("mean estimation".into()), ..RawQuery::default() };
//! let ask = ConditionedAsk::new(&session, Some("dexamethasone"), query)?;
//! let mut input = Input::example(&session, 1)?;
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("treated.h5ad");
//! ask.answer(&session, &mut input).write(&file)?;
//! assert!(file.is_file());
//! # Ok(())
//! # }
//! ```

pub mod answer;
mod ask;
mod error;
mod input;
mod session;

pub use answer::{Answer, Destination, Format, Row};
pub use ask::{AnnotationAsk, ConditionedAsk, FromMetadataAsk};
pub use error::{Error, Result};
pub use input::{Input, InputOptions, InputSummary};
pub use session::{ModelSource, Session, gene_resolver};
