//! Files that are no text and no HDF5, told by their first bytes: what each is, and what to do with it.

use std::io::Read;
use std::path::Path;

use crate::error::{Error, Place};
use crate::hdf5::listed;

/// What a table is often mistaken for, by the first bytes, and what to do with it.
const KNOWN: [(&[u8], &str); 12] = [
    (
        b"\x89HDF",
        "is an HDF5 file in gzip, or with a name that hides it: unpack it with `gunzip`, and give it the extension \
         `.h5ad` if that is what it is",
    ),
    (
        b"PK\x03\x04",
        "is an Excel workbook or zip archive: save the sheet as CSV, or unpack it",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "is an Excel workbook of the old kind (.xls): save the sheet as CSV",
    ),
    (
        b"BZh",
        "is compressed with bzip2: decompress it, or use gzip",
    ),
    (
        b"\xfd7zXZ",
        "is compressed with xz: decompress it, or use gzip",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "is compressed with zstd: decompress it, or use gzip",
    ),
    (
        b"PAR1",
        "is a Parquet file, not text: export it as CSV or h5ad",
    ),
    (
        b"ARROW1",
        "is a Feather or Arrow file, not text: export it as CSV or h5ad",
    ),
    (b"%PDF", "is a PDF, not a table: export the table as CSV"),
    (b"RDX", R_WORKSPACE),
    (b"RDA", R_WORKSPACE),
    (b"X\n\0\0\0", R_OBJECT),
];

const R_OBJECT: &str = "is an R object (.rds): of a Seurat or SingleCellExperiment object make an .h5ad in R, \
     `anndataR::write_h5ad(readRDS(\"counts.rds\"), \"counts.h5ad\")`, and read its counts with `--layer counts`; of a \
     matrix or data frame make a table, `write.csv(readRDS(\"counts.rds\"), \"counts.csv\")`";

const R_WORKSPACE: &str = "is an R workspace (.RData): load it in R, `load(\"counts.RData\")`, and of a Seurat or \
     SingleCellExperiment object in it make an .h5ad, `anndataR::write_h5ad(object, \"counts.h5ad\")`, or of a matrix a \
     table, `write.csv(object, \"counts.csv\")`";

/// Bytes of a block of a tar archive; the header of a member is one.
const BLOCK: usize = 512;
/// Bytes of an archive that are looked at for what is in it.
const MOST_LOOKED_AT: u64 = 1 << 28;
/// Where its mark stands.
const TAR_MARK: std::ops::Range<usize> = 257..262;

/// A kind of file that is not read.
pub(crate) enum Foreign {
    /// Told by its first bytes, with what to do.
    Known(&'static str),
    /// A tar archive.
    Tar,
}

/// What a file is that begins with `start`, after its gzip if it has one; `None` if it may be text.
pub(crate) fn told(start: &[u8]) -> Option<Foreign> {
    if start.get(TAR_MARK).is_some_and(|mark| mark == b"ustar") {
        return Some(Foreign::Tar);
    }
    let known = KNOWN.iter().find(|(magic, _)| start.starts_with(magic));
    known.map(|(_, message)| Foreign::Known(message))
}

impl Foreign {
    /// The refusal of a file of this kind; `content` stands at its beginning.
    pub(crate) fn refused(self, path: &Path, content: impl Read) -> Error {
        let message = match self {
            Self::Known(message) => message.to_owned(),
            Self::Tar => {
                let members = members(content.take(MOST_LOOKED_AT));
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                format!(
                    "is a tar archive of {}: unpack it, `tar -xf {name}`, and pass one of the files or folders in it",
                    listed(&members)
                )
            }
        };
        Error::format(path, Place::Whole, "foreign_format", message)
    }
}

/// The names of the files in a tar archive, as far as it can be read.
fn members(mut content: impl Read) -> Vec<String> {
    let mut names = Vec::new();
    let mut header = [0u8; BLOCK];
    while content.read_exact(&mut header).is_ok() {
        if header.get(TAR_MARK).is_none_or(|mark| mark != b"ustar") {
            break;
        }
        let text = |range: std::ops::Range<usize>| -> String {
            let bytes: Vec<u8> = header[range]
                .iter()
                .copied()
                .take_while(|&b| b != 0)
                .collect();
            String::from_utf8_lossy(&bytes).trim().to_owned()
        };
        let (name, size, prefix) = (text(0..100), text(124..136), text(345..500));
        // `0` or nothing is a file; folders, links and headers of headers have other types.
        if matches!(header[156], b'0' | 0) {
            let whole = if prefix.is_empty() {
                name
            } else {
                format!("{prefix}/{name}")
            };
            names.push(whole);
        }
        let size = u64::from_str_radix(&size, 8).unwrap_or(0);
        let padded = size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64);
        if std::io::copy(&mut content.by_ref().take(padded), &mut std::io::sink()).is_err() {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive as tar writes it, of files without content.
    fn archive(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            let mut header = [0u8; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(b"00000000003");
            header[156] = b'0';
            header[257..262].copy_from_slice(b"ustar");
            bytes.extend(header);
            let mut content = [0u8; BLOCK];
            content[..3].copy_from_slice(b"abc");
            bytes.extend(content);
        }
        bytes.extend([0u8; 2 * BLOCK]);
        bytes
    }

    #[test]
    fn a_tar_archive_is_told_with_what_is_in_it() {
        let bytes = archive(&["GSM1_matrix.mtx.gz", "GSM1_features.tsv.gz"]);
        let told = told(&bytes).unwrap();
        let message = told
            .refused(Path::new("a/GSE1_RAW.tar"), bytes.as_slice())
            .to_string();
        for part in [
            "GSM1_matrix.mtx.gz, GSM1_features.tsv.gz",
            "tar -xf GSE1_RAW.tar",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn objects_of_r_are_told() {
        let message = |start: &[u8]| {
            let told = told(start).unwrap();
            told.refused(Path::new("a.rds"), start).to_string()
        };
        assert!(message(b"X\n\0\0\0\x03\0\x04").contains("anndataR::write_h5ad(readRDS("));
        assert!(message(b"RDX3\nX\n").contains("anndataR::write_h5ad(object"));
        assert!(told(b"gene\ts1\n").is_none());
        assert!(told(b"X\ts1\n").is_none());
    }
}
