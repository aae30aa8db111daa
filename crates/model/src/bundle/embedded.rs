//! The default model, built into the program: the first command needs no download.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::files::Files;
use crate::error::Result;

macro_rules! contents {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../../models/gem-1-bulk/", $name)) as &'static [u8])),*]
    };
}

/// The files of `gem-1-bulk`.
///
/// # Errors
/// None, unless the program file itself was damaged.
pub fn embedded() -> Result<Files> {
    let manifest = include_bytes!("../../../../models/gem-1-bulk/manifest.json");
    let contents: BTreeMap<String, Cow<'static, [u8]>> = contents![
        "model.safetensors",
        "model.json",
        "genes.tsv",
        "effects.json",
        "card.md",
        "baseline.json",
        "classifiers.json",
        "terms.tsv.gz",
        "vocabulary-trained.tsv.gz",
        "vocabulary-names.tsv.gz",
        "vocabulary-relations.tsv.gz",
        "vocabulary-fields.tsv.gz",
        "vocabulary-genes.tsv.gz",
        "vocabulary-compounds.tsv.gz",
        "vocabulary-taxa.tsv.gz",
    ]
    .into_iter()
    .map(|(name, bytes)| (name.to_owned(), Cow::Borrowed(bytes)))
    .collect();
    Files::new(manifest, contents)
}
