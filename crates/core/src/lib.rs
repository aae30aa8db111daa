//! The vocabulary of refcast as types: genes, counts, perturbations, queries, predictions.
//!
//! No I/O. A value of one of these types has been checked; text enters through the `FromStr`
//! implementations, which say what was given, what is wrong and what is accepted.

mod as_string;
pub mod axis;
pub mod counts;
pub mod dose;
pub mod error;
pub mod expression;
pub mod gene;
pub mod nearest;
pub mod ontology;
pub mod perturbation;
pub mod perturbation_type;
mod quantity;
pub mod time;

pub use axis::{Gene, GeneAxis, GeneIndex};
pub use counts::Counts;
pub use dose::{Dimension, Dose, DoseUnit};
pub use error::{Error, Fault, Faults, Result, quoted};
pub use expression::{Cpm, LogCpm};
pub use gene::GeneId;
pub use ontology::OntologyId;
pub use perturbation::{Perturbation, PerturbationFields};
pub use perturbation_type::PerturbationType;
pub use time::Duration;
