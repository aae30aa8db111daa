//! The products on the processor, over blocks of rows so that threads do not change a bit.

use rayon::prelude::*;

use super::Products;
use crate::error::Result;

/// Rows of the result that are made together.
const BLOCK: usize = 64;

/// A matrix in main memory.
#[derive(Debug)]
pub struct Cpu<'a> {
    matrix: &'a [f32],
    rows: usize,
    columns: usize,
}

impl<'a> Cpu<'a> {
    /// The matrix `[rows × columns]`, by rows.
    pub fn new(matrix: &'a [f32], rows: usize, columns: usize) -> Self {
        Self {
            matrix,
            rows,
            columns,
        }
    }
}

impl Products for Cpu<'_> {
    fn multiply(&self, b: &[f32], width: usize) -> Result<Vec<f32>> {
        let (n, k) = (self.rows, self.columns);
        Ok(product(self.matrix, b, n, k, width, (k as isize, 1)))
    }

    fn multiply_transposed(&self, b: &[f32], width: usize) -> Result<Vec<f32>> {
        let (n, k) = (self.columns, self.rows);
        Ok(product(self.matrix, b, n, k, width, (1, n as isize)))
    }
}

/// `a · b` for `a` `[n × k]` by strides and `b` `[k × m]` by rows; gives `[n × m]`.
///
/// Every entry is summed in the same order whatever the number of threads: blocks of rows are
/// shared out, never the sum.
fn product(
    a: &[f32],
    b: &[f32],
    n: usize,
    k: usize,
    m: usize,
    (row, column): (isize, isize),
) -> Vec<f32> {
    assert_eq!(a.len(), n * k, "a is n × k");
    assert_eq!(b.len(), k * m, "b is k × m");
    let mut result = vec![0.0; n * m];
    if n * k * m == 0 {
        return result;
    }
    result
        .par_chunks_mut(BLOCK * m)
        .enumerate()
        .for_each(|(block, rows)| {
            let first = block * BLOCK;
            let height = rows.len() / m;
            multiply_block(
                &a[first * row as usize..],
                b,
                rows,
                (height, k, m),
                (row, column),
            );
        });
    result
}

#[allow(unsafe_code)]
fn multiply_block(
    a: &[f32],
    b: &[f32],
    result: &mut [f32],
    (n, k, m): (usize, usize, usize),
    (row, column): (isize, isize),
) {
    let reach = (n - 1) * row as usize + (k - 1) * column as usize;
    assert!(
        reach < a.len() && k * m <= b.len() && n * m <= result.len(),
        "within the slices"
    );
    // SAFETY: the assertion above bounds every element that the strides and sizes reach.
    unsafe {
        matrixmultiply::sgemm(
            n,
            k,
            m,
            1.0,
            a.as_ptr(),
            row,
            column,
            b.as_ptr(),
            m as isize,
            1,
            0.0,
            result.as_mut_ptr(),
            m as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    #[test]
    fn products_agree_with_the_plain_sum() {
        let (n, k, m) = (130, 7, 5);
        let (a, b) = (numbers(n * k), numbers(k * m));
        let plain = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[l * m + j]).sum::<f32>();
        let transposed: Vec<f32> = (0..k * n).map(|at| a[(at % n) * k + at / n]).collect();
        for got in [
            Cpu::new(&a, n, k).multiply(&b, m).unwrap(),
            Cpu::new(&transposed, k, n)
                .multiply_transposed(&b, m)
                .unwrap(),
        ] {
            for i in 0..n {
                for j in 0..m {
                    assert!((got[i * m + j] - plain(i, j)).abs() < 1e-4);
                }
            }
        }
    }
}
