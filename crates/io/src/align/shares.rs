//! Where the counts of the samples of a file went: to genes of the axis, or nowhere, and why.

use super::alignment::{AlignedSample, Alignment};
use super::report::{AlignmentReport, LeftOutCause};

/// The fractions of counts that samples kept and lost, sample after sample.
#[derive(Debug, Clone, Default)]
pub struct CountShares {
    /// Per sample: the fraction of its counts that is on the axis, 0 to 1.
    kept: Vec<f64>,
    /// By cause: the sum over samples of the fraction that was left out.
    left_out: [f64; LeftOutCause::COUNT],
    /// Samples with fractions among their counts.
    estimated: usize,
}

impl CountShares {
    /// Adds a sample.
    pub fn add(&mut self, sample: &AlignedSample) {
        self.kept.push(sample.fraction_kept);
        self.estimated += usize::from(sample.counts.is_estimated());
        for (sum, fraction) in self.left_out.iter_mut().zip(sample.fraction_left_out) {
            *sum += fraction;
        }
    }

    /// How many samples were added.
    pub fn samples(&self) -> usize {
        self.kept.len()
    }

    /// What was matched, with the fractions of the samples that were added.
    pub fn report(&self, alignment: &Alignment) -> AlignmentReport {
        let mut report = alignment.report().clone();
        for left_out in &mut report.left_out {
            let sum = self.left_out[left_out.cause.place()];
            left_out.fraction_of_counts = sum / self.kept.len().max(1) as f64;
        }
        report.fraction_of_counts_kept.clone_from(&self.kept);
        report.estimated_samples = self.estimated;
        report
    }
}
