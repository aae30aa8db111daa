//! Cells of a table as numbers, and in which style the numbers of a table are written.

/// How the numbers of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberStyle {
    /// What stands between the whole and the fraction.
    pub(super) decimal: char,
    /// What stands between groups of three digits, if anything; a space stands for all of them.
    pub(super) group: Option<char>,
}

impl NumberStyle {
    /// As programs write numbers: `1234.5`.
    pub(super) const PLAIN: Self = Self {
        decimal: '.',
        group: None,
    };

    /// Every other style, the likelier first.
    const OTHERS: [Self; 9] = [
        Self::of('.', Some(',')),
        Self::of(',', Some('.')),
        Self::of(',', None),
        Self::of('.', Some(' ')),
        Self::of(',', Some(' ')),
        Self::of('.', Some('\'')),
        Self::of(',', Some('\'')),
        Self::of('.', Some('_')),
        Self::of(',', Some('_')),
    ];

    const fn of(decimal: char, group: Option<char>) -> Self {
        Self { decimal, group }
    }

    /// A cell as a number; `None` when it is none. NaN and infinities are numbers here: the check
    /// of the whole sample names them.
    pub(super) fn parse(self, cell: &[u8]) -> Option<f64> {
        match parse_plain(cell) {
            // A point that stands between groups is no decimal point.
            Some(value) if self.group != Some('.') || !cell.contains(&b'.') => Some(value),
            _ if self == Self::PLAIN => None,
            _ => self.parse_grouped(cell),
        }
    }

    fn parse_grouped(self, cell: &[u8]) -> Option<f64> {
        let text = std::str::from_utf8(cell).ok()?.trim();
        let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (whole, fraction) = match digits.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let groups: Vec<&str> = match self.group {
            Some(group) => whole.split(|c| is_group(c, group)).collect(),
            None => vec![whole],
        };
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let [first, others @ ..] = groups.as_slice() else {
            return None;
        };
        let grouped = others.is_empty()
            || ((1..=3).contains(&first.len())
                && *first != "0"
                && others.iter().all(|group| group.len() == 3));
        if !grouped || !groups.iter().all(|group| all_digits(group)) {
            return None;
        }
        let fraction = match fraction {
            Some(fraction) => {
                let mantissa = fraction.split(['e', 'E']).next().unwrap_or(fraction);
                if !all_digits(mantissa) {
                    return None;
                }
                format!(".{fraction}")
            }
            None => String::new(),
        };
        format!("{sign}{}{fraction}", groups.concat()).parse().ok()
    }
}

fn is_group(c: char, group: char) -> bool {
    match group {
        ' ' => matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}'),
        '\'' => matches!(c, '\'' | '\u{2019}' | '`'),
        _ => c == group,
    }
}

/// A cell as a number in the plain style.
fn parse_plain(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    // Nearly every cell of a count table is a short run of digits.
    if !cell.is_empty() && cell.len() <= 15 && cell.iter().all(u8::is_ascii_digit) {
        let value = cell
            .iter()
            .fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        return Some(value as f64);
    }
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// Whether a cell is a number in any style.
pub(super) fn is_number(cell: &[u8]) -> bool {
    parse_plain(cell).is_some_and(|value| !value.is_nan())
        || NumberStyle::OTHERS
            .iter()
            .any(|style| style.parse_grouped(cell).is_some())
}

/// Whether a cell says that there is no value.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    let text = String::from_utf8_lossy(cell);
    matches!(
        text.trim().to_lowercase().as_str(),
        "" | "na" | "n/a" | "#n/a" | "nan" | "null" | "none" | "-" | "." | "missing"
    )
}

/// What the cells of a table say about the style of its numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct StyleSurvey {
    /// Cells that are no plain number, and how many of them each other style can read.
    odd: usize,
    read: [usize; NumberStyle::OTHERS.len()],
    /// Cells with one point or more that all stand as between groups: `1.046`, `12.345.678`.
    point_groups: usize,
    /// Cells with a point that stands otherwise: `0.5`, `12.25`.
    decimal_points: usize,
    /// Runs of four digits or more without a separator.
    ungrouped: usize,
}

