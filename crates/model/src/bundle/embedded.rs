//! The default models, built into the program: the first command needs no download.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::files::BundleFiles;
use crate::error::Result;

/// The ids of the models in the program; the first is the default.
pub const BUILT_IN: [&str; 2] = ["gem-1-bulk", "gem-1-sc"];

macro_rules! bundle {
    ($id:literal $(, $own:literal)*) => {
        bundle!($id:
            "model.safetensors",
            "model.json",
            "genes.tsv",
            "effects.json",
            "baseline.json",
            "classifiers.json",
            "terms.tsv.gz",
            "card.md",
            "vocabulary-trained.tsv.gz",
            "vocabulary-names.tsv.gz",
            "vocabulary-relations.tsv.gz",
            "vocabulary-fields.tsv.gz",
            "vocabulary-genes.tsv.gz",
            "vocabulary-compounds.tsv.gz",
            "vocabulary-taxa.tsv.gz",
            $($own,)*
        )
    };
    ($id:literal: $($name:literal),* $(,)?) => {
        (
            include_bytes!(concat!("../../../../models/", $id, "/manifest.json")) as &'static [u8],
            &[$((
                $name,
                include_bytes!(concat!("../../../../models/", $id, "/", $name)) as &'static [u8],
            )),*] as &[(&str, &'static [u8])],
        )
    };
}

/// The files of a model in the program; `None` for an id that is not in it.
///
/// # Errors
/// None, unless the program file itself was damaged.
pub fn built_in(id: &str) -> Option<Result<BundleFiles>> {
    let (manifest, contents) = match id {
        "gem-1-bulk" => bundle!("gem-1-bulk", "samples.tsv.gz", "samples.safetensors"),
        "gem-1-sc" => bundle!("gem-1-sc"),
        _ => return None,
    };
    let contents: BTreeMap<String, Cow<'static, [u8]>> = contents
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes)))
        .collect();
    Some(BundleFiles::new(manifest, contents))
}
