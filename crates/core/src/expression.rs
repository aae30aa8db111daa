//! Expression on a scale other than raw counts; the scale is the type.

use std::sync::Arc;

use crate::elementary;
use crate::error::{Error, Result};

/// Counts per million over a gene axis: `values: [genes]`, 0 where unobserved.
#[derive(Debug, Clone, PartialEq)]
pub struct Cpm {
    values: Vec<f64>,
    observed: Arc<[bool]>,
}

/// ln(1 + CPM) over a gene axis: `values: [genes]`, 0 where unobserved.
#[derive(Debug, Clone, PartialEq)]
pub struct LogCpm {
    values: Vec<f64>,
    observed: Arc<[bool]>,
}

impl Cpm {
    /// # Errors
    /// When the lengths differ or a value is negative or not finite.
    pub fn new(values: Vec<f64>, observed: impl Into<Arc<[bool]>>) -> Result<Self> {
        let observed = observed.into();
        check(&values, &observed, "CPM")?;
        Ok(Self { values, observed })
    }

    pub(crate) fn from_parts(values: Vec<f64>, observed: Arc<[bool]>) -> Self {
        Self { values, observed }
    }

    /// The values, `[genes]`.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Which genes were measured, `[genes]`.
    pub fn observed(&self) -> &Arc<[bool]> {
        &self.observed
    }

    /// ln(1 + CPM). Uses a portable logarithm, so that the bits do not depend on the platform's.
    pub fn log(&self) -> LogCpm {
        let mut values = self.values.clone();
        elementary::ln_1p(&mut values);
        LogCpm {
            values,
            observed: Arc::clone(&self.observed),
        }
    }
}

impl LogCpm {
    /// # Errors
    /// When the lengths differ or a value is negative or not finite.
    pub fn new(values: Vec<f64>, observed: impl Into<Arc<[bool]>>) -> Result<Self> {
        let observed = observed.into();
        check(&values, &observed, "ln(1+CPM)")?;
        Ok(Self { values, observed })
    }

    /// The values, `[genes]`.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Which genes were measured, `[genes]`.
    pub fn observed(&self) -> &Arc<[bool]> {
        &self.observed
    }

    /// exp(x) − 1, the inverse of [`Cpm::log`].
    pub fn exp(&self) -> Cpm {
        let mut values = self.values.clone();
        elementary::exp_m1(&mut values);
        Cpm {
            values,
            observed: Arc::clone(&self.observed),
        }
    }
}

fn check(values: &[f64], observed: &[bool], scale: &str) -> Result<()> {
    if values.len() != observed.len() {
        return Err(Error::one(
            "expression",
            "wrong_length",
            format!(
                "{} values with a mask of {} genes: give one of each per gene",
                values.len(),
                observed.len()
            ),
        ));
    }
    match values
        .iter()
        .position(|value| !value.is_finite() || *value < 0.0)
    {
        Some(position) => Err(Error::one(
            format!("expression[{position}]"),
            "invalid_value",
            format!(
                "{} is not a value of {scale}: it must be finite and not negative",
                values[position]
            ),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_and_its_inverse_agree() {
        let cpm = Cpm::new(vec![0.0, 0.01, 1.0, 123_456.0], vec![true; 4]).unwrap();
        for (back, value) in cpm.log().exp().values().iter().zip(cpm.values()) {
            assert!(
                (back - value).abs() <= 1e-12 * value.max(1.0) * 100.0,
                "{back} {value}"
            );
        }
    }

    #[test]
    fn a_value_that_no_expression_has_is_refused() {
        assert!(LogCpm::new(vec![f64::NAN], vec![true]).is_err());
        assert!(LogCpm::new(vec![-0.1], vec![true]).is_err());
        assert!(Cpm::new(vec![1.0], vec![true, true]).is_err());
    }
}
