//! Loom files (`.loom`): a dense matrix of genes × cells, read cell by cell.

use std::path::Path;

use crate::by_cell::{ByCell, ENTRY, Gathering, MatrixEntry};
use crate::error::Error;
use crate::features::summed;
use crate::h5ad::Matrix;
use crate::h5ad::genes::{GeneLabels, label};
use crate::hdf5::{Container, Hdf5Dataset, Hdf5Fault, Hdf5Kind, listed};
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

const MATRIX: &str = "matrix";
const GENES: &str = "row_attrs";
const CELLS: &str = "col_attrs";

/// Attributes of rows that name genes, in order of preference; ids are found by what they are.
const GENE_NAMES: [&str; 8] = [
    "Gene",
    "var_names",
    "gene_names",
    "gene_name",
    "gene",
    "GeneName",
    "Name",
    "Accession",
];

/// Attributes of columns that name cells, in order of preference.
const CELL_NAMES: [&str; 10] = [
    "CellID",
    "obs_names",
    "cell_names",
    "cell_id",
    "cell_barcode",
    "Cell_ID",
    "CellName",
    "Barcode",
    "barcode",
    "cell",
];

/// Values that are read at once: 32 MB of them.
const BAND_VALUES: u64 = 1 << 22;

/// A loom file opened for reading, one cell at a time.
///
/// Its values lie by gene, so opening goes over them twice and puts those that are not zero in
/// order in a temporary file, 16 bytes each; memory does not grow with them.
pub struct LoomFile {
    container: Container,
    genes: GeneLabels,
    cells: Vec<String>,
    values: ByCell,
    note: [String; 1],
}

/// Whether an HDF5 file is laid out as loom is.
pub(crate) fn looks_like_it(container: &Container) -> Result<bool, Hdf5Fault> {
    Ok(container.is_dataset(MATRIX)? && container.is_group(GENES)? && container.is_group(CELLS)?)
}

impl LoomFile {
    /// Opens the main matrix of `path`, or one of its layers.
    ///
    /// # Errors
    /// A file that is damaged; a layer that it lacks; genes or cells without names, cells of one
    /// name; no space for the temporary file.
    pub fn open(path: &Path, matrix: &Matrix) -> Result<Self, Error> {
        let container = Container::open(path, Hdf5Kind::Loom)?;
        let field = chosen(&container, matrix)?;
        let &[rows, columns] = field.shape() else {
            let problem = format!("has shape {:?}, not genes × cells", field.shape());
            return Err(container.origin.damaged(&field.at, problem).into());
        };
        let cells = named(&container, CELLS, &CELL_NAMES, columns)?;
        check_sample_names(path, &cells)?;
        let index = named(&container, GENES, &GENE_NAMES, rows)?;
        let genes = label(index, &container.members(GENES)?, |name| {
            attribute(&container, GENES, name, rows)
        })?;
        let values = gathered(&field, rows, columns)?;
        let at = field.at;
        Ok(Self {
            note: [format!("read {at} of the loom file, genes × cells")],
            container,
            genes,
            cells,
            values,
        })
    }
}

fn chosen(container: &Container, matrix: &Matrix) -> Result<Hdf5Dataset, Hdf5Fault> {
    let at = match matrix {
        Matrix::X => MATRIX.to_owned(),
        Matrix::Layer(name) => format!("layers/{name}"),
        Matrix::Raw => "raw".to_owned(),
    };
    if container.is_dataset(&at)? {
        let field = container.dataset(&at)?;
        field.expect_numbers()?;
        return Ok(field);
    }
    let layers = match container.is_group("layers")? {
        true => container.members("layers")?,
        false => Vec::new(),
    };
    Err(container.origin.fault(
        &at,
        format!(
            "is not in the file, which has matrix and the layers {}",
            listed(&layers)
        ),
        "read matrix without `--layer` and `--raw`, or a layer that it has with `--layer NAME`",
    ))
}

/// The first of the attributes `known` that the file has, as text.
fn named(
    container: &Container,
    group: &str,
    known: &[&str],
    length: u64,
) -> Result<Vec<String>, Hdf5Fault> {
    let has = container.members(group)?;
    for name in known {
        if has.iter().any(|own| own == name)
            && let Some(values) = attribute(container, group, name, length)?
        {
            return Ok(values);
        }
    }
    Err(container.origin.fault(
        group,
        format!("has no names: none of {} is among {}", listed(known), listed(&has)),
        "convert it, with the attributes that hold the names: `anndata.read_loom(path, obs_names=\"...\", \
         var_names=\"...\").write_h5ad(\"counts.h5ad\")`",
    ))
}

/// An attribute of rows or columns as text; `None` if it is no list of text or numbers.
fn attribute(
    container: &Container,
    group: &str,
    name: &str,
    length: u64,
) -> Result<Option<Vec<String>>, Hdf5Fault> {
    let at = format!("{group}/{name}");
    if !container.is_dataset(&at)? {
        return Ok(None);
    }
    let field = container.dataset(&at)?;
    match field.length() {
        Ok(found) if found == length => Ok(field.all_text().ok()),
        Ok(found) => {
            Err(field.damaged(format!("has {found} entries where the matrix has {length}")))
        }
        // An attribute of several columns, such as coordinates.
        Err(_) => Ok(None),
    }
}

/// The values that are not zero, by cell: one pass to count, one to put in order.
fn gathered(field: &Hdf5Dataset, rows: u64, columns: u64) -> Result<ByCell, Error> {
    let mut counts = vec![0u32; columns as usize];
    let mut stored = 0_u64;
    each_value(field, rows, columns, |entry| {
        counts[entry.cell as usize] += 1;
        stored += 1;
        Ok(())
    })?;
    // On the disk.
    field.origin.expect_kept(&field.at, stored * ENTRY as u64)?;
    let unsorted = |error| Error::write(&std::env::temp_dir(), error);
    let mut gathering = Gathering::new(counts).map_err(unsorted)?;
    each_value(field, rows, columns, |entry| {
        gathering.add(entry).map_err(unsorted)
    })?;
    gathering.finish().map_err(unsorted)
}

/// Calls `take` with every value that is not zero.
fn each_value(
    field: &Hdf5Dataset,
    rows: u64,
    columns: u64,
    mut take: impl FnMut(MatrixEntry) -> Result<(), Error>,
) -> Result<(), Error> {
    // Whole chunks, since a chunk is decompressed whole.
    let chunk = field.chunk_rows()?.unwrap_or(1).max(1);
    let fitting = BAND_VALUES / columns.max(1) / chunk;
    let band = (fitting.max(1) * chunk).min(rows.max(1));
    let mut start = 0;
    while start < rows && columns > 0 {
        let count = band.min(rows - start);
        let values = field.floats(start, count)?;
        for (row, values) in (start..).zip(values.chunks(columns as usize)) {
            for (cell, &value) in (0u32..).zip(values) {
                if value != 0.0 {
                    let feature = row as u32;
                    take(MatrixEntry {
                        feature,
                        cell,
                        value,
                    })?;
                }
            }
        }
        start += count;
    }
    Ok(())
}

impl SampleSource for LoomFile {
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
        &self.cells
    }

    fn notes(&self) -> &[String] {
        &self.note
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>, Error> {
        let entries = self
            .values
            .next()
            .map_err(|error| Error::read(&std::env::temp_dir(), error))?;
        Ok(entries.map(|entries| {
            let entries = entries.into_iter();
            let (gene, value) = summed(entries.map(|entry| (entry.feature, entry.value)));
            RawSample::Sparse { gene, value }
        }))
    }
}
