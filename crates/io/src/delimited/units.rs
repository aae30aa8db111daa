//! Tables of another unit than counts that was made whole, told by all samples together.

use std::path::Path;

use crate::error::{Error, Place, Result};

/// How near to a million the values of every sample add up in a table of TPM or CPM that was
/// rounded, as a fraction.
const SEVERAL: f64 = 0.005;
/// The same for a single sample, which may be a library of a million reads by chance.
const SINGLE: f64 = 0.002;

/// Refuses a table of which every sample adds up to a million, as TPM and CPM do. Counts that were
/// drawn to that depth add up to it exactly, and pass.
///
/// # Errors
/// With the sums.
pub(super) fn check_units(
    path: &Path,
    samples: &[String],
    columns: impl Iterator<Item = Vec<f64>>,
) -> Result<()> {
    const MILLION: f64 = 1e6;
    let within = if samples.len() > 1 { SEVERAL } else { SINGLE };
    let mut exact = 0;
    for values in columns {
        let sum: f64 = values.iter().filter(|value| value.is_finite()).sum();
        if (sum / MILLION - 1.0).abs() > within {
            return Ok(());
        }
        exact += usize::from(sum == MILLION);
    }
    if exact == samples.len() {
        return Ok(());
    }
    Err(Error::format(
        path,
        Place::Whole,
        "another_unit",
        format!(
            "{} add up to about 1,000,000: these are TPM or CPM, perhaps rounded; pass raw counts",
            if samples.len() == 1 {
                "the values"
            } else {
                "the values of every sample"
            }
        ),
    ))
}
