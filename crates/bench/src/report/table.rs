//! Tables in Markdown.

use std::fmt::Write as _;

/// A table under construction.
pub(super) struct MarkdownTable {
    columns: usize,
    text: String,
}

impl MarkdownTable {
    /// With these headings. A heading that begins with `>` is of numbers, and stands to the right.
    pub(super) fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        let headings: Vec<&str> = headings.into_iter().collect();
        let mut table = Self {
            columns: headings.len(),
            text: String::new(),
        };
        table.row(
            headings
                .iter()
                .map(|heading| heading.trim_start_matches('>')),
        );
        let rules = headings.iter().map(|heading| {
            if heading.starts_with('>') {
                "--:"
            } else {
                "---"
            }
        });
        table.row(rules);
        table
    }

    /// Adds a row.
    pub(super) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.text.push('|');
        let mut cells = cells.into_iter();
        for _ in 0..self.columns {
            let cell = cells.next();
            let cell = cell.as_ref().map_or("", |cell| cell.as_ref());
            // Writing to a string does not fail.
            let _ = write!(self.text, " {} |", escaped(cell));
        }
        self.text.push('\n');
    }

    /// As Markdown, with an empty line after it.
    pub(super) fn finish(self) -> String {
        self.text + "\n"
    }
}

/// A cell's text in one line, with bars that do not end it.
fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_line_ends_stay_in_their_cell() {
        let mut table = MarkdownTable::new(["a", ">b"]);
        table.row(["x|y", "1\n2"]);
        table.row(["short"]);
        assert_eq!(
            table.finish(),
            "| a | b |\n| --- | --: |\n| x\\|y | 1 2 |\n| short |  |\n\n"
        );
    }
}
