//! An h5ad file as a source of samples.

use std::path::Path;

use refcast_core::quoted;

use super::elsewhere;
use super::frame::{Frame, H5adTable};
use super::genes::{GeneLabels, label};
use super::matrix::{H5adRows, Matrix};
use crate::error::{Error, Place};
use crate::hdf5::{Container, Hdf5Fault, Hdf5Kind, listed};
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
    matrix: Matrix,
    genes: GeneLabels,
    samples: Vec<String>,
    rows: H5adRows,
    notes: Vec<String>,
}

/// Faults of a sample that do not say that its values are no counts.
const OF_COUNTS: [&str; 3] = ["all_zero", "wrong_length", "gene_out_of_range"];

impl H5adSource {
    /// Opens `path` and checks that the matrix, `obs` and `var` belong together.
    ///
    /// # Errors
    /// A file that is missing, not HDF5, damaged or not an h5ad; a matrix that it lacks; an
    /// encoding or filter that is not supported; shapes that disagree. The message names the
    /// file, the field and what to do.
    pub fn open(path: &Path, matrix: Matrix) -> Result<Self, Error> {
        let container = Container::open(path, Hdf5Kind::AnnData)?;
        Ok(Self::of(container, matrix, Vec::new())?)
    }

    /// The AnnData at the root of `container`, with what is to be said about how it was found.
    pub(crate) fn of(
        container: Container,
        matrix: Matrix,
        notes: Vec<String>,
    ) -> Result<Self, Hdf5Fault> {
        expect_anndata(&container)?;
        matrix.expect_in(&container)?;
        let at = matrix.field();
        let samples = H5adTable::open(&container, "obs")?.names()?;
        let genes = gene_labels(&container, matrix.genes())?;
        expect_no_booleans(&container, &matrix)?;
        let (rows, shape) = H5adRows::open(&container, &at)?;
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
            matrix,
            genes,
            samples,
            rows,
            notes,
        })
    }

    /// What the file says of its samples: the table `obs`.
    ///
    /// # Errors
    /// A column that is damaged. A column whose encoding is not understood is no error; it is
    /// listed in [`Frame::skipped`].
    pub fn obs(&self) -> Result<Frame, Error> {
        Ok(H5adTable::open(&self.container, "obs")?.frame()?)
    }

    /// What the file says of the genes of `X` and the layers: the table `var`.
    ///
    /// # Errors
    /// As [`H5adSource::obs`].
    pub fn var(&self) -> Result<Frame, Error> {
        Ok(H5adTable::open(&self.container, "var")?.frame()?)
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

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>, Error> {
        Ok(self.rows.next()?)
    }

    fn explain(&self, error: Error) -> Error {
        let Error::Format {
            place: Place::Value { sample, gene },
            message,
            code,
            ..
        } = &error
        else {
            return error;
        };
        if OF_COUNTS.contains(code) {
            return error;
        }
        let Ok(Some(found)) = elsewhere::counts(&self.container, &self.matrix) else {
            return error;
        };
        let gene = gene
            .as_ref()
            .map_or(String::new(), |gene| format!(", gene {}", quoted(gene)));
        let what = message.split(';').next().unwrap_or(message);
        self.container
            .origin
            .fault(
                &self.matrix.field(),
                format!("holds no counts (sample {}{gene}: {what})", quoted(sample)),
                found.to_string(),
            )
            .into()
    }
}

/// Refuses a matrix that only says whether a gene was seen.
fn expect_no_booleans(container: &Container, matrix: &Matrix) -> Result<(), Hdf5Fault> {
    let at = matrix.field();
    let values = match container.is_dataset(&at)? {
        true => at.clone(),
        false => format!("{at}/data"),
    };
    if !container.is_dataset(&values)? || !container.dataset(&values)?.is_boolean()? {
        return Ok(());
    }
    let fix = match elsewhere::counts(container, matrix)? {
        Some(found) => found.to_string(),
        None => "pass the matrix of counts that it was made from".to_owned(),
    };
    let problem = "holds true and false, whether a gene was seen, not counts";
    Err(container.origin.fault(&at, problem, fix))
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
        "it looks like part of a loom file, which has matrix, row_attrs and col_attrs"
    } else if there("assays") {
        "it looks like an h5Seurat file: in R, `anndataR::write_h5ad(SeuratDisk::LoadH5Seurat(\"IN\"), \"counts.h5ad\")`, \
         and read its counts with `--layer counts`"
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
    let table = H5adTable::open(container, at)?;
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
