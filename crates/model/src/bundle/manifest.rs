//! `manifest.json`: what a bundle is, what it was trained on, and the hashes of its files.

use std::collections::BTreeMap;

use refcast_core::Modality;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format that this version reads and writes.
pub const FORMAT: u32 = 1;

/// What a bundle is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout of the bundle's files.
    pub format: u32,
    /// The model's id: `gem-1-bulk`.
    pub id: String,
    /// The hash of the files' hashes, 64 hexadecimal digits: names these weights and no others.
    pub version: String,
    /// What its samples are of.
    pub modality: Modality,
    /// Genes on the axis.
    pub genes: usize,
    /// SHA-256 of the axis' canonical text.
    pub gene_axis_sha256: String,
    /// Sizes of the latent groups.
    pub latents: LatentSizes,
    /// Request types that the model answers.
    pub capabilities: Vec<String>,
    /// The seed of the training.
    pub seed: u64,
    /// The studies that shaped the weights.
    pub training: Vec<TrainingStudy>,
    /// Measured figures: benchmark → metric → value.
    pub benchmarks: BTreeMap<String, BTreeMap<String, f64>>,
    /// The licence of the weights.
    pub licence: String,
    /// Whom the tables and data come from.
    pub attribution: Vec<String>,
    /// Every other file of the bundle.
    pub files: BTreeMap<String, FileHash>,
}

impl Manifest {
    /// The manifest of a model that is in memory only: no version, no files.
    pub(crate) fn unstored(modality: Modality, genes: usize, latents: LatentSizes) -> Self {
        Self {
            format: FORMAT,
            id: "unstored".to_owned(),
            version: String::new(),
            modality,
            genes,
            gene_axis_sha256: String::new(),
            latents,
            capabilities: Vec::new(),
            seed: 0,
            training: Vec::new(),
            benchmarks: BTreeMap::new(),
            licence: String::new(),
            attribution: Vec::new(),
            files: BTreeMap::new(),
        }
    }
}

/// Sizes of the three groups of latent variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatentSizes {
    /// Library preparation, platform, laboratory.
    pub technical: usize,
    /// Tissue, cell, donor, disease.
    pub biological: usize,
    /// What was done to the cells.
    pub perturbation: usize,
}

impl LatentSizes {
    /// All of them.
    pub fn total(&self) -> usize {
        self.technical + self.biological + self.perturbation
    }
}

/// A study of the training data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingStudy {
    /// The folder in the corpus.
    pub name: String,
    /// Where the data are published.
    pub accession: String,
    /// Samples used.
    pub samples: usize,
    /// Genes of the axis that it measures.
    pub genes: usize,
}

/// The content of a file, and its length in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
}

impl FileHash {
    /// The hash of a content.
    pub fn of(content: &[u8]) -> Self {
        Self {
            sha256: sha256_hex(content),
            bytes: content.len() as u64,
        }
    }
}

/// The version that a list of files has.
pub fn version_of(files: &BTreeMap<String, FileHash>) -> String {
    let listing: String = files
        .iter()
        .map(|(name, hash)| format!("{}  {name}\n", hash.sha256))
        .collect();
    sha256_hex(listing.as_bytes())
}

/// SHA-256 as hexadecimal digits.
pub fn sha256_hex(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
