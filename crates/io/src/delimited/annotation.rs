//! Columns of numbers that are no samples, told by their values: lengths, positions, ids, levels,
//! totals.
//!
//! Samples share their silent genes: where every other column of counts has 0, a further sample has
//! 0 nearly always, and a length never. Where a table was filtered and has no zeros, samples still
//! go together over the genes, and annotation does not.

use std::collections::HashSet;

use super::columns::ValueColumn;
use super::values::TableValues;

/// Fewer rows than this tell nothing by their values: the name of a column decides.
const TELLING_ROWS: usize = 100;
/// The fraction of zeros from which on a column is surely one of counts.
const COUNT_ZEROS: f64 = 0.01;
/// Rows that are compared for correlations.
const COMPARED_ROWS: usize = 4_000;
/// Columns that a column is compared with.
const COMPARED_COLUMNS: usize = 12;

/// Why a column is no sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExclusionReason {
    /// Its name and values are those of annotation.
    Annotation,
    /// It is the sum, or the mean, of the others.
    Total,
}

/// What each of `columns` is by its values: `None` for a sample.
pub(super) fn judge(cells: &TableValues, columns: &[ValueColumn]) -> Vec<Option<ExclusionReason>> {
    let rows = cells.rows();
    if columns.len() < 2 || rows < TELLING_ROWS {
        let some_else = columns.iter().any(|column| !column.named_like_annotation);
        return columns
            .iter()
            .map(|column| {
                let named = column.named_like_annotation && !column.wanted;
                (named && some_else).then_some(ExclusionReason::Annotation)
            })
            .collect();
    }
    let summaries: Vec<ColumnSummary> = (0..columns.len())
        .map(|column| ColumnSummary::of(cells, column))
        .collect();
    let with_zeros: Vec<usize> = (0..columns.len())
        .filter(|&column| summaries[column].zeros > COUNT_ZEROS)
        .collect();
    // Of a filtered table only some samples have zeros: then all of them tell.
    let unnamed: Vec<usize> = (0..columns.len())
        .filter(|&column| !columns[column].named_like_annotation)
        .collect();
    let counts = if with_zeros.len() * 2 > unnamed.len() {
        with_zeros
    } else if unnamed.is_empty() {
        (0..columns.len()).collect()
    } else {
        unnamed
    };
    // A total and a mean beside each other must not enter each other's sums.
    let mut summed: Vec<usize> = counts.clone();
    summed.retain(|&column| !columns[column].named_like_annotation);
    if summed.len() < 2 {
        summed.clone_from(&counts);
    }
    let evidence = ColumnEvidence {
        cells,
        silent: silent_rows(cells, &counts),
        totals: totals(cells, &summed),
        summed,
        mutual: mutual_correlation(cells, &counts),
        counts,
    };
    columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            if column.wanted {
                return None;
            }
            evidence.reason(at, column, &summaries[at])
        })
        .collect()
}

struct ColumnEvidence<'a> {
    cells: &'a TableValues,
    /// Columns that look like counts.
    counts: Vec<usize>,
    /// Rows in which all of those but one at most are 0.
    silent: Vec<usize>,
    /// Those of them that a total may be of.
    summed: Vec<usize>,
    /// The sum of those, `[rows]`.
    totals: Vec<f64>,
    /// How well those go together: the median of their correlations; none for a single one.
    mutual: Option<f64>,
}

