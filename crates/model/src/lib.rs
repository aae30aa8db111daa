//! The refcast model: the bundle on disk, the latent variables, the bank of effects, generation.

pub mod bundle;
pub mod cells;
pub mod effects;
mod error;
pub mod generate;
pub mod latent;
pub mod linalg;
mod measurement;
mod model;
pub mod noise;
pub mod vocabulary;

pub use cells::CellModel;
pub use error::{Error, Result};
pub use generate::{Case, Plan, Reference, Samples};
pub use measurement::Measurement;
pub use model::{Example, Model, Parts, Settings};
pub use noise::ObservationModel;
