//! Sums in double precision over tall matrices of shorter numbers, a row for each gene.
//!
//! The order of every sum is fixed by the shape alone. It is one in which a processor can work on
//! several terms at once, as many as it has room for.

use half::f16;
use pulp::{Arch, NullaryFnOnce};

use super::Symmetric;

/// Terms that are added up side by side.
const LANES: usize = 8;
/// Columns whose sums are held while all rows go by.
const HELD: usize = 2 * LANES;
/// Rows that are held while the products of their columns are added up, a square of
/// [`LANES`] × [`LANES`] at a time.
const BLOCK: usize = 64;

/// A number as it is stored. Reading a matrix takes longer than adding it up, so short ones are
/// read as they are.
pub trait StoredFloat: Copy {
    /// The same number in single precision.
    fn single(self) -> f32;
}

impl StoredFloat for f32 {
    #[inline(always)]
    fn single(self) -> f32 {
        self
    }
}

impl StoredFloat for f16 {
    /// By integer arithmetic, for several numbers at a time; only finite ones.
    #[inline(always)]
    fn single(self) -> f32 {
        /// 2¹¹², the difference of the two exponents' biases.
        const REBIAS: f32 = f32::from_bits(0x7780_0000);
        let bits = u32::from(self.to_bits());
        let magnitude = f32::from_bits((bits & 0x7fff) << 13) * REBIAS;
        f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
    }
}

#[inline(always)]
fn double(value: impl StoredFloat) -> f64 {
    f64::from(value.single())
}

/// A matrix `[rows × columns]`.
#[derive(Debug, Clone, Copy)]
pub struct RowMatrix<'a, T> {
    values: &'a [T],
    columns: usize,
}

impl<'a, T: StoredFloat> RowMatrix<'a, T> {
    /// The matrix whose rows are those of `values` `[rows × columns]`, at least one column wide.
    pub fn new(values: &'a [T], columns: usize) -> Self {
        Self { values, columns }
    }

    #[inline(always)]
    fn each(self) -> impl Iterator<Item = &'a [T]> {
        self.values.chunks_exact(self.columns)
    }

    /// The matrix times a vector `[columns]`: `[rows]`.
    pub fn times(self, vector: &[f64]) -> Vec<f64> {
        let mut products = vec![0.0; self.values.len() / self.columns];
        Arch::new().dispatch(RowProducts(self, vector, &mut products));
        products
    }

    /// Σ_row weight·row: `[columns]`.
    pub fn weighted_sum(self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        Arch::new().dispatch(WeightedSum(self, weights, &mut sums));
        sums
    }

    /// Σ_row weight·row·rowᵀ: `[columns × columns]`. A row of weight 0 may hold anything.
    pub fn gram(self, weights: &[f64]) -> Symmetric {
        let n = self.columns;
        let mut sums = vec![0.0; n * n];
        Arch::new().dispatch(Gram(self, weights, &mut sums));
        Symmetric::from_fn(n, |row, column| sums[row * n + column])
    }
}

// Types rather than closures: only so is each compiled once for each kind of processor.
struct RowProducts<'a, T>(RowMatrix<'a, T>, &'a [f64], &'a mut [f64]);
struct WeightedSum<'a, T>(RowMatrix<'a, T>, &'a [f64], &'a mut [f64]);
struct Gram<'a, T>(RowMatrix<'a, T>, &'a [f64], &'a mut [f64]);

impl<T: StoredFloat> NullaryFnOnce for RowProducts<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(rows, vector, products) = self;
        for (product, row) in products.iter_mut().zip(rows.each()) {
            *product = dot(row, vector);
        }
    }
}

impl<T: StoredFloat> NullaryFnOnce for WeightedSum<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(rows, weights, sums) = self;
        let (held, rest) = sums.as_chunks_mut::<HELD>();
        let done = held.len() * HELD;
        for (at, sums) in held.iter_mut().enumerate() {
            let mut local = [0.0; HELD];
            for (row, weight) in rows.each().zip(weights) {
                let row = &row[at * HELD..(at + 1) * HELD];
                for (sum, value) in local.iter_mut().zip(row) {
                    *sum += weight * double(*value);
                }
            }
            *sums = local;
        }
        if !rest.is_empty() {
            for (row, weight) in rows.each().zip(weights) {
                for (sum, value) in rest.iter_mut().zip(&row[done..]) {
                    *sum += weight * double(*value);
                }
            }
        }
    }
}

impl<T: StoredFloat> NullaryFnOnce for Gram<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(rows, weights, sums) = self;
        let mut block = RowBlock::new(rows.columns);
        for (row, &weight) in rows.each().zip(weights) {
            if weight != 0.0 {
                block.push(weight, row, sums);
            }
        }
        block.flush(sums);
    }
}

