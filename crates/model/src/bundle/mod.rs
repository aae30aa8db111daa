//! A model on disk: a folder of a manifest, the tensors, the tables and the card.
//!
//! A bundle never changes: its version is the hash of what its files hold, and it is in every
//! answer. Loading checks every hash, every shape and that every number is finite, so that a
//! damaged copy is refused and not believed.

mod embedded;
mod files;
mod manifest;
mod tensors;

pub use embedded::{BUILT_IN, built_in};
pub use files::{BundleFiles, write_folder};
pub use manifest::{FileHash, LatentSizes, Manifest, TrainingStudy, sha256_hex};
pub use tensors::{Tensor, Tensors};

/// The manifest's file name.
pub const MANIFEST: &str = "manifest.json";
/// The tensors' file name.
pub const TENSORS: &str = "model.safetensors";
/// The gene axis: Ensembl id and symbol, a gene a line.
pub const GENES: &str = "genes.tsv";
/// Settings and the values of metadata fields.
pub const MODEL: &str = "model.json";
/// What the effect bank's rows are.
pub const EFFECTS: &str = "effects.json";
/// The model card.
pub const CARD: &str = "card.md";
