//! A compressed sparse matrix, read in windows of its stored values.

use super::container::Container;
use super::dataset::Hdf5Dataset;
use super::fault::Hdf5Fault;
use crate::features::summed;
use crate::source::RawSample;

/// Stored values that are read at once: 8 MB of them.
const WINDOW: u64 = 1 << 20;

/// The three arrays of a compressed sparse matrix, checked against each other.
#[derive(Debug)]
pub(crate) struct Compressed {
    data: Hdf5Dataset,
    indices: Hdf5Dataset,
    /// Per line (a row of CSR, a column of CSC) the range of its stored values.
    pub(crate) indptr: Vec<u64>,
    /// What an index must be below.
    limit: u64,
}

impl Compressed {
    /// `lines` rows (CSR) or columns (CSC), each with indices below `limit`.
    pub(crate) fn open(
        container: &Container,
        at: &str,
        lines: u64,
        limit: u64,
    ) -> Result<Self, Hdf5Fault> {
        let [data, indices, indptr] =
            ["data", "indices", "indptr"].map(|name| container.dataset(&format!("{at}/{name}")));
        let (data, indices, indptr) = (data?, indices?, indptr?);
        for field in [&data, &indices, &indptr] {
            field.expect_numbers()?;
        }
        let stored = data.length()?;
        if indices.length()? != stored {
            return Err(indices.damaged(format!(
                "has {} entries where data has {stored}",
                indices.length()?
            )));
        }
        if indptr.length()?.checked_sub(1) != Some(lines) {
            return Err(indptr.damaged(format!(
                "has {} entries where a shape of {lines} needs one more than that",
                indptr.length()?
            )));
        }
        let pointers = indptr.all_integers()?;
        let ascending = pointers.first().is_some_and(|&first| first >= 0)
            && pointers.windows(2).all(|pair| pair[0] <= pair[1]);
        let pointers: Vec<u64> = pointers.into_iter().map(|p| p.max(0) as u64).collect();
        if !ascending || pointers.last().is_some_and(|&last| last > stored) {
            return Err(indptr.damaged(format!(
                "does not ascend from 0 to the {stored} stored values"
            )));
        }
        Ok(Self {
            data,
            indices,
            indptr: pointers,
            limit,
        })
    }

    /// The stored indices `[start, start + count)`.
    pub(crate) fn indices(&self, start: u64, count: u64) -> Result<Vec<u32>, Hdf5Fault> {
        let indices = self.indices.integers(start, count)?;
        let checked = indices.into_iter().map(|index| {
            u32::try_from(index)
                .ok()
                .filter(|&index| u64::from(index) < self.limit)
                .ok_or_else(|| {
                    self.indices.damaged(format!(
                        "points at {index}, outside the shape (below {})",
                        self.limit
                    ))
                })
        });
        checked.collect()
    }

    /// The stored values `[start, start + count)`.
    pub(crate) fn values(&self, start: u64, count: u64) -> Result<Vec<f64>, Hdf5Fault> {
        self.data.floats(start, count)
    }

    /// How many values are stored.
    pub(crate) fn stored(&self) -> u64 {
        self.indptr.last().copied().unwrap_or(0)
    }

    /// Windows that cover all stored values, as `(start, count)`.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        let end = self.stored();
        (0..end.div_ceil(WINDOW)).map(move |i| (i * WINDOW, WINDOW.min(end - i * WINDOW)))
    }
}

/// The samples of a matrix whose values lie by sample: rows of CSR where samples are rows, columns of
/// CSC where they are columns.
#[derive(Debug)]
pub(crate) struct ContiguousSamples {
    matrix: Compressed,
    /// The sample that comes next.
    sample: usize,
    window_start: u64,
    genes: Vec<u32>,
    values: Vec<f64>,
}

impl ContiguousSamples {
    pub(crate) fn open(
        container: &Container,
        at: &str,
        [samples, genes]: [u64; 2],
    ) -> Result<Self, Hdf5Fault> {
        Ok(Self {
            matrix: Compressed::open(container, at, samples, genes)?,
            sample: 0,
            window_start: 0,
            genes: Vec::new(),
            values: Vec::new(),
        })
    }

    /// Stored values per sample, in the file's order.
    pub(crate) fn stored(&self) -> impl Iterator<Item = u64> + '_ {
        self.matrix.indptr.windows(2).map(|ends| ends[1] - ends[0])
    }

    /// The next sample, `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<RawSample>, Hdf5Fault> {
        let indptr = &self.matrix.indptr;
        let (Some(&start), Some(&end)) = (indptr.get(self.sample), indptr.get(self.sample + 1))
        else {
            return Ok(None);
        };
        self.sample += 1;
        if start < self.window_start || end > self.window_start + self.genes.len() as u64 {
            let stored = indptr.last().copied().unwrap_or(end);
            let count = (end - start).max(WINDOW.min(stored - start));
            self.genes = self.matrix.indices(start, count)?;
            self.values = self.matrix.values(start, count)?;
            self.window_start = start;
        }
        // Both ends lie in the window, so they fit an index into it.
        let range = (start - self.window_start) as usize..(end - self.window_start) as usize;
        let (genes, values) = (&self.genes[range.clone()], &self.values[range]);
        let (gene, value) = summed(genes.iter().copied().zip(values.iter().copied()));
        Ok(Some(RawSample::Sparse { gene, value }))
    }
}
