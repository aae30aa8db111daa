//! What the 10x tests share: fixtures, what scanpy read in them, and reading a source whole.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use refcast_io::{RawSample, ReadOptions, Result, open};
use tempfile::TempDir;

/// A matrix read whole.
#[derive(Debug, PartialEq)]
pub struct Whole {
    pub cells: Vec<String>,
    pub genes: Vec<String>,
    pub symbols: Vec<String>,
    pub counts: Vec<Vec<f64>>,
    pub notes: Vec<String>,
}

/// Reads `path` as every command does.
pub fn read(path: &Path) -> Result<Whole> {
    let mut source = open(path, &ReadOptions::default())?;
    let genes = source.gene_names().len();
    let mut counts = Vec::new();
    while let Some(sample) = source.next_sample()? {
        let RawSample::Sparse { gene, value } = sample else {
            panic!("a sparse matrix was made dense");
        };
        assert!(gene.is_sorted_by(|a, b| a < b), "{gene:?}");
        let mut row = vec![0.0; genes];
        for (gene, value) in gene.into_iter().zip(value) {
            row[gene as usize] = value;
        }
        counts.push(row);
    }
    assert_eq!(counts.len(), source.sample_names().len());
    Ok(Whole {
        cells: source.sample_names().to_vec(),
        genes: source.gene_names().to_vec(),
        symbols: source.gene_symbols().unwrap_or_default().to_vec(),
        counts,
        notes: source.notes().to_vec(),
    })
}

/// The message of the error that reading `path` must give.
pub fn message(path: &Path) -> String {
    match read(path) {
        Ok(_) => panic!("{} was read", path.display()),
        Err(error) => error.to_string(),
    }
}

/// Asserts that reading gives a message with all of `parts`, one line per fault.
pub fn expect(path: &Path, faults: usize, parts: &[&str]) {
    let message = message(path);
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
    assert_eq!(message.lines().count(), faults, "{message}");
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tenx")
}

/// A folder with files, gone when dropped.
pub struct Folder(pub TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The HDF5 fixture of that name, unpacked as `as_name`.
    pub fn hdf5(&self, name: &str, as_name: &str) -> PathBuf {
        self.file(as_name, &unpacked(&fixtures().join(format!("{name}.gz"))))
    }

    /// A folder of three files; `matrix` without its header.
    pub fn matrix(&self, name: &str, features: &str, barcodes: &str, matrix: &str) -> PathBuf {
        self.file(&format!("{name}/features.tsv.gz"), &gzipped(features));
        self.file(&format!("{name}/barcodes.tsv.gz"), &gzipped(barcodes));
        let matrix = format!("%%MatrixMarket matrix coordinate integer general\n%\n{matrix}");
        self.file(&format!("{name}/matrix.mtx.gz"), &gzipped(&matrix));
        self.path(name)
    }
}

pub fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut bytes = Vec::new();
    GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

pub fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub const FEATURES: &str =
    "ENSG1\tA\tGene Expression\nENSG2\tB\tGene Expression\nCD3\tCD3\tAntibody Capture\n";
pub const BARCODES: &str = "AAA-1\nCCC-1\n";
pub const MATRIX: &str = "3 2 4\n1 1 5\n3 1 9\n2 2 7\n3 2 1\n";
