//! Positive definite matrices of at most [`MOST`] rows, on the stack: the effect posterior factors
//! some hundred thousand of them for one answer.

/// The most rows.
pub const MOST: usize = 24;

/// A symmetric matrix or its lower Cholesky factor; only the lower triangle is used.
#[derive(Clone)]
pub struct Small {
    n: usize,
    values: [[f64; MOST]; MOST],
}

impl Small {
    /// A matrix by the entries of its lower triangle. `n` is at most [`MOST`].
    pub fn from_fn(n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = [[0.0; MOST]; MOST];
        for (row, own) in values.iter_mut().enumerate().take(n) {
            for (column, value) in own.iter_mut().enumerate().take(row + 1) {
                *value = entry(row, column);
            }
        }
        Self { n, values }
    }

    /// Replaces the matrix by its lower factor; false if it is not positive definite.
    pub fn factor(&mut self) -> bool {
        for row in 0..self.n {
            for column in 0..=row {
                let mut value = self.values[row][column];
                for k in 0..column {
                    value -= self.values[row][k] * self.values[column][k];
                }
                if row > column {
                    self.values[row][column] = value / self.values[column][column];
                } else if value > 0.0 {
                    self.values[row][row] = value.sqrt();
                } else {
                    return false;
                }
            }
        }
        true
    }

    /// Of a factor: the logarithm of the determinant of what was factored.
    pub fn log_determinant(&self) -> f64 {
        // One logarithm of the product; two dozen variances neither vanish nor overflow.
        let product: f64 = (0..self.n).map(|i| self.values[i][i]).product();
        2.0 * libm::log(product)
    }

    /// Of a factor L: solves L·x = `right` in place.
    pub fn solve_lower(&self, right: &mut [f64; MOST]) {
        for row in 0..self.n {
            let mut value = right[row];
            for (k, known) in right.iter().enumerate().take(row) {
                value -= self.values[row][k] * known;
            }
            right[row] = value / self.values[row][row];
        }
    }

    /// Of a factor L: solves Lᵀ·x = `right` in place.
    pub fn solve_upper(&self, right: &mut [f64; MOST]) {
        for row in (0..self.n).rev() {
            let mut value = right[row];
            for (below, known) in right.iter().enumerate().take(self.n).skip(row + 1) {
                value -= self.values[below][row] * known;
            }
            right[row] = value / self.values[row][row];
        }
    }

    /// Of a factor L: adds `scale` · (L·Lᵀ)⁻¹ to the lower triangle of `sum`.
    pub fn add_inverse(&self, scale: f64, sum: &mut [[f64; MOST]; MOST]) {
        // Column j of L⁻¹ is zero above row j, and the inverse is L⁻ᵀ·L⁻¹.
        let mut inverse = [[0.0; MOST]; MOST];
        for column in 0..self.n {
            inverse[column][column] = 1.0 / self.values[column][column];
            for row in column + 1..self.n {
                let mut value = 0.0;
                for (k, known) in inverse.iter().enumerate().take(row).skip(column) {
                    value -= self.values[row][k] * known[column];
                }
                inverse[row][column] = value / self.values[row][row];
            }
        }
        for lower in inverse.iter().take(self.n) {
            for row in 0..self.n {
                let scaled = scale * lower[row];
                for (sum, value) in sum[row].iter_mut().zip(lower).take(row + 1) {
                    *sum += scaled * value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Symmetric;
    use super::*;

    #[test]
    fn agrees_with_the_general_factorisation() {
        let entry = |i: usize, j: usize| {
            if i == j {
                3.0 + i as f64
            } else {
                0.4 / (1.0 + (i + j) as f64)
            }
        };
        let general = Symmetric::from_fn(7, entry);
        let factor = general.cholesky().expect("positive definite");
        let mut small = Small::from_fn(7, entry);
        assert!(small.factor());
        assert!((small.log_determinant() - factor.log_determinant()).abs() < 1e-12);
        let right: Vec<f64> = (0..7).map(|i| f64::from(i) - 2.5).collect();
        let mut x = [0.0; MOST];
        x[..7].copy_from_slice(&right);
        small.solve_lower(&mut x);
        small.solve_upper(&mut x);
        for (got, expected) in x.iter().zip(factor.solve(&right)) {
            assert!((got - expected).abs() < 1e-12);
        }
        let mut sum = [[0.0; MOST]; MOST];
        small.add_inverse(2.0, &mut sum);
        let inverse = factor.inverse();
        for (row, own) in sum.iter().enumerate().take(7) {
            for (column, value) in own.iter().enumerate().take(row + 1) {
                assert!((value - 2.0 * inverse.get(row, column)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn an_indefinite_matrix_is_refused() {
        assert!(!Small::from_fn(2, |i, j| if i == j { 1.0 } else { 2.0 }).factor());
    }
}