impl StyleSurvey {
    /// Takes in a cell; `value` is what it is in the plain style.
    pub(super) fn add(&mut self, cell: &[u8], value: Option<f64>) {
        match value {
            Some(value) if value < 1000.0 && value.fract() == 0.0 && !cell.contains(&b'.') => {}
            Some(_) if cell.contains(&b'.') => {
                if NumberStyle::of(',', Some('.'))
                    .parse_grouped(cell)
                    .is_some()
                {
                    self.point_groups += 1;
                } else {
                    self.decimal_points += 1;
                }
            }
            Some(_) => self.ungrouped += 1,
            None if is_missing(cell) => {}
            None => {
                self.odd += 1;
                for (read, style) in self.read.iter_mut().zip(NumberStyle::OTHERS) {
                    *read += usize::from(style.parse_grouped(cell).is_some());
                }
            }
        }
    }

    /// The style that reads all cells, where that is not the plain one.
    ///
    /// `1.046` is a number in two styles. It has groups where no cell has a decimal point that
    /// stands elsewhere, and no number from 1,000 is written without a separator: fractions of
    /// estimated counts begin with 0 somewhere.
    pub(super) fn style(&self) -> Option<NumberStyle> {
        if self.odd == 0 {
            let grouped = self.point_groups >= 2 && self.decimal_points == 0 && self.ungrouped == 0;
            return grouped.then_some(NumberStyle::of(',', Some('.')));
        }
        let fits = |style: &NumberStyle| {
            let points_are_groups = style.group == Some('.');
            let points_stand = if points_are_groups {
                self.decimal_points == 0
            } else {
                style.decimal == '.' || self.point_groups + self.decimal_points == 0
            };
            points_stand && (style.group.is_none() || self.ungrouped == 0)
        };
        let all_read = |at: usize| self.read[at] == self.odd;
        let styles = || NumberStyle::OTHERS.iter().enumerate();
        styles()
            .find(|(at, style)| all_read(*at) && fits(style))
            .or_else(|| styles().find(|(at, _)| all_read(*at)))
            .map(|(_, &style)| style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surveyed(cells: &[&str]) -> Option<NumberStyle> {
        let mut survey = StyleSurvey::default();
        for cell in cells {
            survey.add(cell.as_bytes(), parse_plain(cell.as_bytes()));
        }
        survey.style()
    }

    fn read(cells: &[&str]) -> Vec<Option<f64>> {
        let style = surveyed(cells).unwrap_or(NumberStyle::PLAIN);
        cells
            .iter()
            .map(|cell| style.parse(cell.as_bytes()))
            .collect()
    }

    #[test]
    fn counts_are_read_in_every_way_that_programs_write_them() {
        for (cell, value) in [
            ("0", 0.0),
            ("12", 12.0),
            (" 12.0 ", 12.0),
            ("1e+05", 1e5),
            ("1234567890123456789", 1234567890123456789.0),
        ] {
            assert_eq!(
                NumberStyle::PLAIN.parse(cell.as_bytes()),
                Some(value),
                "{cell}"
            );
        }
        assert!(NumberStyle::PLAIN.parse(b"NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn what_is_not_a_number_is_none() {
        for cell in ["", "NA", "TP53", "1,000", "12 reads", "\u{660}"] {
            assert_eq!(NumberStyle::PLAIN.parse(cell.as_bytes()), None, "{cell}");
        }
    }

    #[test]
    fn the_style_of_a_spreadsheet_is_told_from_all_cells() {
        let expected = [Some(59.0), Some(1046.0), Some(1_234_567.0)];
        for cells in [
            ["59", "1,046", "1,234,567"],
            ["59", "1.046", "1.234.567"],
            ["59", "1'046", "1'234'567"],
            ["59", "1 046", "1 234 567"],
            ["59", "1\u{a0}046", "1\u{202f}234\u{202f}567"],
            ["59", "1\u{2019}046", "1\u{2019}234\u{2019}567"],
            ["59,00", "1046,00", "1234567,00"],
            ["59,00", "1.046,00", "1.234.567,00"],
            ["59.00", "1,046.00", "1,234,567.00"],
            ["59,0", "1 046,0", "1 234 567,0"],
        ] {
            assert_eq!(read(&cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn a_fraction_is_no_group() {
        for cells in [
            ["0.120", "1.046", "12.500"],
            ["59.347", "1046.000", "3"],
            ["59.347", "2046", "3.123"],
            ["59.3", "1.046", "3.12"],
        ] {
            let plain: Vec<Option<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
            assert_eq!(read(&cells), plain, "{cells:?}");
        }
    }

    #[test]
    fn text_among_numbers_is_of_no_style() {
        assert_eq!(surveyed(&["1", "x", "1,046"]), None);
        assert_eq!(surveyed(&["1", "NA"]), None);
    }
}
