//! Styles of text. Streams of [`anstream`] drop them where the output is no terminal.

use anstyle::{AnsiColor, Style};

/// The style of headings.
pub const HEADING: Style = Style::new().bold();
/// The style of what matters less.
pub const FAINT: Style = Style::new().dimmed();
/// The style of genes that go up.
pub const UP: Style = AnsiColor::Red.on_default();
/// The style of genes that go down.
pub const DOWN: Style = AnsiColor::Blue.on_default();
