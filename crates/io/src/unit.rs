//! In which unit the values of a sample are: raw or estimated counts, or something else that must
//! not be taken for them.

use std::fmt;

/// What the values of a sample look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ValueUnit {
    /// Counts, raw or estimated.
    Counts,
    /// Logarithms, perhaps rounded; with the largest.
    Logarithms(f64),
    /// Scaled so that every sample adds up to this.
    ScaledTo(f64),
    /// Fractions all over that add up to a million or less: TPM or FPKM; with the sum.
    PerMillion(f64),
    /// Counts divided by a factor of the sample; with the factor.
    Divided(f64),
    /// Present or absent.
    Presence,
    /// A value for nearly every gene: the mean of a model, or smoothed.
    Smoothed,
}

/// No logarithm of a count reaches this.
const LARGEST_LOGARITHM: f64 = 30.0;
/// Sums that values are commonly scaled to.
const COMMON_SUMS: [f64; 4] = [1e6, 1e5, 1e4, 1e3];
/// Values above 0 from which on a sample of whole numbers tells its unit.
const TELLING: usize = 500;
/// More genes than this are seen only by samples whose largest count is in the hundreds.
const MANY_GENES: usize = 5_000;

/// The unit of `values`, which are finite and not negative; `fractional` says that some are no
/// whole numbers. Zeros may be among them or left out.
pub(crate) fn unit_of(values: &[f64], fractional: bool) -> ValueUnit {
    let mut positive: Vec<f64> = values
        .iter()
        .copied()
        .filter(|&value| value > 0.0)
        .collect();
    let n = positive.len();
    positive.sort_by(f64::total_cmp);
    let (Some(&least), Some(&largest)) = (positive.first(), positive.last()) else {
        return ValueUnit::Counts;
    };
    let median = positive[n / 2];
    if !fractional {
        let rounded_logarithms = largest <= 25.0 && n >= TELLING;
        return if n >= TELLING && largest <= 1.0 {
            ValueUnit::Presence
        } else if rounded_logarithms && (n >= MANY_GENES || median >= 4.0) {
            ValueUnit::Logarithms(largest)
        } else {
            ValueUnit::Counts
        };
    }
    if largest < LARGEST_LOGARITHM {
        let of_counts = |power: fn(f64) -> f64| {
            let back: Vec<f64> = positive.iter().map(|&value| power(value) - 1.0).collect();
            multiples_of_least(&back).is_some()
        };
        // Corrected counts of a cell are near 1 in most of its genes; logarithms of many genes are
        // not, and those of few go back to multiples of one count.
        if of_counts(f64::exp)
            || of_counts(f64::exp2)
            || of_counts(ten_to)
            || (n >= 200 && median > 1.6)
        {
            return ValueUnit::Logarithms(largest);
        }
    }
    let sum: f64 = positive.iter().sum();
    if let Some(&target) = COMMON_SUMS
        .iter()
        .find(|&&target| (sum / target - 1.0).abs() < 0.003)
    {
        return ValueUnit::ScaledTo(target);
    }
    // A part of every count taken off, as ambient molecules are, leaves more than half of one.
    if let Some(factor) =
        multiples_of_least(&positive).filter(|factor| !(0.6..1.0).contains(factor))
    {
        return ValueUnit::Divided(factor);
    }
    // Programs that estimate counts leave many whole, where no read is shared, or have libraries of
    // millions; TPM and FPKM are fractions all over and add up to a million or less.
    let whole = positive.iter().filter(|value| value.fract() == 0.0).count();
    if n >= MANY_GENES && whole * 4 < n && (1e5..1.1e6).contains(&sum) {
        return ValueUnit::PerMillion(sum);
    }
    // A cell has molecules of some thousands of genes at most, each a whole one or more.
    if n >= 2 * MANY_GENES
        && n * 10 > values.len() * 9
        && largest < 1_000.0
        && least < 0.05
        && median < 0.5
    {
        return ValueUnit::Smoothed;
    }
    if (2..TELLING).contains(&n) && median < 1.0 && largest < 10.0 {
        return ValueUnit::Logarithms(largest);
    }
    ValueUnit::Counts
}

fn ten_to(value: f64) -> f64 {
    10f64.powf(value)
}

/// The least of `sorted` values if the others are whole multiples of it, as counts are that were
/// divided by a factor. Values that are multiples of a round decimal fraction, as programs print
/// them, tell nothing.
fn multiples_of_least(sorted: &[f64]) -> Option<f64> {
    const COMPARED: f64 = 60.0;
    let least = *sorted.first()?;
    if least.is_nan() || least <= 1e-6 || sorted.len() < 20 {
        return None;
    }
    let is_round = |unit: f64| {
        let parts = least / unit;
        (parts - parts.round()).abs() < 1e-6 && parts.round() < 30.0
    };
    if (least - 1.0).abs() < 1e-3 || is_round(0.01) || is_round(0.001) {
        return None;
    }
    let ratios = || {
        sorted
            .iter()
            .map(|value| value / least)
            .take_while(|&ratio| ratio < COMPARED)
    };
    let above = ratios().filter(|&ratio| ratio > 1.5).count();
    let whole = ratios()
        .filter(|ratio| (ratio - ratio.round()).abs() < 0.02 * ratio.sqrt())
        .count();
    let all = ratios().count();
    (above >= 10 && whole as f64 >= 0.98 * all as f64).then_some(least)
}

