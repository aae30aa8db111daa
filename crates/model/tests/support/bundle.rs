//! The small model as a bundle, whole or damaged.

use std::collections::BTreeMap;
use std::path::Path;

use refcast_model::bundle::{
    CARD, EFFECTS, GENES as AXIS, MANIFEST, MODEL, Manifest, TENSORS, Tensors, sha256_hex,
    write_folder,
};
use refcast_model::vocabulary::{FILE_NAMES, VocabularyFiles};
use refcast_model::{Model, ModelParts};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{GENES, SIZES, axis, parts};

pub type Contents = BTreeMap<String, Vec<u8>>;

pub fn contents_with(parts: &ModelParts, change: impl FnOnce(&mut Tensors)) -> Contents {
    let mut vocabulary = VocabularyFiles::new();
    for name in FILE_NAMES {
        vocabulary.insert_lines(name, &[]).expect("compresses");
    }
    let mut contents: Contents = vocabulary
        .iter()
        .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
        .collect();
    let mut tensors = Tensors::default();
    parts.latent.put(&mut tensors);
    parts.measurement.put(&mut tensors);
    let rows = parts.effects.put(&mut tensors).expect("rows");
    change(&mut tensors);
    let axis = parts.axis.genes().iter();
    let axis: String = axis
        .map(|gene| format!("{}\t{}\n", gene.id, gene.symbol))
        .collect();
    let settings = serde_json::to_vec_pretty(&parts.settings).expect("settings");
    for (name, bytes) in [
        (EFFECTS, rows),
        (TENSORS, tensors.write().expect("tensors")),
        (AXIS, axis.into_bytes()),
        (MODEL, settings),
        (CARD, b"# A small model\n".to_vec()),
    ] {
        contents.insert(name.to_owned(), bytes);
    }
    contents
}

pub fn contents() -> Contents {
    contents_with(&parts(), |_| ())
}

pub fn manifest() -> Manifest {
    let axis = sha256_hex(axis().canonical_text().as_bytes());
    let fields = json!({
        "format": 0, "id": "small", "version": "", "modality": "bulk", "genes": GENES,
        "gene_axis_sha256": axis, "latents": SIZES, "capabilities": [], "seed": 0, "training": [],
        "benchmarks": {}, "licence": "CC0-1.0", "attribution": [], "files": {},
    });
    serde_json::from_value(fields).expect("a manifest")
}

/// A bundle whose hashes are right, whatever it holds.
pub fn written(manifest: Manifest, contents: &Contents) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write_folder(folder.path(), manifest, contents).expect("writes");
    folder
}

pub fn good() -> TempDir {
    written(manifest(), &contents())
}

pub fn refusal(folder: &Path) -> String {
    Model::load(folder)
        .expect_err("a damaged bundle")
        .to_string()
}

pub fn edit_manifest(folder: &Path, edit: impl FnOnce(&mut Value)) {
    let path = folder.join(MANIFEST);
    let mut value = serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("json");
    edit(&mut value);
    std::fs::write(path, value.to_string()).expect("write");
}

pub fn refused_as(contents: &Contents, file: &str, problem: &str) {
    let message = refusal(written(manifest(), contents).path());
    assert!(
        message.starts_with(&format!("{file}: ")) && message.contains(problem),
        "{message}"
    );
}
