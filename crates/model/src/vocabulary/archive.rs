//! The files of a vocabulary: gzipped tab-separated text, without header, sorted by id.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use refcast_core::{Error, Result};
use refcast_io::input::BoundedReader;

/// Entities with training data: id, label, synonyms, kind, types, samples, studies, systems.
pub const TRAINED: &str = "vocabulary-trained.tsv.gz";
/// Names of our own for entities that the other tables lack or abbreviate; rows as in [`GENES`].
pub const NAMES: &str = "vocabulary-names.tsv.gz";
/// How entities stand to each other: id, relation, id, similarity.
pub const RELATIONS: &str = "vocabulary-relations.tsv.gz";
/// Values of the metadata fields: field, value, label, samples, studies, synonyms.
pub const FIELDS: &str = "vocabulary-fields.tsv.gz";
/// Human genes: id, symbol, further names, former symbols, aliases, biotype, equivalent ids.
pub const GENES: &str = "vocabulary-genes.tsv.gz";
/// Compounds of ChEMBL and ChEBI; rows as in [`GENES`].
pub const COMPOUNDS: &str = "vocabulary-compounds.tsv.gz";
/// Organisms; rows as in [`GENES`].
pub const TAXA: &str = "vocabulary-taxa.tsv.gz";

/// Every file of a vocabulary, in the order in which they are written.
pub const FILE_NAMES: [&str; 7] = [TRAINED, NAMES, RELATIONS, FIELDS, GENES, COMPOUNDS, TAXA];

/// The most bytes that a table unpacks to; the largest of the models in the program has 10 MB.
const MOST_BYTES: u64 = 1 << 28;

/// The files of a vocabulary by name, as a bundle holds them.
#[derive(Debug, Clone, Default)]
pub struct VocabularyFiles {
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl VocabularyFiles {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file as it lies in the bundle. Bytes that are built into the program are not copied.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) {
        self.files.insert(name.into(), bytes.into());
    }

    /// Adds a file from its lines. The same lines give the same bytes.
    ///
    /// # Errors
    /// When the compressor fails, which writing to memory does not.
    pub fn insert_lines(&mut self, name: &str, lines: &[String]) -> Result<()> {
        packed(lines)
            .map(|bytes| self.insert(name, bytes))
            .map_err(|error| damaged(name, &error.to_string()))
    }

    /// Names and bytes, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_ref()))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// When the file is absent, or not gzipped UTF-8.
    pub(crate) fn text(&self, name: &str) -> Result<String> {
        let bytes = self
            .files
            .get(name)
            .ok_or_else(|| damaged(name, "it is missing"))?;
        unpacked(bytes).map_err(|error| damaged(name, &error.to_string()))
    }
}

/// Lines as a gzipped table of a bundle. The same lines give the same bytes.
///
/// # Errors
/// When the compressor fails, which writing to memory does not.
pub fn packed(lines: &[String]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for line in lines {
        encoder.write_all(line.as_bytes())?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()
}

/// The text of a gzipped table of a bundle.
///
/// # Errors
/// Bytes that are no gzipped UTF-8, or unpack to more than any table of a bundle does.
pub(crate) fn unpacked(bytes: &[u8]) -> std::io::Result<String> {
    std::io::read_to_string(BoundedReader::new(GzDecoder::new(bytes), MOST_BYTES))
}

/// The fault of a file that does not hold what it should.
pub(crate) fn damaged(name: &str, why: &str) -> Error {
    Error::one(
        name,
        "damaged_vocabulary",
        format!("the model's vocabulary cannot be read: {why}; fetch or build the model again"),
    )
}

/// A name made safe for a list within a column.
pub fn as_cell(name: &str) -> String {
    let spaced: String = name
        .chars()
        .map(|c| if c == '|' { '/' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_lines_give_the_same_bytes() {
        let build = || {
            let mut files = VocabularyFiles::new();
            files.insert_lines(GENES, &["a\tb".to_owned()]).unwrap();
            files
        };
        assert_eq!(build().iter().next(), build().iter().next());
        assert_eq!(build().text(GENES).unwrap(), "a\tb\n");
    }

    #[test]
    fn a_missing_or_damaged_file_is_named() {
        let mut files = VocabularyFiles::new();
        assert!(files.text(GENES).unwrap_err().to_string().contains(GENES));
        files.insert(GENES, vec![1, 2, 3]);
        assert!(
            files
                .text(GENES)
                .unwrap_err()
                .to_string()
                .contains("build the model again")
        );
    }

    #[test]
    fn a_cell_holds_no_separator() {
        assert_eq!(as_cell(" a|b\tc\n"), "a/b c");
    }
}