impl ColumnEvidence<'_> {
    fn reason(
        &self,
        at: usize,
        column: &ValueColumn,
        summary: &ColumnSummary,
    ) -> Option<ExclusionReason> {
        if self.is_total(at) {
            return Some(ExclusionReason::Total);
        }
        if summary.is_constant && summary.largest > 0.0 {
            return Some(ExclusionReason::Annotation);
        }
        if summary.zeros > COUNT_ZEROS && !column.named_like_annotation {
            return None;
        }
        let others: Vec<usize> = self
            .counts
            .iter()
            .copied()
            .filter(|&own| own != at)
            .collect();
        if others.is_empty() {
            return None;
        }
        let speaks_where_silent = self.speaks_where_silent(at, &others);
        let likeness = likeness(self.cells, at, &others);
        let unlike = self.mutual.is_some_and(|mutual| likeness + 0.15 < mutual);
        let is_annotation = if column.named_like_annotation {
            speaks_where_silent.unwrap_or(likeness < 0.6 && (unlike || self.mutual.is_none()))
        } else {
            match speaks_where_silent {
                Some(speaks) => speaks && (likeness < 0.7 || summary.largest <= 20.0),
                None => {
                    summary.largest <= 20.0 && self.counts_are_large()
                        || (likeness < 0.35 && (unlike || summary.is_distinct))
                }
            }
        };
        is_annotation.then_some(ExclusionReason::Annotation)
    }

    /// Whether the column holds a value nearly everywhere where no column of counts does. `None`
    /// where there are too few such rows.
    fn speaks_where_silent(&self, at: usize, others: &[usize]) -> Option<bool> {
        let silent: Vec<usize> = self
            .silent
            .iter()
            .copied()
            .filter(|&row| others.iter().all(|&other| self.cells.at(row, other) == 0.0))
            .collect();
        if silent.len() < (self.cells.rows() / 100).max(10) {
            return None;
        }
        let speaking = silent.iter().filter(|&&row| self.cells.at(row, at) > 0.0);
        Some(speaking.count() as f64 > 0.9 * silent.len() as f64)
    }

    fn is_total(&self, at: usize) -> bool {
        let own = self.summed.contains(&at);
        let n = self.summed.len() - usize::from(own);
        if n < 2 {
            return false;
        }
        let mut is_sum = true;
        let mut is_mean = true;
        for (row, total) in self.totals.iter().enumerate() {
            let value = self.cells.at(row, at);
            let total = if own { total - value } else { *total };
            is_sum &= (value - total).abs() <= 1e-6 * total.max(1.0);
            is_mean &= (value - total / n as f64).abs() <= 0.51;
            if !is_sum && !is_mean {
                return false;
            }
        }
        // Few and small counts lie near their mean by chance.
        is_sum && self.totals.iter().any(|&total| total > 0.0)
            || is_mean && self.totals.iter().any(|&total| total > 1000.0)
    }

    fn counts_are_large(&self) -> bool {
        let n = self.counts.len() as f64;
        self.totals.iter().any(|total| total / n > 200.0)
    }
}

struct ColumnSummary {
    /// The fraction of zeros.
    zeros: f64,
    largest: f64,
    is_constant: bool,
    /// Nearly every row has a value of its own.
    is_distinct: bool,
}

impl ColumnSummary {
    fn of(cells: &TableValues, column: usize) -> Self {
        let rows = cells.rows();
        let (mut zeros, mut largest, mut least) = (0, 0.0f64, f64::INFINITY);
        for row in 0..rows {
            let value = cells.at(row, column);
            zeros += usize::from(value == 0.0);
            largest = largest.max(value);
            least = least.min(value);
        }
        let distinct: HashSet<u64> = if zeros * 100 < rows {
            (0..rows)
                .map(|row| cells.at(row, column).to_bits())
                .collect()
        } else {
            HashSet::new()
        };
        Self {
            zeros: zeros as f64 / rows.max(1) as f64,
            largest,
            is_constant: least == largest,
            is_distinct: distinct.len() * 10 > rows * 9,
        }
    }
}

fn silent_rows(cells: &TableValues, counts: &[usize]) -> Vec<usize> {
    (0..cells.rows())
        .filter(|&row| {
            counts
                .iter()
                .filter(|&&column| cells.at(row, column) != 0.0)
                .take(2)
                .count()
                < 2
        })
        .collect()
}

fn totals(cells: &TableValues, counts: &[usize]) -> Vec<f64> {
    (0..cells.rows())
        .map(|row| counts.iter().map(|&column| cells.at(row, column)).sum())
        .collect()
}

/// Values of a column in rows that are spread evenly, as ranks from 0.
fn ranks(cells: &TableValues, column: usize) -> Vec<f64> {
    let step = cells.rows().div_ceil(COMPARED_ROWS).max(1);
    let values: Vec<f64> = (0..cells.rows())
        .step_by(step)
        .map(|row| cells.at(row, column))
        .collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // Equal values share their mean rank.
        let rank = start as f64 + (run.len() - 1) as f64 / 2.0;
        for &at in run {
            ranks[at] = rank;
        }
        start += run.len();
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

/// The best rank correlation of a column with some of `others`.
fn likeness(cells: &TableValues, column: usize, others: &[usize]) -> f64 {
    let own = ranks(cells, column);
    let step = others.len().div_ceil(COMPARED_COLUMNS).max(1);
    others
        .iter()
        .step_by(step)
        .map(|&other| pearson(&own, &ranks(cells, other)))
        .fold(0.0, f64::max)
}

/// The median over some columns of their best rank correlation with another of them.
fn mutual_correlation(cells: &TableValues, counts: &[usize]) -> Option<f64> {
    if counts.len() < 2 {
        return None;
    }
    let step = counts.len().div_ceil(COMPARED_COLUMNS).max(1);
    let some: Vec<Vec<f64>> = counts
        .iter()
        .step_by(step)
        .map(|&column| ranks(cells, column))
        .collect();
    let mut best: Vec<f64> = (0..some.len())
        .map(|a| {
            (0..some.len())
                .filter(|&b| b != a)
                .map(|b| pearson(&some[a], &some[b]))
                .fold(0.0, f64::max)
        })
        .collect();
    best.sort_by(f64::total_cmp);
    best.get(best.len() / 2).copied()
}
