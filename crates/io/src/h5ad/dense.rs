//! A dense matrix, read in bands of rows.

use crate::hdf5::Hdf5Dataset;
use crate::hdf5::Hdf5Fault;
use crate::source::RawSample;

/// Values of a band that is read at once: 8 MB.
const BAND_VALUES: u64 = 1 << 20;
/// The largest band, for a matrix whose chunks span many rows: 256 MB.
const MOST_VALUES: u64 = 1 << 25;

/// A dense matrix, `[samples × genes]`, in row-major order.
#[derive(Debug)]
pub(super) struct DenseRows {
    field: Hdf5Dataset,
    rows: u64,
    columns: u64,
    band_rows: u64,
    /// The row that comes next.
    row: u64,
    /// Rows from `band_start` on, flattened.
    band: Vec<f64>,
    band_start: u64,
}

impl DenseRows {
    pub(super) fn open(field: Hdf5Dataset) -> Result<Self, Hdf5Fault> {
        let &[rows, columns] = field.shape() else {
            return Err(field.origin.fault(
                &field.at,
                format!("has shape {:?}, not samples × genes", field.shape()),
                "write it again as a matrix: `adata.X = adata.X.reshape(adata.shape)`",
            ));
        };
        field.expect_numbers()?;
        let band_rows = band_rows(columns, field.chunk_rows()?);
        Ok(Self {
            field,
            rows,
            columns,
            band_rows,
            row: 0,
            band: Vec::new(),
            band_start: 0,
        })
    }

    pub(super) fn shape(&self) -> [u64; 2] {
        [self.rows, self.columns]
    }

    pub(super) fn next(&mut self) -> Result<Option<RawSample>, Hdf5Fault> {
        if self.row >= self.rows {
            return Ok(None);
        }
        if self.row == 0 || self.row >= self.band_start + self.band_rows {
            let count = self.band_rows.min(self.rows - self.row);
            self.band = self.field.floats(self.row, count)?;
            self.band_start = self.row;
        }
        // The band holds this row, whose values are fewer than a Vec can have.
        let start = ((self.row - self.band_start) * self.columns) as usize;
        let values = &self.band[start..start + self.columns as usize];
        self.row += 1;
        Ok(Some(RawSample::Dense(values.to_vec())))
    }
}

/// Rows to read at once: whole chunks where that fits in memory, because a chunk must be
/// decompressed whole to get at one of its rows.
fn band_rows(columns: u64, chunk_rows: Option<u64>) -> u64 {
    let per_row = columns.max(1);
    let wanted = (BAND_VALUES / per_row).max(1);
    let most = (MOST_VALUES / per_row).max(1);
    let chunk = chunk_rows.unwrap_or(1).max(1);
    if chunk >= most {
        return most;
    }
    wanted.div_ceil(chunk).saturating_mul(chunk).min(most)
}

#[cfg(test)]
mod tests {
    use super::band_rows;

    #[test]
    fn a_band_is_whole_chunks_within_the_memory_allowed() {
        assert_eq!(band_rows(1 << 10, None), 1 << 10);
        assert_eq!(band_rows(1 << 10, Some(100)), 1100);
        assert_eq!(band_rows(1 << 20, Some(1 << 40)), 32);
        assert_eq!(band_rows(0, Some(0)), 1 << 20);
        assert_eq!(band_rows(u64::MAX, None), 1);
    }
}
