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

/// A difference, with its sign: `+0.037`, `−0.018`, `0.000`.
pub fn signed(value: f64) -> String {
    if value > 0.0 {
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
pub(super) fn counted(n: usize, what: &str) -> String {
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
        assert_eq!(signed(0.0), "0.000");
    }
}
