//! A number followed by a unit, as doses and times are written.

/// Splits `10 uM` into 10 and `uM`. `None` when the text does not begin with a number, or with one
/// that is negative or too large to hold.
pub(crate) fn split_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end += 1 + digits(end + 1);
    }
    // An exponent counts only with its digits, so that a unit may begin with an e.
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then(|| (value, text[end..].trim_start()))
}

/// The most characters of a number that is written out.
const WRITTEN_OUT: usize = 24;

/// A number as short as it reads the same: with an exponent where it would have more digits than one
/// can count.
pub fn short_number(value: f64) -> String {
    let written_out = value.to_string();
    if written_out.len() <= WRITTEN_OUT {
        written_out
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_ends_where_the_unit_begins() {
        assert_eq!(split_number(" 10uM "), Some((10.0, "uM")));
        assert_eq!(split_number("0.5% O2"), Some((0.5, "% O2")));
        assert_eq!(split_number("1e-3 M"), Some((0.001, "M")));
        assert_eq!(split_number("2 eggs"), Some((2.0, "eggs")));
        assert_eq!(split_number("2eggs"), Some((2.0, "eggs")));
        assert_eq!(split_number("7"), Some((7.0, "")));
        assert_eq!(split_number("10 µM"), Some((10.0, "µM")));
    }

    #[test]
    fn what_begins_with_no_usable_number_is_refused() {
        for text in [
            "", "uM", "-1 uM", "+1 uM", ".", "µ", "inf M", "1e999 M", "NaN M",
        ] {
            assert_eq!(split_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_of_any_size_is_short_and_reads_the_same() {
        for (value, text) in [
            (10.0, "10"),
            (0.000_001, "0.000001"),
            (99_999_999_999_999_999_999.0, "100000000000000000000"),
            (1e308, "1e308"),
            (1.5e-300, "1.5e-300"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        ] {
            assert_eq!(short_number(value), text);
            assert_eq!(split_number(text), Some((value, "")));
        }
    }
}
