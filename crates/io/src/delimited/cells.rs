//! The numbers of a table, row after row.

/// The cells of a table of numbers, four bytes each as long as all of them are counts that fit.
pub(super) struct Cells {
    values: Values,
    width: usize,
}

enum Values {
    /// As long as every value is whole and fits four bytes.
    Whole(Vec<u32>),
    /// As soon as one does not.
    Real(Vec<f64>),
}

impl Cells {
    /// No cell yet, of a table with `width` columns.
    pub(super) fn new(width: usize) -> Self {
        Self {
            values: Values::Whole(Vec::new()),
            width,
        }
    }

    /// Adds the next cell, row by row.
    pub(super) fn push(&mut self, value: f64) {
        match &mut self.values {
            Values::Whole(cells) => {
                // A cast saturates and drops the fraction; what survives it is a count. The sign
                // of a negative zero is lost, which is no loss.
                let count = value as u32;
                if f64::from(count) == value {
                    cells.push(count);
                } else {
                    let mut real: Vec<f64> = cells.iter().map(|&count| f64::from(count)).collect();
                    real.push(value);
                    self.values = Values::Real(real);
                }
            }
            Values::Real(cells) => cells.push(value),
        }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        let cells = match &self.values {
            Values::Whole(cells) => cells.len(),
            Values::Real(cells) => cells.len(),
        };
        cells / self.width.max(1)
    }

    /// The values of a column, top to bottom.
    pub(super) fn column(&self, column: usize) -> Vec<f64> {
        match &self.values {
            Values::Whole(cells) => cells
                .iter()
                .skip(column)
                .step_by(self.width)
                .map(|&count| f64::from(count))
                .collect(),
            Values::Real(cells) => cells
                .iter()
                .skip(column)
                .step_by(self.width)
                .copied()
                .collect(),
        }
    }

    /// A cell.
    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        let place = row * self.width + column;
        match &self.values {
            Values::Whole(cells) => f64::from(cells[place]),
            Values::Real(cells) => cells[place],
        }
    }
}
