//! The one place where values of a file become counts, or are refused with what they look like.

use std::path::Path;

use refcast_core::{LARGEST_TOTAL_COUNT, short_number};

use crate::error::{Error, Place, Result};
use crate::source::RawSample;
use crate::unit::{ValueUnit, unit_of};

/// How far from a whole number a count may lie: what a float of 32 bits loses, and no more.
const ROUNDING: f64 = 1e-3;

/// The largest library, and so the largest count, that is taken for one.
const LARGEST_LIBRARY: f64 = LARGEST_TOTAL_COUNT as f64;

/// The counts of one sample over the genes of its file: whole numbers, or fractions where a program
/// estimated them.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleCounts {
    /// A count for every gene of the file, `[file genes]`.
    Dense(Vec<f64>),
    /// The counts that are stored; every other gene of the file is a measured zero.
    Sparse {
        /// Positions among the file's genes, `[stored]`.
        gene: Vec<u32>,
        /// The count at each position, `[stored]`.
        count: Vec<f64>,
    },
}

/// Turns the raw values of a sample into counts. Fractions are estimated counts, as RSEM, salmon,
/// kallisto and programs that take ambient RNA off write them, unless they look like another unit.
///
/// # Errors
/// Naming file, sample and gene: NaN or infinity, a negative value, values of another unit (with
/// what they look like), a library that no sequencing run reaches, a sample without a single count, and values that do
/// not match the genes of the file.
pub fn check_sample(
    path: &Path,
    sample: &str,
    genes: &[String],
    raw: RawSample,
) -> Result<SampleCounts> {
    let context = SampleCheck {
        path,
        sample,
        genes,
    };
    let (positions, values) = match &raw {
        RawSample::Dense(values) => (None, values),
        RawSample::Sparse { gene, value } => (Some(gene.as_slice()), value),
    };
    context.check_shape(positions, values)?;
    let gene_at = |at: usize| positions.map_or(at, |positions| positions[at] as usize);
    context.check_values(values, gene_at)?;
    let is_nothing = values.iter().all(|&value| value <= ROUNDING);
    if is_nothing && values.iter().any(|&value| value > 0.0) {
        return Err(context.fault(
            None,
            "no_counts",
            "no value is larger than 0.001: these are fractions, and no counts; pass raw counts",
        ));
    }
    if is_nothing {
        return Err(context.fault(
            None,
            "all_zero",
            "every count is zero: leave the sample out, or check that it was counted against this annotation",
        ));
    }
    let fraction = values
        .iter()
        .position(|value| (value - value.round()).abs() > ROUNDING);
    let unit = unit_of(values, fraction.is_some());
    if unit != ValueUnit::Counts {
        let gene = fraction.map(gene_at);
        let what = match fraction {
            Some(at) => {
                let value = short_number(values[at]);
                format!("the value {value} is not whole: {unit}")
            }
            None => unit.to_string(),
        };
        return Err(context.fault(gene, unit.code(), what));
    }
    let count = |value: f64| {
        if fraction.is_none() {
            value.round()
        } else {
            value.max(0.0)
        }
    };
    Ok(match raw {
        RawSample::Dense(values) => SampleCounts::Dense(values.into_iter().map(count).collect()),
        RawSample::Sparse { gene, value } => SampleCounts::Sparse {
            gene,
            count: value.into_iter().map(count).collect(),
        },
    })
}

struct SampleCheck<'a> {
    path: &'a Path,
    sample: &'a str,
    genes: &'a [String],
}

