//! The numbers of a table, row after row.

/// Words of `filled` from one rank to the next.
const STEP: usize = 8;

/// The values of a table of numbers: a bit for each says whether it is zero, and the others take four
/// bytes each as long as all of them are counts that fit.
pub(super) struct TableValues {
    width: usize,
    len: usize,
    /// A bit for each value: whether it is among `values`.
    filled: Vec<u64>,
    /// How many values come before every `STEP` words of it.
    ranks: Vec<usize>,
    values: PackedValues,
}

enum PackedValues {
    /// As long as every value is whole and fits four bytes.
    Whole(Vec<u32>),
    /// As soon as one does not.
    Real(Vec<f64>),
}

impl PackedValues {
    fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Real(values) => values.len(),
        }
    }
}

impl TableValues {
    /// No cell yet, of a table with `width` columns.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            len: 0,
            filled: Vec::new(),
            ranks: Vec::new(),
            values: PackedValues::Whole(Vec::new()),
        }
    }

    /// Adds the next cell, row by row.
    pub(super) fn push(&mut self, value: f64) {
        let bit = self.len % 64;
        if bit == 0 {
            if self.filled.len().is_multiple_of(STEP) {
                self.ranks.push(self.values.len());
            }
            self.filled.push(0);
        }
        self.len += 1;
        // The sign of a negative zero is lost, which is no loss.
        if value == 0.0 {
            return;
        }
        if let Some(word) = self.filled.last_mut() {
            *word |= 1 << bit;
        }
        match &mut self.values {
            PackedValues::Whole(values) => {
                // A cast saturates and drops the fraction; what survives it is a count.
                let count = value as u32;
                if f64::from(count) == value {
                    values.push(count);
                } else {
                    let mut real: Vec<f64> = values.iter().map(|&count| f64::from(count)).collect();
                    real.push(value);
                    self.values = PackedValues::Real(real);
                }
            }
            PackedValues::Real(values) => values.push(value),
        }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.len / self.width.max(1)
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        let of_values = match &self.values {
            PackedValues::Whole(values) => size_of_val(values.as_slice()),
            PackedValues::Real(values) => size_of_val(values.as_slice()),
        };
        of_values + size_of_val(self.filled.as_slice()) + size_of_val(self.ranks.as_slice())
    }

    /// The values of a column, top to bottom.
    pub(super) fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows()).map(|row| self.at(row, column)).collect()
    }

    /// A cell.
    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        let place = row * self.width + column;
        let (word, bit) = (place / 64, place % 64);
        let own = self.filled[word];
        if own >> bit & 1 == 0 {
            return 0.0;
        }
        let step = word / STEP;
        let before: u32 = self.filled[step * STEP..word]
            .iter()
            .map(|word| word.count_ones())
            .sum();
        let before = before + (own & ((1 << bit) - 1)).count_ones();
        let place = self.ranks[step] + before as usize;
        match &self.values {
            PackedValues::Whole(values) => f64::from(values[place]),
            PackedValues::Real(values) => values[place],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_where_they_were_put() {
        for last in [7.0, 0.5, f64::NAN] {
            let value = |place: usize| match place * 7919 % 11 {
                0..=6 => 0.0,
                other => (other * place) as f64,
            };
            let (rows, width) = (41, 37);
            let mut expected: Vec<f64> = (0..rows * width).map(value).collect();
            expected[rows * width - 1] = last;
            let mut cells = TableValues::new(width);
            for &value in &expected {
                cells.push(value);
            }
            assert_eq!(cells.rows(), rows);
            for column in 0..width {
                let found = cells.column(column);
                for (row, found) in found.into_iter().enumerate() {
                    let expected = expected[row * width + column];
                    assert!(found == expected || (found.is_nan() && expected.is_nan()));
                }
            }
        }
    }

    #[test]
    fn zeros_take_a_bit_each() {
        let mut cells = TableValues::new(1000);
        (0..1_000_000).for_each(|_| cells.push(0.0));
        assert!(cells.bytes() < 150_000);
    }
}