impl ValueUnit {
    /// A stable name of the fault of such values.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Logarithms(_) => "logarithms",
            Self::ScaledTo(_) | Self::PerMillion(_) | Self::Divided(_) => "normalised",
            Self::Presence => "presence",
            Self::Smoothed => "smoothed",
        }
    }
}

impl fmt::Display for ValueUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counts => write!(f, "the values are counts"),
            Self::Logarithms(largest) => write!(
                f,
                "the values look log-transformed (the largest is {largest:.3}); pass raw counts"
            ),
            Self::ScaledTo(target) => write!(
                f,
                "the values look normalised, like CPM or TPM (they add up to about {target}); pass raw counts"
            ),
            Self::PerMillion(sum) => write!(
                f,
                "the values look normalised, like TPM or FPKM (nearly all are fractions, and they add up to {sum:.0}); pass \
                 raw counts"
            ),
            Self::Divided(least) => write!(
                f,
                "the values look normalised: all are multiples of {least:.4}, a count divided by a factor of the \
                 sample; pass raw counts"
            ),
            Self::Presence => write!(
                f,
                "no value is above 1: these say whether a gene is present, not how often it was counted; pass raw \
                 counts"
            ),
            Self::Smoothed => write!(
                f,
                "nearly every gene has a value, most below 1: these look smoothed or denoised; pass raw counts"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of genes as long tails have them, from a fixed sequence.
    fn counts(genes: usize, scale: f64) -> Vec<f64> {
        (0..genes)
            .map(|gene| {
                let u = ((gene * 7919 + 13) % 10_007) as f64 / 10_007.0;
                (scale * (-(1.0 - u).ln()).powi(3)).floor()
            })
            .collect()
    }

    fn unit(values: &[f64]) -> ValueUnit {
        unit_of(values, values.iter().any(|value| value.fract() != 0.0))
    }

    fn mapped(values: &[f64], to: impl Fn(f64) -> f64) -> Vec<f64> {
        values.iter().map(|&value| to(value)).collect()
    }

    #[test]
    fn counts_of_bulk_and_of_cells_are_counts_raw_or_estimated() {
        let bulk = counts(20_000, 300.0);
        let cell = counts(20_000, 0.12);
        assert_eq!(unit(&bulk), ValueUnit::Counts);
        assert_eq!(unit(&cell), ValueUnit::Counts);
        let mut state = 1u64;
        let mut jitter = |value: f64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let u = (state >> 33) as f64 / 2f64.powi(31);
            if value > 0.0 && u < 0.3 {
                ((value + u) * 100.0).round() / 100.0
            } else {
                value
            }
        };
        let rsem: Vec<f64> = bulk.iter().map(|&value| jitter(value)).collect();
        assert_eq!(unit(&rsem), ValueUnit::Counts);
        let soup: Vec<f64> = cell
            .iter()
            .map(|&value| value * (1.0 - 0.05 * jitter(1.0)))
            .collect();
        assert_eq!(unit(&soup), ValueUnit::Counts, "{:?}", &soup[..50]);
        assert_eq!(
            unit(&mapped(&cell, |value| value * 0.93)),
            ValueUnit::Counts
        );
    }

    #[test]
    fn other_units_are_told_also_when_they_are_rounded() {
        let bulk = counts(20_000, 300.0);
        let library: f64 = bulk.iter().sum();
        assert!(matches!(
            unit(&mapped(&bulk, |v| v.ln_1p())),
            ValueUnit::Logarithms(_)
        ));
        assert!(matches!(
            unit(&mapped(&bulk, |v| (v + 1.0).log2().round())),
            ValueUnit::Logarithms(_)
        ));
        assert!(matches!(
            unit(&mapped(&bulk, |v| v * 1e6 / library)),
            ValueUnit::ScaledTo(_)
        ));
        assert!(matches!(
            unit(&mapped(&bulk, |v| v / 0.8123)),
            ValueUnit::Divided(_)
        ));
        let cell = counts(20_000, 0.12);
        let molecules: f64 = cell.iter().sum();
        assert!(matches!(
            unit(&mapped(&cell, |v| (v * 1e4 / molecules).ln_1p())),
            ValueUnit::Logarithms(_)
        ));
        assert!(matches!(
            unit(&mapped(&cell, |v| v * 1e4 / molecules)),
            ValueUnit::ScaledTo(_)
        ));
        assert!(matches!(
            unit(&mapped(&cell, |v| f64::from(v > 0.0))),
            ValueUnit::Presence
        ));
    }
}
