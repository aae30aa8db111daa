//! The files of a model.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use refcast_model::Model;
use refcast_model::bundle::{BundleFiles, FileHash, MANIFEST, sha256_hex};
use serde_json::{Value, json};

use crate::sections;

/// The files of a bundle, one after the other. Their hashes are put right, or else nothing behind them
/// would be reached; files with `.gz` in their name are gzipped here where they are not.
pub fn read(input: &[u8]) {
    let mut files: BTreeMap<String, Vec<u8>> = sections::split(input).into_iter().collect();
    let manifest = files.remove(MANIFEST).unwrap_or_default();
    let contents: BTreeMap<String, Cow<'static, [u8]>> = files
        .into_iter()
        .map(|(name, content)| {
            let content = match name.ends_with(".gz") && !content.starts_with(b"\x1f\x8b") {
                true => gzipped(&content),
                false => content,
            };
            (name, Cow::Owned(content))
        })
        .collect();
    let manifest = with_hashes(manifest, &contents);
    let files = match BundleFiles::new(&manifest, contents) {
        Ok(files) => files,
        Err(error) => return drop(error.to_string()),
    };
    match Model::from_files(files) {
        Ok(model) => {
            if let Some(vocabulary) = model.vocabulary() {
                drop(vocabulary.check().map_err(|error| error.to_string()));
                drop(vocabulary.gene_names().map_err(|error| error.to_string()));
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// The manifest with the hashes that its files have, and the version that these make; as it is where
/// it is no object.
fn with_hashes(manifest: Vec<u8>, contents: &BTreeMap<String, Cow<'static, [u8]>>) -> Vec<u8> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(&manifest) else {
        return manifest;
    };
    let hashes: BTreeMap<&String, FileHash> = contents
        .iter()
        .map(|(name, content)| (name, FileHash::of(content)))
        .collect();
    let listing: String = hashes
        .iter()
        .map(|(name, hash)| format!("{}  {name}\n", hash.sha256))
        .collect();
    fields.insert("files".to_owned(), json!(hashes));
    fields.insert("version".to_owned(), json!(sha256_hex(listing.as_bytes())));
    if let Some(genes) = contents.get("genes.tsv")
        && fields.get("gene_axis_sha256") == Some(&json!("right"))
    {
        // The canonical text of an axis is that of its file.
        fields.insert("gene_axis_sha256".to_owned(), json!(sha256_hex(genes)));
    }
    Value::Object(fields).to_string().into_bytes()
}
