//! Numbers as people read them: three decimals, a real minus sign.

/// A figure for tables and sentences: `0.628`, `−1.204`, `1250`, `3.1e−5`.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    let text = if value == 0.0 || (0.0005..100.0).contains(&size) {
        format!("{value:.3}")
    } else if size < 0.0005 {
        format!("{value:.1e}")
    } else if size < 1000.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    };
    text.replace('-', "−")
}

/// A figure that may be a number of things: `25` where it is whole.
pub(super) fn figure_or_number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}").replace('-', "−")
    } else {
        figure(value)
    }
}

/// A difference, with its sign: `+0.037`, `−0.018`, `0.000`. Less than that is no difference.
pub fn signed(value: f64) -> String {
    if value.abs() < 0.0005 {
        "0.000".to_owned()
    } else if value > 0.0 {
        format!("+{}", figure(value))
    } else {
        figure(value)
    }
}

/// A 95 % interval of a difference: `+0.010 to +0.040`.
pub(super) fn interval((low, high): (f64, f64)) -> String {
    format!("{} to {}", signed(low), signed(high))
}

/// `1 group`, `8 groups`.
pub fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_decimals_where_these_say_something() {
        let texts = [0.0, -0.0184, 0.62849, 12.0, -250.26, 12345.6, 3.14e-5].map(figure);
        assert_eq!(
            texts,
            [
                "0.000", "−0.018", "0.628", "12.000", "−250.3", "12346", "3.1e−5"
            ]
        );
    }

    #[test]
    fn differences_show_their_sign() {
        assert_eq!(signed(0.0372), "+0.037");
        assert_eq!(interval((-0.01, 0.04)), "−0.010 to +0.040");
        assert_eq!([0.0, -2e-4].map(signed), ["0.000", "0.000"]);
    }

    #[test]
    fn numbers_of_things_are_whole() {
        assert_eq!(
            [25.0, 0.0, 0.25].map(figure_or_number),
            ["25", "0", "0.250"]
        );
    }
}
