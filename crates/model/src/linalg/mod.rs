//! Small dense symmetric matrices, in plain arithmetic of one fixed order.
//!
//! A general library would choose its instructions by the processor that it finds (fused or not),
//! and so give other bits on another machine; an answer must not depend on that. The matrices here
//! have a few dozen rows, where speed is not at stake.

mod rows;
mod small;

pub use rows::{RowMatrix, StoredFloat};
pub use small::{MOST, Small};

/// A symmetric matrix `[n × n]`, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Symmetric {
    n: usize,
    values: Vec<f64>,
}

impl Symmetric {
    /// A matrix of zeros.
    pub fn zeros(n: usize) -> Self {
        Self {
            n,
            values: vec![0.0; n * n],
        }
    }

    /// A matrix by its entries; `entry(row, column)` is asked for the lower triangle only.
    pub fn from_fn(n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut matrix = Self::zeros(n);
        for row in 0..n {
            for column in 0..=row {
                matrix.set(row, column, entry(row, column));
            }
        }
        matrix
    }

    /// Rows, and columns.
    pub fn n(&self) -> usize {
        self.n
    }

    /// One entry.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.n + column]
    }

    /// Sets an entry and its mirror.
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.n + column] = value;
        self.values[column * self.n + row] = value;
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n..(row + 1) * self.n]
    }

    /// The matrix times a vector `[n]`.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.n).map(|row| dot(self.row(row), vector)).collect()
    }

    /// The same with `ridge` added to its diagonal.
    #[must_use]
    pub fn with_ridge(mut self, ridge: f64) -> Self {
        for at in 0..self.n {
            self.values[at * self.n + at] += ridge;
        }
        self
    }

    /// The lower factor L with L·Lᵀ = the matrix; `None` if it is not positive definite.
    pub fn cholesky(&self) -> Option<Cholesky> {
        let n = self.n;
        let mut lower = self.values.clone();
        for column in 0..n {
            for row in column..n {
                let (a, b) = (row * n, column * n);
                let rest = dot(&lower[a..a + column], &lower[b..b + column]);
                let value = lower[a + column] - rest;
                if row == column {
                    if value.is_nan() || value <= 0.0 {
                        return None;
                    }
                    lower[a + column] = value.sqrt();
                } else {
                    lower[a + column] = value / lower[b + column];
                }
            }
        }
        Some(Cholesky { n, lower })
    }

    /// Eigenvalues, descending, and the eigenvectors (one per row), by cyclic Jacobi rotations.
    pub fn eigen(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        let n = self.n;
        let mut a = self.values.clone();
        let mut vectors: Vec<f64> = (0..n * n)
            .map(|i| f64::from(u8::from(i / n == i % n)))
            .collect();
        let total: f64 = a.iter().map(|x| x * x).sum();
        for _sweep in 0..60 {
            let off: f64 = (0..n)
                .flat_map(|i| (0..n).filter(move |&j| j != i).map(move |j| (i, j)))
                .map(|(i, j)| a[i * n + j] * a[i * n + j])
                .sum();
            if off <= 1e-22 * total {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut a, &mut vectors, n, p, q);
                }
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
        let values = order.iter().map(|&i| a[i * n + i]).collect();
        let rows = order
            .iter()
            .map(|&i| (0..n).map(|k| vectors[k * n + i]).collect())
            .collect();
        (values, rows)
    }

    /// The nearest matrix whose eigenvalues are all at least `floor`; itself where they are.
    #[must_use]
    pub fn clip_eigenvalues(&self, floor: f64) -> Self {
        if self.eigen().0.iter().all(|value| *value >= floor) {
            return self.clone();
        }
        self.with_eigenvalues_at_least(floor)
    }

    /// The nearest matrix whose eigenvalues are all at least `floor`, to rounding.
    #[must_use]
    pub fn with_eigenvalues_at_least(&self, floor: f64) -> Self {
        let (values, vectors) = self.eigen();
        Self::from_fn(self.n, |row, column| {
            values
                .iter()
                .zip(&vectors)
                .map(|(value, vector)| value.max(floor) * vector[row] * vector[column])
                .sum()
        })
    }
}

/// One Jacobi rotation that makes the entry (p, q) zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
        let (u, v) = (vectors[k * n + p], vectors[k * n + q]);
        vectors[k * n + p] = c * u - s * v;
        vectors[k * n + q] = s * u + c * v;
    }
}

