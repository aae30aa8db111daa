//! One dataset of the file: its shape, and its values as numbers or text.

use std::sync::Arc;

use hdf5_pure::{AttrValue, Chunk, DType, Dataset, Datatype, VlenStringReadOptions};

use super::container::Hdf5Origin;
use super::fault::Hdf5Fault;
use super::{filters, half};
use crate::input::NAME;

/// The most that compression can plausibly shrink an array (deflate's limit is 1032).
const MAX_RATIO: u64 = 1100;
/// Bytes always allowed to an array, however small the file: chunks never written read as zeros.
const FREE_BYTES: u64 = 64 << 20;

/// A dataset that can be read: its filters are known.
#[derive(Debug)]
pub(crate) struct Hdf5Dataset {
    pub(crate) origin: Arc<Hdf5Origin>,
    /// The path inside the file.
    pub(crate) at: String,
    dataset: Dataset,
    shape: Vec<u64>,
}

impl Hdf5Dataset {
    pub(crate) fn new(
        origin: Arc<Hdf5Origin>,
        at: &str,
        dataset: Dataset,
    ) -> Result<Self, Hdf5Fault> {
        let pipeline = origin.ask(at, || Ok(dataset.filters()))?;
        if let Some(id) = filters::first_unsupported(&pipeline) {
            return Err(origin.unsupported_filter(at, id));
        }
        let shape = origin.ask(at, || dataset.shape())?;
        let field = Self {
            origin,
            at: at.to_owned(),
            dataset,
            shape,
        };
        field.expect_plausible_size()?;
        field.expect_chunks_inside()?;
        Ok(field)
    }

    /// Refuses chunks that lie outside the file. The library would find out as well, but only
    /// after asking for the memory that a damaged size claims, which can be gigabytes.
    fn expect_chunks_inside(&self) -> Result<(), Hdf5Fault> {
        if !self.ask(|dataset| Ok(dataset.is_chunked()))? {
            return Ok(());
        }
        // A chunk is unpacked whole.
        let sides = self.ask(|dataset| dataset.chunk_shape())?;
        let item = self.ask(|dataset| dataset.element_size())?;
        let chunk = sides.unwrap_or_default().into_iter();
        let chunk = chunk.fold(item, u64::saturating_mul);
        self.origin.expect_kept(&self.at, chunk)?;
        let chunks = self.ask(|dataset| dataset.chunks())?;
        let outside = |chunk: &Chunk| {
            let end = chunk.address.saturating_add(chunk.storage_size);
            end > self.origin.bytes
        };
        if chunks.iter().any(outside) {
            return Err(self.damaged("has data beyond the end of the file (truncated?)"));
        }
        // The library adds to their places without a look at what comes of it.
        let astray = |chunk: &Chunk| {
            chunk
                .offset
                .iter()
                .zip(&self.shape)
                .any(|(at, side)| at >= side)
        };
        if chunks.iter().any(astray) {
            return Err(self.damaged(format!("has a chunk outside its shape of {:?}", self.shape)));
        }
        Ok(())
    }

