//! Ranges of axes: all that matters, with some air, and no far outlier.

/// The lowest that an axis of fractions shows: below, worse is not told from much worse.
const FLOOR: f64 = -0.6;

/// The range of an axis that shows `values`, in steps of a twentieth. None without any.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let values = values.into_iter();
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return None;
    }
    // Correlations and explained fractions end at 1 and have no end below.
    let low = if high <= 1.0 {
        low.max(FLOOR.min(high))
    } else {
        low
    };
    let step = ((high - low) / 20.0).max(0.005);
    Some((low - step, high + step))
}

/// `value`, or the end of the range that it is beyond.
pub(super) fn within(value: f64, (low, high): (f64, f64)) -> f64 {
    value.clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_far_below_zero_do_not_stretch_the_axis() {
        let (low, high) = range([-30.0, 0.4, 0.9]).unwrap();
        assert!(low > -0.75 && high > 0.9, "{low} {high}");
        let (low, _) = range([-30.0, 40.0]).unwrap();
        assert!(low < -30.0);
    }

    #[test]
    fn one_value_has_a_range_and_none_has_not() {
        let (low, high) = range([0.5]).unwrap();
        assert!(low < 0.5 && high > 0.5);
        let (low, high) = range([-5.0]).unwrap();
        assert!(low < high && within(-9.0, (low, high)) == low);
        assert_eq!(range([]), None);
    }
}
