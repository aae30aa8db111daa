//! A CSC matrix, turned into rows.
//!
//! Its stored values lie by gene, so the first sample is only complete when all of them have
//! been read: the whole matrix is held, 12 bytes per stored value.

use std::ops::Range;

use crate::hdf5::Compressed;
use crate::hdf5::Container;
use crate::hdf5::Hdf5Fault;
use crate::source::RawSample;

/// Bytes for each row while they are put in order,
const PER_ROW: u64 = 16;
/// and for each stored value.
const PER_VALUE: u64 = 12;

/// The rows of a matrix that was stored by columns.
#[derive(Debug)]
pub(super) struct TurnedRows {
    /// Per row the start of its entries, and the end of the last.
    starts: Vec<usize>,
    genes: Vec<u32>,
    values: Vec<f64>,
    /// The row that comes next.
    row: usize,
}

/// Reads the CSC matrix at `at` into rows: one pass to count, one to place.
pub(super) fn turn(
    container: &Container,
    at: &str,
    [rows, columns]: [u64; 2],
) -> Result<TurnedRows, Hdf5Fault> {
    let matrix = Compressed::open(container, at, columns, rows)?;
    // Nothing but the shape says how many rows there are.
    let bytes = rows
        .saturating_mul(PER_ROW)
        .saturating_add(matrix.stored() * PER_VALUE);
    container.origin.expect_kept(at, bytes)?;
    let mut starts = vec![0usize; rows as usize + 1];
    for (start, count) in matrix.windows() {
        for row in matrix.indices(start, count)? {
            starts[row as usize + 1] += 1;
        }
    }
    for row in 1..starts.len() {
        starts[row] += starts[row - 1];
    }
    let stored = starts.last().copied().unwrap_or(0);
    let mut turned = TurnedRows {
        genes: vec![0; stored],
        values: vec![0.0; stored],
        starts: starts.clone(),
        row: 0,
    };
    let mut free = starts;
    let mut gene = GeneCursor::new(&matrix.indptr);
    for (start, count) in matrix.windows() {
        let indices = matrix.indices(start, count)?;
        let values = matrix.values(start, count)?;
        for ((position, row), value) in (start..).zip(indices).zip(values) {
            let place = free[row as usize];
            free[row as usize] += 1;
            turned.genes[place] = gene.at(position);
            turned.values[place] = value;
        }
    }
    turned.sum_repeats();
    Ok(turned)
}

/// The gene of each stored value, asked in ascending order.
struct GeneCursor<'a> {
    indptr: &'a [u64],
    gene: usize,
}

impl<'a> GeneCursor<'a> {
    fn new(indptr: &'a [u64]) -> Self {
        Self { indptr, gene: 0 }
    }

    fn at(&mut self, position: u64) -> u32 {
        while self
            .indptr
            .get(self.gene + 1)
            .is_some_and(|&end| end <= position)
        {
            self.gene += 1;
        }
        self.gene as u32
    }
}

impl TurnedRows {
    fn entries(&self, row: usize) -> Option<Range<usize>> {
        Some(*self.starts.get(row)?..*self.starts.get(row + 1)?)
    }

    /// Sums values that one column stores twice for a row, as scipy means them. Genes of a row
    /// are already in order, so repeats are neighbours; the first keeps the sum.
    fn sum_repeats(&mut self) {
        let repeated = (0..self.starts.len().saturating_sub(1)).any(|row| {
            self.entries(row)
                .is_some_and(|range| self.genes[range].windows(2).any(|pair| pair[0] == pair[1]))
        });
        if !repeated {
            return;
        }
        let (mut genes, mut values, mut starts) = (Vec::new(), Vec::new(), vec![0]);
        for row in 0..self.starts.len().saturating_sub(1) {
            let first = genes.len();
            for entry in self.entries(row).unwrap_or_default() {
                if genes.len() > first && genes.last() == Some(&self.genes[entry]) {
                    if let Some(sum) = values.last_mut() {
                        *sum += self.values[entry];
                    }
                } else {
                    genes.push(self.genes[entry]);
                    values.push(self.values[entry]);
                }
            }
            starts.push(genes.len());
        }
        (self.genes, self.values, self.starts) = (genes, values, starts);
    }

    pub(super) fn next(&mut self) -> Option<RawSample> {
        let range = self.entries(self.row)?;
        self.row += 1;
        Some(RawSample::Sparse {
            gene: self.genes[range.clone()].to_vec(),
            value: self.values[range].to_vec(),
        })
    }
}