/// The lower Cholesky factor of a positive definite matrix.
#[derive(Debug, Clone)]
pub struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// The logarithm of the matrix' determinant.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.n)
            .map(|i| libm::log(self.lower[i * self.n + i]))
            .sum::<f64>()
    }

    /// Solves matrix · x = `right`.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x = right.to_vec();
        for row in 0..n {
            let known = dot(&self.lower[row * n..row * n + row], &x[..row]);
            x[row] = (x[row] - known) / self.lower[row * n + row];
        }
        self.solve_transposed_in_place(&mut x);
        x
    }

    /// Solves Lᵀ · x = `right`: turns a standard normal vector into a draw whose covariance is the
    /// inverse of the matrix.
    pub fn solve_transposed(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        self.solve_transposed_in_place(&mut x);
        x
    }

    fn solve_transposed_in_place(&self, x: &mut [f64]) {
        let n = self.n;
        for row in (0..n).rev() {
            let mut value = x[row];
            for (below, known) in x.iter().enumerate().skip(row + 1) {
                value -= self.lower[below * n + row] * known;
            }
            x[row] = value / self.lower[row * n + row];
        }
    }

    /// L · `vector`: turns a standard normal vector into a draw whose covariance is the matrix.
    pub fn times_lower(&self, vector: &[f64]) -> Vec<f64> {
        let n = self.n;
        (0..n)
            .map(|row| dot(&self.lower[row * n..=row * n + row], vector))
            .collect()
    }

    /// The inverse of the matrix.
    pub fn inverse(&self) -> Symmetric {
        let n = self.n;
        let columns: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                self.solve(
                    &(0..n)
                        .map(|k| f64::from(u8::from(k == i)))
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        Symmetric::from_fn(n, |row, column| columns[column][row])
    }
}

/// The inner product, in the order of the entries.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Symmetric {
        // numpy: np.array([[4, 1, .5], [1, 3, -.2], [.5, -.2, 2]])
        let rows = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]];
        Symmetric::from_fn(3, |i, j| rows[i][j])
    }

    #[test]
    fn eigenvalues_below_the_floor_are_clipped_and_a_matrix_above_it_stays() {
        let positive = Symmetric::from_fn(2, |i, j| if i == j { 1.0 } else { 0.5 });
        assert_eq!(positive.clip_eigenvalues(0.1), positive);
        // Eigenvalues 2.5 and -0.5: numpy.linalg.eigh([[1, 1.5], [1.5, 1]])
        let crossed = Symmetric::from_fn(2, |i, j| if i == j { 1.0 } else { 1.5 });
        let clipped = crossed.clip_eigenvalues(0.1);
        assert!((clipped.get(0, 0) - 1.3).abs() < 1e-12 && (clipped.get(0, 1) - 1.2).abs() < 1e-12);
    }

    #[test]
    fn solves_like_numpy() {
        let factor = example().cholesky().expect("positive definite");
        let x = factor.solve(&[1.0, 2.0, 3.0]);
        let back = example().times(&x);
        for (given, got) in [1.0, 2.0, 3.0].iter().zip(back) {
            assert!((given - got).abs() < 1e-12);
        }
        // numpy.linalg.slogdet
        assert!((factor.log_determinant() - 3.039_270_575_568_475).abs() < 1e-9);
    }

    #[test]
    fn the_factor_times_a_vector_is_that_of_numpy() {
        // numpy.linalg.cholesky(matrix) @ [1, -2, 0.5]
        let got = example()
            .cholesky()
            .expect("positive definite")
            .times_lower(&[1.0, -2.0, 0.5]);
        let factor = [
            [2.0, 0.0, 0.0],
            [0.5, 1.658_312_395_177_7, 0.0],
            [0.25, -0.195_982_373_975_5, 1.3780750738225],
        ];
        for (row, got) in factor.iter().zip(got) {
            let expected = row[0] - 2.0 * row[1] + 0.5 * row[2];
            assert!((got - expected).abs() < 1e-9, "{got} {expected}");
        }
    }

    #[test]
    fn the_eigenvectors_put_the_matrix_together_again() {
        let matrix = example();
        let same = matrix.with_eigenvalues_at_least(0.0);
        for i in 0..3 {
            for j in 0..3 {
                assert!((matrix.get(i, j) - same.get(i, j)).abs() < 1e-10);
            }
        }
        let (values, _) = matrix.eigen();
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        assert!((values.iter().sum::<f64>() - 9.0).abs() < 1e-12);
    }

    #[test]
    fn an_indefinite_matrix_has_no_factor_until_its_eigenvalues_are_raised() {
        let matrix = Symmetric::from_fn(2, |i, j| if i == j { 1.0 } else { 2.0 });
        assert!(matrix.cholesky().is_none());
        assert!(matrix.with_eigenvalues_at_least(1e-6).cholesky().is_some());
    }

    #[test]
    fn the_inverse_times_the_matrix_is_the_identity() {
        let inverse = example().cholesky().expect("positive definite").inverse();
        for i in 0..3 {
            let column: Vec<f64> = (0..3).map(|k| inverse.get(k, i)).collect();
            for (k, value) in example().times(&column).iter().enumerate() {
                assert!((value - f64::from(u8::from(k == i))).abs() < 1e-12);
            }
        }
    }
}