/// Σ row·vector.
#[inline(always)]
fn dot<T: StoredFloat>(row: &[T], vector: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (rows, rest) = row.as_chunks::<LANES>();
    let (vectors, rest_of_vector) = vector.as_chunks::<LANES>();
    for (row, vector) in rows.iter().zip(vectors) {
        for lane in 0..LANES {
            sums[lane] += double(row[lane]) * vector[lane];
        }
    }
    let mut sum = 0.0;
    for lane in sums {
        sum += lane;
    }
    for (a, b) in rest.iter().zip(rest_of_vector) {
        sum += double(*a) * b;
    }
    sum
}

/// Rows that wait, their columns filled up with zeros to whole lanes, and the same times their
/// weights: `[BLOCK × lanes]` of [`LANES`] numbers.
struct RowBlock {
    columns: usize,
    lanes: usize,
    rows: Vec<[f64; LANES]>,
    weighted: Vec<[f64; LANES]>,
    waiting: usize,
}

impl RowBlock {
    #[inline(always)]
    fn new(columns: usize) -> Self {
        let lanes = columns.div_ceil(LANES);
        Self {
            columns,
            lanes,
            rows: vec![[0.0; LANES]; BLOCK * lanes],
            weighted: vec![[0.0; LANES]; BLOCK * lanes],
            waiting: 0,
        }
    }

    #[inline(always)]
    fn push<T: StoredFloat>(&mut self, weight: f64, row: &[T], sums: &mut [f64]) {
        let place = self.waiting * self.lanes..(self.waiting + 1) * self.lanes;
        let wide = self.rows[place.clone()].as_flattened_mut();
        let weighted = self.weighted[place].as_flattened_mut();
        for ((wide, weighted), value) in wide.iter_mut().zip(weighted).zip(row) {
            *wide = double(*value);
            *weighted = weight * *wide;
        }
        self.waiting += 1;
        if self.waiting == BLOCK {
            self.flush(sums);
        }
    }

    /// Adds what waits to the lower triangle of `sums` `[columns × columns]`.
    #[inline(always)]
    fn flush(&mut self, sums: &mut [f64]) {
        for below in 0..self.lanes {
            for across in 0..=below {
                let square = self.square(below, across);
                for (row, square) in (below * LANES..self.columns).zip(&square) {
                    let start = row * self.columns + across * LANES;
                    let end = (row + 1) * self.columns;
                    for (sum, square) in sums[start..end].iter_mut().zip(square) {
                        *sum += square;
                    }
                }
            }
        }
        self.waiting = 0;
    }

    /// Σ_row weight·row·rowᵀ of what waits, for some rows and columns of the result.
    #[inline(always)]
    fn square(&self, below: usize, across: usize) -> [[f64; LANES]; LANES] {
        let mut sums = [[0.0; LANES]; LANES];
        for at in 0..self.waiting {
            let left = &self.weighted[at * self.lanes + below];
            let right = &self.rows[at * self.lanes + across];
            for i in 0..LANES {
                for j in 0..LANES {
                    sums[i][j] += left[i] * right[j];
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(n: usize) -> Vec<f32> {
        (0..n)
            .map(|at| ((at * 7 + at / 5) % 11) as f32 - 4.5)
            .collect()
    }

    fn weights(n: usize) -> Vec<f64> {
        (0..n).map(|at| 0.5 + (at % 3) as f64).collect()
    }

    #[test]
    fn every_sum_is_that_of_its_products() {
        for rows in [0, 1, 3, 9, 63, 64, 65, 150] {
            for n in [1, 7, 8, 21, 40] {
                let values = values(rows * n);
                let at = |row: usize, column: usize| f64::from(values[row * n + column]);
                let by_row = weights(rows);
                let matrix = RowMatrix::new(&values, n);
                let vector = weights(n);
                for (row, got) in matrix.times(&vector).into_iter().enumerate() {
                    let expected: f64 = (0..n).map(|k| at(row, k) * vector[k]).sum();
                    assert!((got - expected).abs() < 1e-8);
                }
                let sums = matrix.weighted_sum(&by_row);
                let gram = matrix.gram(&by_row);
                for (i, got) in sums.iter().enumerate() {
                    let sum: f64 = (0..rows).map(|row| by_row[row] * at(row, i)).sum();
                    assert!((got - sum).abs() < 1e-8);
                    for j in 0..n {
                        let product = |row: usize| by_row[row] * at(row, i) * at(row, j);
                        let expected: f64 = (0..rows).map(product).sum();
                        assert!((gram.get(i, j) - expected).abs() < 1e-8, "{rows} rows");
                    }
                }
            }
        }
    }

    #[test]
    fn every_finite_half_is_read_as_it_is() {
        for bits in 0..=u16::MAX {
            let half = f16::from_bits(bits);
            if half.is_finite() {
                assert_eq!(half.single().to_bits(), half.to_f32().to_bits(), "{half}");
            }
        }
    }

    #[test]
    fn what_a_row_without_weight_holds_does_not_matter() {
        let mut values = values(3 * 21);
        let all = RowMatrix::new(&values, 21).gram(&[1.0, 0.0, 2.0]);
        values[21..42].fill(f32::NAN);
        assert_eq!(all, RowMatrix::new(&values, 21).gram(&[1.0, 0.0, 2.0]));
    }
}
