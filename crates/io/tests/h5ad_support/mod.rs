//! What the h5ad tests share: fixtures, the values they were made from, and reading a file whole.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use refcast_io::h5ad::{H5adSource, Matrix};
use refcast_io::{Error, RawSample, SampleSource};
use tempfile::TempDir;

pub const CELLS: usize = 5;
pub const GENES: usize = 12;

/// The anndata versions that wrote the fixtures.
pub const VERSIONS: [&str; 7] = ["0.7", "0.8", "0.9", "0.10", "0.11", "0.12", "0.13"];

/// The count that `fixtures/h5ad/make.py` gives a gene in a cell.
pub fn count(cell: usize, gene: usize) -> f64 {
    let value = (cell * 7 + gene * 5) % 11;
    if value < 5 {
        ((cell + 1) * value) as f64
    } else {
        0.0
    }
}

/// The fixtures' counts of the first `genes` genes, times `factor`.
pub fn counts(genes: usize, factor: f64) -> Vec<Vec<f64>> {
    let row = |cell| (0..genes).map(|gene| factor * count(cell, gene)).collect();
    (0..CELLS).map(row).collect()
}

pub fn ids(genes: usize) -> Vec<String> {
    (0..genes).map(|gene| format!("ENSG{gene:011}")).collect()
}

pub fn symbols(genes: usize) -> Vec<String> {
    (0..genes).map(|gene| format!("GENE{gene}")).collect()
}

pub fn cells() -> Vec<String> {
    (0..CELLS).map(|cell| format!("cell{cell}")).collect()
}

/// The bytes of a fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/h5ad")
        .join(format!("{name}.gz"));
    let file = std::fs::File::open(&packed).unwrap_or_else(|e| panic!("{}: {e}", packed.display()));
    let mut bytes = Vec::new();
    GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
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

    pub fn fixture(&self, name: &str) -> PathBuf {
        self.file(name, &fixture(name))
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Names of the files in it, sorted.
    pub fn listing(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Every sample of a source, as dense rows.
pub fn rows(source: &mut H5adSource) -> Result<Vec<Vec<f64>>, Error> {
    let genes = source.gene_names().len();
    let mut rows = Vec::new();
    while let Some(sample) = source.next_sample()? {
        rows.push(match sample {
            RawSample::Dense(values) => values,
            RawSample::Sparse { gene, value } => {
                let mut row = vec![0.0; genes];
                for (gene, value) in gene.into_iter().zip(value) {
                    row[gene as usize] += value;
                }
                row
            }
        });
    }
    Ok(rows)
}

/// Everything that the reader can be asked of a file.
pub fn read_all(path: &Path, matrix: Matrix) -> Result<Vec<Vec<f64>>, Error> {
    let mut source = H5adSource::open(path, matrix)?;
    source.layers()?;
    source.obs()?;
    source.var()?;
    rows(&mut source)
}

/// The message of the error that opening and reading must give.
pub fn message(path: &Path, matrix: Matrix) -> String {
    match read_all(path, matrix) {
        Ok(_) => panic!("{} was read", path.display()),
        Err(error) => error.to_string(),
    }
}

pub fn layer(name: &str) -> Matrix {
    Matrix::Layer(name.to_owned())
}