    /// Refuses a size that no file of this length can hold, before memory is asked for it.
    fn expect_plausible_size(&self) -> Result<(), Hdf5Fault> {
        let item = self.ask(|dataset| dataset.element_size())?;
        let bytes = self
            .shape
            .iter()
            .try_fold(item, |product, &n| product.checked_mul(n));
        let most = self
            .origin
            .bytes
            .saturating_mul(MAX_RATIO)
            .saturating_add(FREE_BYTES);
        if bytes.is_none_or(|bytes| bytes > most) {
            return Err(self.damaged(format!(
                "claims a shape of {:?}, more than a file of {} bytes can hold",
                self.shape, self.origin.bytes
            )));
        }
        Ok(())
    }

    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Dataset) -> Result<T, hdf5_pure::Error>,
    ) -> Result<T, Hdf5Fault> {
        self.origin.ask(&self.at, || question(&self.dataset))
    }

    pub(crate) fn damaged(&self, problem: impl Into<String>) -> Hdf5Fault {
        self.origin.damaged(&self.at, problem)
    }

    pub(crate) fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The length of a one-dimensional dataset.
    pub(crate) fn length(&self) -> Result<u64, Hdf5Fault> {
        match self.shape[..] {
            [length] => Ok(length),
            _ => Err(self.damaged(format!(
                "has shape {:?} where a list is expected",
                self.shape
            ))),
        }
    }

    /// Rows of a chunk, if the dataset is chunked.
    pub(crate) fn chunk_rows(&self) -> Result<Option<u64>, Hdf5Fault> {
        let chunk = self.ask(|dataset| dataset.chunk_shape())?;
        Ok(chunk.and_then(|shape| shape.first().copied()))
    }

    pub(crate) fn attribute(&self, name: &str) -> Result<Option<AttrValue>, Hdf5Fault> {
        let mut attributes = self.ask(|dataset| dataset.attrs())?;
        Ok(attributes.remove(name))
    }

    pub(crate) fn dtype(&self) -> Result<DType, Hdf5Fault> {
        self.ask(|dataset| dataset.dtype())
    }

    /// Whether the elements are true or false, as h5py stores them: an enumeration.
    pub(crate) fn is_boolean(&self) -> Result<bool, Hdf5Fault> {
        Ok(matches!(self.dtype()?, DType::Enum(_)))
    }

    /// Refuses a dataset whose elements are not numbers or booleans that can be read.
    pub(crate) fn expect_numbers(&self) -> Result<(), Hdf5Fault> {
        let datatype = self.ask(|dataset| dataset.datatype())?;
        let known = match &datatype {
            Datatype::FixedPoint { size, .. } => matches!(size, 1 | 2 | 4 | 8),
            Datatype::FloatingPoint { size, .. } => matches!(size, 4 | 8),
            Datatype::Enumeration { .. } => true,
            _ => false,
        };
        if known || half::pattern(&datatype).is_some() {
            return Ok(());
        }
        Err(self.origin.fault(
            &self.at,
            format!("holds {}, not numbers that can be read", self.dtype()?),
            self.origin.kind.with_usual_numbers(),
        ))
    }

    /// Elements, or rows of a matrix in row-major order, from `start` on.
    pub(crate) fn floats(&self, start: u64, count: u64) -> Result<Vec<f64>, Hdf5Fault> {
        self.expect_kept(count)?;
        let datatype = self.ask(|dataset| dataset.datatype())?;
        let values = if let Some(pattern) = half::pattern(&datatype) {
            let bytes = self.ask(|dataset| dataset.read_raw_rows(start, count))?;
            let numbers = bytes.chunks_exact(2);
            numbers
                .map(|two| half::value(pattern([two[0], two[1]])))
                .collect()
        } else {
            self.ask(|dataset| dataset.read_f64_rows(start, count))?
        };
        self.expect_count(&values, count)?;
        Ok(values)
    }

    /// As [`Hdf5Dataset::floats`], as integers.
    pub(crate) fn integers(&self, start: u64, count: u64) -> Result<Vec<i64>, Hdf5Fault> {
        self.expect_kept(count)?;
        let values = self.ask(|dataset| dataset.read_i64_rows(start, count))?;
        self.expect_count(&values, count)?;
        Ok(values)
    }

    pub(crate) fn all_floats(&self) -> Result<Vec<f64>, Hdf5Fault> {
        self.floats(0, self.length()?)
    }

    pub(crate) fn all_integers(&self) -> Result<Vec<i64>, Hdf5Fault> {
        self.integers(0, self.length()?)
    }

    /// The elements as text, whatever they are stored as.
    pub(crate) fn all_text(&self) -> Result<Vec<String>, Hdf5Fault> {
        let length = self.length()?;
        let item = self.ask(|dataset| dataset.element_size())?;
        self.origin
            .expect_kept(&self.at, length.saturating_mul(item + NAME as u64))?;
        let text: Vec<String> = match self.dtype()? {
            DType::String => self.ask(|dataset| dataset.read_string())?,
            DType::VariableLengthString => {
                // Without a limit, one changed byte of a length asks for gigabytes. Text lies in
                // the file as it is, each piece once, except for writers that share pieces.
                let most = usize::try_from(self.origin.bytes.saturating_mul(8));
                let options =
                    VlenStringReadOptions::new().with_max_payload_bytes(most.unwrap_or(usize::MAX));
                self.ask(|dataset| dataset.read_vlen_strings(options))?
            }
            DType::F32 | DType::F64 => {
                let values = self.all_floats()?;
                values.iter().map(f64::to_string).collect()
            }
            DType::Compound(_) => return Err(self.too_old()),
            _ => {
                self.expect_numbers()?;
                let values = self.all_integers()?;
                values.iter().map(i64::to_string).collect()
            }
        };
        self.expect_count(&text, length)?;
        Ok(text)
    }

    /// The fault of a table stored as one compound dataset.
    pub(crate) fn too_old(&self) -> Hdf5Fault {
        self.origin.fault(
            &self.at,
            "is a compound table, as anndata wrote before version 0.7",
            "write it again with a newer one: `anndata.read_h5ad(path).write_h5ad(...)`",
        )
    }

    /// Refuses more rows of numbers at once than may be kept; they take eight bytes each.
    fn expect_kept(&self, rows: u64) -> Result<(), Hdf5Fault> {
        let sides = self.shape.iter().skip(1).copied();
        let bytes = sides.fold(rows.saturating_mul(8), u64::saturating_mul);
        self.origin.expect_kept(&self.at, bytes)
    }

    /// A short read would shift every later value, so it must not pass.
    fn expect_count<T>(&self, values: &[T], rows: u64) -> Result<(), Hdf5Fault> {
        let per_row: u64 = self.shape.iter().skip(1).product();
        if values.len() as u64 == rows.saturating_mul(per_row) {
            return Ok(());
        }
        Err(self.damaged(format!(
            "gave {} values where {rows} rows of {per_row} were asked for",
            values.len()
        )))
    }
}
