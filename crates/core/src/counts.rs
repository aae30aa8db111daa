//! One sample as raw counts over a gene axis.

use std::sync::Arc;

use crate::error::{Error, Faults, Result};
use crate::expression::{Cpm, LogCpm};

/// The largest library size that a double holds exactly; arithmetic on counts stays exact below it.
const LARGEST_LIBRARY: u64 = 1 << 53;

/// The raw counts of one sample over a gene axis: `values: [genes]`, in reads or molecules.
///
/// A gene that the sample did not measure is *unobserved*: it holds 0 and that 0 says nothing.
/// It is left out of the library size, and the mask goes with every scale derived from here.
///
/// Counts that a program estimated (RSEM, salmon, ambient RNA taken off) are fractions: every scale
/// derived from here uses them as they are, and [`values`](Self::values) are rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    values: Vec<u64>,
    /// The counts before they were rounded, `[genes]`, where some are fractions.
    estimated: Option<Vec<f64>>,
    observed: Arc<[bool]>,
    library_size: u64,
}

impl Counts {
    /// Counts with the mask of the genes that were measured, both `[genes]`.
    ///
    /// # Errors
    /// When the lengths differ, an unobserved gene holds a count, or the sum exceeds 2⁵³ (the
    /// largest that doubles hold exactly).
    pub fn new(values: Vec<u64>, observed: impl Into<Arc<[bool]>>) -> Result<Self> {
        let observed = observed.into();
        if values.len() != observed.len() {
            return Err(Error::one(
                "counts",
                "wrong_length",
                format!(
                    "{} counts with a mask of {} genes: give one of each for every gene of the axis",
                    values.len(),
                    observed.len()
                ),
            ));
        }
        let mut faults = Faults::new();
        let unmeasured = values
            .iter()
            .zip(observed.iter())
            .position(|(&count, &seen)| count > 0 && !seen);
        if let Some(position) = unmeasured {
            faults.add(
                format!("counts[{position}]"),
                "unobserved_count",
                format!(
                    "{} at a gene marked as unobserved: mark it observed, or set it to 0",
                    values[position]
                ),
            );
        }
        let library_size = values
            .iter()
            .try_fold(0u64, |sum, &count| sum.checked_add(count))
            .filter(|&sum| sum <= LARGEST_LIBRARY);
        if library_size.is_none() {
            faults.add(
                "counts",
                "counts_too_large",
                "the counts of the sample add up to more than 2^53: pass raw counts, not scaled values",
            );
        }
        faults.finish(Self {
            values,
            estimated: None,
            observed,
            library_size: library_size.unwrap_or(0),
        })
    }

    /// Counts that may be fractions, with the mask of the genes that were measured, both `[genes]`.
    ///
    /// # Errors
    /// As [`Counts::new`]; no value may be negative or not finite.
    pub fn estimated(values: Vec<f64>, observed: impl Into<Arc<[bool]>>) -> Result<Self> {
        if let Some(position) = values
            .iter()
            .position(|value| !value.is_finite() || *value < 0.0)
        {
            return Err(Error::one(
                format!("counts[{position}]"),
                "not_a_count",
                format!("{} is not a count: give numbers from 0", values[position]),
            ));
        }
        let whole = values.iter().map(|value| value.round() as u64).collect();
        let mut counts = Self::new(whole, observed)?;
        if values.iter().any(|value| value.fract() != 0.0) {
            counts.estimated = Some(values);
        }
        Ok(counts)
    }

    /// Whether some counts were fractions before they were rounded.
    pub fn is_estimated(&self) -> bool {
        self.estimated.is_some()
    }

    /// The counts before they were rounded, `[genes]`, where some were fractions.
    pub fn estimates(&self) -> Option<&[f64]> {
        self.estimated.as_deref()
    }

