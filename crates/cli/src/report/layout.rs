//! How the report is laid out: headings, wrapped lines, lists and numbers.

use std::fmt::{self, Write};

use refcast_model::vocabulary::Understood;

use crate::terminal::{FAINT, HEADING};

/// Width of the column of headings.
pub(super) const HEADINGS: usize = 14;
/// Width of a line.
pub(super) const WIDTH: usize = 100;
/// Examples that a list shows before it says how many more there are.
const EXAMPLES: usize = 5;

/// A heading with its lines beside it, each wrapped.
pub(super) fn entry(f: &mut fmt::Formatter<'_>, heading: &str, lines: &[String]) -> fmt::Result {
    let mut heading = format!("{HEADING}{heading:<HEADINGS$}{HEADING:#}");
    for line in lines {
        let mut indent = "";
        for piece in wrapped(line, WIDTH - HEADINGS - 2) {
            writeln!(f, "{heading}{indent}{piece}")?;
            heading = " ".repeat(HEADINGS);
            indent = "  ";
        }
    }
    Ok(())
}

/// `text` in lines of at most `width` characters, broken at spaces; a longer word stays whole.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `1 sample`, `2 samples`.
pub(super) fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(n))
}

/// A few of the names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(EXAMPLES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(EXAMPLES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Digits in groups of three.
pub(super) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub(super) fn percent(fraction: f64) -> String {
    // Rounding must not turn "nearly all" into all.
    let percent = if fraction < 1.0 {
        (fraction * 100.0).min(99.9)
    } else {
        100.0
    };
    format!("{percent:.1} %")
}

/// A faint note.
pub(super) fn note(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for line in wrapped(text, WIDTH) {
        writeln!(f, "{FAINT}{line}{FAINT:#}")?;
    }
    Ok(())
}

/// What a name of a perturbation was taken for: `dex → dexamethasone (CHEMBL384467): by …`.
pub fn understood(understood: &Understood) -> String {
    let Understood {
        given,
        id,
        label,
        note,
    } = understood;
    let mut line = String::new();
    if given != label && Some(given) != id.as_ref() {
        let _ = write!(line, "{given} → ");
    }
    line.push_str(label);
    if let Some(id) = id.as_ref().filter(|id| *id != label) {
        let _ = write!(line, " ({id})");
    }
    if let Some(note) = note {
        let _ = write!(line, ": {note}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_nearly_all_is_not_all() {
        assert_eq!(
            [0, 999, 1000, 1234567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
    }

    #[test]
    fn long_lines_break_between_words() {
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("abcdef gh", 4), ["abcdef", "gh"]);
    }
}
