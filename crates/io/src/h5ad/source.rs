//! An h5ad file as a source of samples.

use std::path::Path;

use super::frame::{Frame, Table};
use super::genes::{GeneLabels, label};
use super::matrix::{Matrix, Rows};
use crate::error::Error;
use crate::hdf5::{Container, Hdf5Fault, Kind, listed};
use crate::source::{RawSample, SampleSource};

/// An h5ad file opened for reading, one sample (cell) at a time.
///
/// Memory does not grow with the number of samples, except for their names and, in a sparse
/// matrix, one pointer each; a CSC matrix is the exception and is held whole, because its values
/// lie by gene.
///
/// Gene names are Ensembl ids wherever the file has them, be it as the index of `var` or in a
/// column such as `gene_ids`; symbols are given beside them where there are both.
#[derive(Debug)]
pub struct H5adSource {
    container: Container,
    genes: GeneLabels,
    samples: Vec<String>,
    rows: Rows,
}

impl H5adSource {
    /// Opens `path` and checks that the matrix, `obs` and `var` belong together.
    ///
    /// # Errors
    /// A file that is missing, not HDF5, damaged or not an h5ad; a matrix that it lacks; an
    /// encoding or filter that is not supported; shapes that disagree. The message names the
    /// file, the field and what to do.
    pub fn open(path: &Path, matrix: Matrix) -> Result<Self, Error> {
        Ok(Self::open_checked(path, &matrix)?)
    }

    fn open_checked(path: &Path, matrix: &Matrix) -> Result<Self, Hdf5Fault> {
        let container = Container::open(path, Kind::AnnData)?;
        expect_anndata(&container)?;
        matrix.expect_in(&container)?;
        let at = matrix.field();
        let samples = Table::open(&container, "obs")?.names()?;
        let genes = gene_labels(&container, matrix.genes())?;
        let (rows, shape) = Rows::open(&container, &at)?;
        let expected = [samples.len() as u64, genes.names.len() as u64];
        if shape != expected {
            let problem = format!(
                "has shape {} × {}, but obs has {} rows and {} has {}",
                shape[0],
                shape[1],
                expected[0],
                matrix.genes(),
                expected[1]
            );
            return Err(container.origin.damaged(&at, problem));
        }
        Ok(Self {
            container,
            genes,
            samples,
            rows,
        })
    }

    /// What the file says of its samples: the table `obs`.
    ///
    /// # Errors
    /// A column that is damaged. A column whose encoding is not understood is no error; it is
    /// listed in [`Frame::skipped`].
    pub fn obs(&self) -> Result<Frame, Error> {
        Ok(Table::open(&self.container, "obs")?.frame()?)
    }

    /// What the file says of the genes of `X` and the layers: the table `var`.
    ///
    /// # Errors
    /// As [`H5adSource::obs`].
    pub fn var(&self) -> Result<Frame, Error> {
        Ok(Table::open(&self.container, "var")?.frame()?)
    }

    /// Names of the file's layers, sorted.
    ///
    /// # Errors
    /// A damaged file.
    pub fn layers(&self) -> Result<Vec<String>, Error> {
        if self.container.is_group("layers")? {
            Ok(self.container.members("layers")?)
        } else {
            Ok(Vec::new())
        }
    }
}

impl SampleSource for H5adSource {
    fn path(&self) -> &Path {
        &self.container.origin.path
    }

    fn gene_names(&self) -> &[String] {
        &self.genes.names
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        self.genes.symbols.as_deref()
    }

    fn sample_names(&self) -> &[String] {
        &self.samples
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>, Error> {
        Ok(self.rows.next()?)
    }
}

/// Refuses a file that is HDF5 but no AnnData, saying what it is instead.
fn expect_anndata(container: &Container) -> Result<(), Hdf5Fault> {
    let has = container.members("")?;
    let there = |name: &str| has.iter().any(|other| other == name);
    if there("obs") && there("var") {
        return Ok(());
    }
    let fix = if there("matrix") && !there("row_attrs") {
        "it looks like a 10x matrix, or part of one: give it the extension .h5, or convert it with \
         `scanpy.read_10x_h5(path).write_h5ad(...)`"
    } else if there("row_attrs") {
        "it looks like a loom file: convert it with `scanpy.read_loom(path).write_h5ad(...)`"
    } else if there("assays") {
        "it looks like an h5Seurat file: convert it with SeuratDisk's `Convert(path, \"h5ad\")`"
    } else {
        "an h5ad file has obs, var and X: write one with `adata.write_h5ad(path)`"
    };
    Err(container.origin.fault(
        "",
        format!("is HDF5 but not h5ad: it has {}", listed(&has)),
        fix,
    ))
}

/// Reads the genes' ids and symbols from the table at `at`.
fn gene_labels(container: &Container, at: &str) -> Result<GeneLabels, Hdf5Fault> {
    if !container.is_group(at)? && !container.is_dataset(at)? {
        let has = listed(&container.members("")?);
        return Err(container.origin.fault(
            at,
            format!("is missing; the file has {has}"),
            "write the file again with `adata.write_h5ad(path)`",
        ));
    }
    let table = Table::open(container, at)?;
    let index = table.names()?;
    let genes = index.len();
    label(index, &table.columns, |name| {
        let column = table.read_of_length(name, genes)?;
        Ok(column.map(|column| {
            let text = |row| column.text(row).unwrap_or_default().into_owned();
            (0..genes).map(text).collect()
        }))
    })
}
