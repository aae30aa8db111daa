//! Which format a file's name asks for, checked before any work is done.

use std::path::{Path, PathBuf};

use refcast_core::Fault;

use super::h5ad::H5adFile;
use super::head::{Content, Head};
use super::json::JsonFile;
use super::table::{CountsTable, MetadataTable};
use super::writer::Writer;
use crate::error::Result;

const FIELD: &str = "output";

/// A format that answers can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Everything, for anndata.
    H5ad,
    /// The result of the wire protocol, with effects and support.
    Json,
    /// TSV or CSV: counts only, genes × samples, gzipped or not; or predicted metadata.
    Table,
}

/// A file to write, in a format that is known, in a folder that exists.
///
/// ```
/// use std::path::Path;
///
/// use refcast::{Destination, Format};
///
/// let destination = Destination::new(Path::new("treated.H5AD"), &[]).expect("a known format");
/// assert_eq!(destination.format, Format::H5ad);
/// assert!(Destination::new(Path::new("treated.xlsx"), &[]).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
}

impl Destination {
    /// The destination that `path` names. `inputs` are what will be read, which no output
    /// may overwrite.
    ///
    /// # Errors
    /// An extension that is not known, a folder that does not exist, the input itself.
    pub fn new(path: &Path, inputs: &[PathBuf]) -> Result<Self> {
        let shown = path.display();
        let refuse = |code, message: String| Err(Fault::new(FIELD, code, message).into());
        let Some(format) = Format::of(path) else {
            return refuse(
                "unknown_format",
                format!(
                    "{shown}: the extension is not known; use .h5ad, .json, .tsv, .tsv.gz, .csv or .csv.gz"
                ),
            );
        };
        if path.is_dir() {
            return refuse(
                "is_a_folder",
                format!("{shown} is a folder: name a file in it"),
            );
        }
        let folder = folder_of(path);
        if !folder.is_dir() {
            return refuse(
                "no_such_folder",
                format!(
                    "{shown}: the folder {} does not exist; create it first",
                    folder.display()
                ),
            );
        }
        if inputs.iter().any(|input| same_file(input, path)) {
            return refuse(
                "overwrites_input",
                format!("{shown} is an input: write to another file"),
            );
        }
        Ok(Self {
            path: path.to_owned(),
            format,
        })
    }

    /// Begins the file.
    ///
    /// # Errors
    /// When nothing can be created where it should be.
    pub fn open(&self, head: &Head) -> Result<Box<dyn Writer>> {
        let path = &self.path;
        Ok(match (self.format, head.content) {
            (Format::H5ad, _) => Box::new(H5adFile::new(path, head)),
            (Format::Json, _) => Box::new(JsonFile::create(path, head)?),
            (Format::Table, Content::Expression) => Box::new(CountsTable::new(path, head)),
            (Format::Table, Content::Metadata) => Box::new(MetadataTable::create(path)?),
        })
    }
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        // A stem is needed: `.h5ad` alone is a hidden file without an extension.
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        match (extension, gzip) {
            ("h5ad", false) => Some(Self::H5ad),
            ("json", false) => Some(Self::Json),
            ("tsv" | "csv", _) => Some(Self::Table),
            _ => None,
        }
    }
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use refcast_core::IntoFaults;

    use super::*;

    #[test]
    fn the_extension_decides_in_any_case() {
        for (name, format) in [
            ("a.h5ad", Some(Format::H5ad)),
            ("b/A.H5AD", Some(Format::H5ad)),
            ("a.json", Some(Format::Json)),
            ("a.b.tsv", Some(Format::Table)),
            ("a.tsv.gz", Some(Format::Table)),
            ("a.csv", Some(Format::Table)),
            ("-", None),
            ("a.h5ad.gz", None),
            ("a.xlsx", None),
            ("tsv", None),
            (".h5ad", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_before_work_starts() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("counts.tsv");
        std::fs::write(&input, "").unwrap();
        let refused = |path: &Path| {
            let error = Destination::new(path, std::slice::from_ref(&input)).unwrap_err();
            error.try_into_faults().unwrap()[0].code
        };
        assert_eq!(
            refused(&folder.path().join("no/such.tsv")),
            "no_such_folder"
        );
        assert_eq!(
            refused(&folder.path().join("x.tsv").join("..").join("counts.tsv")),
            "no_such_folder"
        );
        assert_eq!(
            refused(&folder.path().join(".").join("counts.tsv")),
            "overwrites_input"
        );
        assert_eq!(refused(&folder.path().join("out.xlsx")), "unknown_format");
    }
}