impl SampleCheck<'_> {
    fn fault(&self, gene: Option<usize>, code: &'static str, message: impl Into<String>) -> Error {
        let place = Place::Value {
            sample: self.sample.to_owned(),
            gene: gene.and_then(|gene| self.genes.get(gene)).cloned(),
        };
        Error::format(self.path, place, code, message)
    }

    fn check_shape(&self, positions: Option<&[u32]>, values: &[f64]) -> Result<()> {
        let genes = self.genes.len();
        let expected = positions.map_or(genes, <[u32]>::len);
        if values.len() != expected {
            let message = format!(
                "has {} values for {expected} genes: the file is damaged; write it again",
                values.len()
            );
            return Err(self.fault(None, "wrong_length", message));
        }
        match positions.and_then(|positions| positions.iter().find(|&&gene| gene as usize >= genes))
        {
            Some(gene) => {
                let message = format!(
                    "refers to gene {gene} of {genes}: the file is damaged; write it again"
                );
                Err(self.fault(None, "gene_out_of_range", message))
            }
            None => Ok(()),
        }
    }

    fn check_values(&self, values: &[f64], gene_at: impl Fn(usize) -> usize) -> Result<()> {
        let first = |test: fn(f64) -> bool| {
            values
                .iter()
                .position(|&value| test(value))
                .map(|at| (gene_at(at), values[at]))
        };
        if let Some((gene, value)) = first(|value| !value.is_finite()) {
            let message = format!(
                "the value is {value}: leave a gene that was not measured out of the file, and write 0 for one that \
                 was measured and not seen"
            );
            return Err(self.fault(Some(gene), "not_finite", message));
        }
        // A negative zero is a zero.
        if let Some((gene, value)) = first(|value| value < -ROUNDING) {
            let message = format!(
                "the value {} is negative: counts are not; the values look log-transformed, centred or \
                 scaled; pass raw counts",
                short_number(value)
            );
            return Err(self.fault(Some(gene), "negative", message));
        }
        if let Some((gene, value)) = first(|value| value > LARGEST_LIBRARY) {
            let message = format!(
                "the value {} is larger than any count: pass raw counts, not intensities",
                short_number(value)
            );
            return Err(self.fault(Some(gene), "too_large", message));
        }
        let library: f64 = values.iter().sum();
        if library > LARGEST_LIBRARY {
            let message = format!(
                "the values add up to {}, more than any sequencing run has: pass raw counts, not intensities",
                short_number(library.round())
            );
            return Err(self.fault(None, "too_large", message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64]) -> Result<SampleCounts> {
        let genes: Vec<String> = (0..values.len()).map(|i| format!("G{i}")).collect();
        check_sample(
            Path::new("counts.tsv"),
            "s1",
            &genes,
            RawSample::Dense(values.to_vec()),
        )
    }

    fn message(values: &[f64]) -> String {
        check(values).unwrap_err().to_string()
    }

    #[test]
    fn whole_numbers_are_counts_however_they_are_stored() {
        let counts = check(&[0.0, -0.0, 12.0, 3.000_4, 2.999_6]).unwrap();
        assert_eq!(counts, SampleCounts::Dense(vec![0.0, 0.0, 12.0, 3.0, 3.0]));
    }

    #[test]
    fn every_fault_names_file_sample_and_gene() {
        for values in [
            [1.0, -2.0],
            [1.0, f64::NAN],
            [1.0, f64::INFINITY],
            [1.0, 1e17],
        ] {
            let message = message(&values);
            assert!(
                message.starts_with("counts.tsv: sample `s1`, gene `G1`: "),
                "{message}"
            );
        }
    }

    #[test]
    fn a_library_is_no_larger_than_one_that_may_be_asked_for() {
        assert!(check(&[6e9, 4e9]).is_ok());
        let message = message(&[6e9, 5e9]);
        assert!(message.contains("add up to 11000000000"), "{message}");
    }

    #[test]
    fn fractions_are_estimated_counts_and_stay_what_they_are() {
        let counts = check(&[123.4, 5_678.9, 0.0]).unwrap();
        assert_eq!(counts, SampleCounts::Dense(vec![123.4, 5_678.9, 0.0]));
    }

    #[test]
    fn a_sample_without_counts_is_refused() {
        let message = message(&[0.0, 0.0]);
        assert!(
            message.contains("sample `s1`: every count is zero"),
            "{message}"
        );
    }

    #[test]
    fn fractions_that_round_to_nothing_are_not_called_zeros() {
        let message = message(&[0.001, 0.000_5]);
        assert!(message.contains("fractions"), "{message}");
    }

    #[test]
    fn a_value_of_any_size_leaves_room_for_what_is_wrong_with_it() {
        for value in [1e308, -1e308] {
            let message = message(&[1.0, value]);
            assert!(
                message.contains("1e308") && message.len() < 200,
                "{message}"
            );
        }
    }

    #[test]
    fn sparse_values_name_the_gene_they_are_of() {
        let genes: Vec<String> = (0..5).map(|i| format!("G{i}")).collect();
        let sparse = |gene: Vec<u32>, value: Vec<f64>| {
            check_sample(
                Path::new("a.h5ad"),
                "cell",
                &genes,
                RawSample::Sparse { gene, value },
            )
        };
        let error = sparse(vec![1, 4], vec![1.0, -1.0]).unwrap_err().to_string();
        assert!(error.contains("gene `G4`"), "{error}");
        assert!(sparse(vec![5], vec![1.0]).is_err());
        assert!(sparse(vec![1, 2], vec![1.0]).is_err());
        assert_eq!(
            sparse(vec![3], vec![7.0]).unwrap(),
            SampleCounts::Sparse {
                gene: vec![3],
                count: vec![7.0]
            }
        );
    }
}
