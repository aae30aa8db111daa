//! The refcast model: the bundle on disk, the latent variables, the bank of effects, generation.

pub mod annotation;
pub mod baseline;
pub mod bundle;
pub mod cells;
pub mod effects;
mod error;
pub mod generate;
pub mod latent;
pub mod linalg;
mod measurement;
mod metadata;
mod model;
pub mod noise;
mod reading;
pub mod terms;
mod training_samples;
mod unwanted;
pub mod vocabulary;

pub use cells::CellModel;
pub use error::{Error, Result};
pub use generate::{
    Annotator, BaselineSamples, PerturbedReference, Plan, PredictedSamples, Reference,
};
pub use measurement::Measurement;
pub use metadata::NORMAL;
pub use model::{Example, Model, ModelParts, ModelSettings};
pub use noise::ObservationModel;
pub use reading::Reading;
pub use training_samples::{
    SAMPLE_FIELD, SAMPLE_LATENTS, SAMPLES, TrainingSample, TrainingSamples,
};
pub use unwanted::IsUnwanted;