    /// Counts of a sample that measured every gene, `[genes]`.
    ///
    /// # Errors
    /// When the sum exceeds 2⁵³.
    pub fn fully_observed(values: Vec<u64>) -> Result<Self> {
        let observed: Arc<[bool]> = vec![true; values.len()].into();
        Self::new(values, observed)
    }

    /// The counts, `[genes]`; 0 where unobserved.
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// Which genes were measured, `[genes]`.
    pub fn observed(&self) -> &Arc<[bool]> {
        &self.observed
    }

    /// How many genes the axis has, measured or not.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the axis has no gene.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many genes were measured.
    pub fn n_observed(&self) -> usize {
        self.observed.iter().filter(|&&seen| seen).count()
    }

    /// The sum of the counts over the observed genes of the axis. Counts of a file's genes that
    /// are not on the axis are not in it.
    pub fn library_size(&self) -> u64 {
        self.library_size
    }

    /// Counts per million of the library size; all zero for a sample without a count.
    pub fn cpm(&self) -> Cpm {
        let values = match &self.estimated {
            Some(estimated) => {
                let library: f64 = estimated.iter().sum();
                let scale = 1e6 / library.max(f64::MIN_POSITIVE);
                estimated.iter().map(|count| count * scale).collect()
            }
            None => {
                let library = self.library_size.max(1) as f64;
                self.values
                    .iter()
                    .map(|&count| count as f64 * 1e6 / library)
                    .collect()
            }
        };
        Cpm::from_parts(values, Arc::clone(&self.observed))
    }

    /// ln(1 + CPM); see [`Counts::cpm`].
    pub fn log_cpm(&self) -> LogCpm {
        self.cpm().log()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unobserved_gene_is_in_no_sum_and_stays_marked() {
        let counts = Counts::new(vec![1, 0, 3], vec![true, false, true]).unwrap();
        assert_eq!(counts.library_size(), 4);
        assert_eq!(counts.n_observed(), 2);
        let log = counts.log_cpm();
        assert_eq!(log.observed().as_ref(), &[true, false, true]);
        assert_eq!(counts.cpm().values(), &[250_000.0, 0.0, 750_000.0]);
        assert!((log.values()[0] - 250_001f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_count_at_an_unobserved_gene_is_refused() {
        let error = Counts::new(vec![1, 2], vec![true, false]).unwrap_err();
        assert!(error.to_string().contains("counts[1]"), "{error}");
    }

    #[test]
    fn a_mask_of_another_length_is_refused() {
        assert!(Counts::new(vec![1, 2], vec![true]).is_err());
    }

    #[test]
    fn a_sum_that_overflows_is_refused() {
        assert!(Counts::fully_observed(vec![u64::MAX, 1]).is_err());
        assert!(Counts::fully_observed(vec![1 << 53, 1]).is_err());
        assert!(Counts::fully_observed(vec![1 << 53]).is_ok());
    }

    #[test]
    fn estimated_counts_keep_their_fractions_in_every_scale_and_are_rounded_as_counts() {
        let counts = Counts::estimated(vec![1.5, 0.4, 8.1], vec![true; 3]).unwrap();
        assert_eq!(counts.values(), [2, 0, 8]);
        assert!(counts.is_estimated());
        let cpm = counts.cpm();
        assert!((cpm.values()[1] - 40_000.0).abs() < 1e-9);
        assert!((cpm.values().iter().sum::<f64>() - 1e6).abs() < 1e-6);
        let whole = Counts::estimated(vec![1.0, 2.0], vec![true; 2]).unwrap();
        assert_eq!(whole, Counts::fully_observed(vec![1, 2]).unwrap());
        assert!(Counts::estimated(vec![f64::NAN], vec![true]).is_err());
    }

    #[test]
    fn a_sample_without_counts_has_zero_expression_not_nan() {
        let counts = Counts::fully_observed(vec![0, 0]).unwrap();
        assert_eq!(counts.log_cpm().values(), &[0.0, 0.0]);
    }
}
