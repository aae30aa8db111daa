//! Dense matrices by rows, and their products on one thread.

/// A matrix `[rows × columns]`, row by row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VaeMatrix {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Entries, `[rows × columns]`.
    pub values: Vec<f32>,
}

impl VaeMatrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; rows * columns],
        }
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Adds a row to every row.
    pub fn add_to_rows(&mut self, row: &[f32]) {
        for own in self.values.chunks_exact_mut(self.columns) {
            for (value, add) in own.iter_mut().zip(row) {
                *value += add;
            }
        }
    }

    /// The sum of all rows, added to `sum`.
    pub fn add_rows_to(&self, sum: &mut [f32]) {
        for row in self.values.chunks_exact(self.columns) {
            for (sum, value) in sum.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }

    /// The matrix as a factor of a product.
    pub fn view(&self) -> VaeMatrixView<'_> {
        VaeMatrixView::of(&self.values, self.rows, self.columns)
    }
}

/// A factor of a product: entries by rows, read as they are or transposed.
#[derive(Debug, Clone, Copy)]
pub struct VaeMatrixView<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> VaeMatrixView<'a> {
    /// The entries of a matrix `[rows × columns]`.
    pub fn of(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self {
            values,
            rows,
            columns,
            row_step: columns,
            column_step: 1,
        }
    }

    /// The transposed matrix.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
            ..self
        }
    }

    /// The product with another factor.
    pub fn times(self, other: VaeMatrixView<'_>) -> VaeMatrix {
        let mut product = VaeMatrix::zeros(self.rows, other.columns);
        self.times_onto(other, &mut product.values);
        product
    }

    /// Adds the product with another factor to `sum`, by rows.
    #[allow(unsafe_code)]
    pub fn times_onto(self, other: VaeMatrixView<'_>, sum: &mut [f32]) {
        let (n, k, m) = (self.rows, self.columns, other.columns);
        if n == 0 || k == 0 || m == 0 {
            return;
        }
        let within = |view: &VaeMatrixView<'_>| {
            let last = (view.rows - 1) * view.row_step + (view.columns - 1) * view.column_step;
            last < view.values.len()
        };
        assert!(
            k == other.rows && within(&self) && within(&other) && n * m <= sum.len(),
            "within the slices"
        );
        // SAFETY: the assertion above bounds every element that the steps and sizes reach.
        unsafe {
            matrixmultiply::sgemm(
                n,
                k,
                m,
                1.0,
                self.values.as_ptr(),
                self.row_step as isize,
                self.column_step as isize,
                other.values.as_ptr(),
                other.row_step as isize,
                other.column_step as isize,
                1.0,
                sum.as_mut_ptr(),
                m as isize,
                1,
            );
        }
    }
}
