//! What the commands say to people: errors, notes and progress on standard error.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use refcast_core::Fault;

use crate::failure::Failure;

/// The style of headings. Streams of [`anstream`] drop it where the output is no terminal.
pub const HEADING: Style = Style::new().bold();
/// The style of what matters less.
pub const FAINT: Style = Style::new().dimmed();
/// The style of genes that go up.
pub const UP: Style = AnsiColor::Red.on_default();
/// The style of genes that go down.
pub const DOWN: Style = AnsiColor::Blue.on_default();
/// Time between turns of what shows that work goes on.
const TICK: Duration = Duration::from_millis(100);
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Says why a command did not succeed. With `json`, also on standard output in the form of the
/// wire protocol, so that a program need not parse sentences.
pub fn report(failure: &Failure, json: bool) {
    let mut stderr = anstream::stderr().lock();
    // A standard error that is closed leaves no place to complain.
    let _ = match failure {
        Failure::Closed => Ok(()),
        Failure::Failed(message) | Failure::Unmet(message) => {
            writeln!(stderr, "{ERROR}error:{ERROR:#} {message}")
        }
        Failure::Invalid(faults) => write_faults(&mut stderr, faults),
    };
    if json {
        let body = match failure {
            // The result of a benchmark is on standard output already.
            Failure::Closed | Failure::Unmet(_) => return,
            Failure::Failed(message) => serde_json::json!({ "error": message }),
            Failure::Invalid(faults) => {
                serde_json::json!({ "error": "Invalid request", "errors": faults })
            }
        };
        let _ = writeln!(std::io::stdout(), "{body}");
    }
}

fn write_faults(out: &mut impl Write, faults: &[Fault]) -> std::io::Result<()> {
    if let [fault] = faults {
        writeln!(out, "{ERROR}error:{ERROR:#} {fault}")?;
        return write_searches(out, faults);
    }
    writeln!(
        out,
        "{ERROR}error:{ERROR:#} {} things need to be put right:",
        faults.len()
    )?;
    for fault in faults {
        // A message of several lines stays under its bullet.
        writeln!(out, "  - {}", fault.to_string().replace('\n', "\n    "))?;
    }
    write_searches(out, faults)
}

/// The commands that list what may be given in place of what no table knows, each once.
fn write_searches(out: &mut impl Write, faults: &[Fault]) -> std::io::Result<()> {
    let fields = faults.iter().filter_map(|fault| fault.vocabulary_field);
    for field in fields.collect::<BTreeSet<_>>() {
        writeln!(
            out,
            "`refcast vocab --field {field} SEARCH` finds names and ids"
        )?;
    }
    Ok(())
}

/// Says which stage of a long work has begun: on a terminal in one line that moves, elsewhere in a
/// line for each stage.
pub struct Stages {
    line: Option<ProgressBar>,
    quiet: bool,
}

impl Stages {
    /// Of a work that has just begun.
    pub fn new(quiet: bool) -> Self {
        let line = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}");
            let line = ProgressBar::new_spinner();
            line.enable_steady_tick(TICK);
            match style {
                Ok(style) => line.with_style(style),
                // As in `progress`.
                Err(_) => line,
            }
        });
        Self { line, quiet }
    }

    /// The stage that begins now.
    pub fn begin(&self, stage: String) {
        match &self.line {
            Some(line) => line.set_message(stage),
            None if self.quiet => {}
            None => anstream::eprintln!("{stage}"),
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

/// A bar that counts `what` up to `total`, on a terminal only.
pub fn progress(total: u64, what: &'static str, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta:>5} left");
    let bar = ProgressBar::new(total).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        // Only a mistake in the template above gets here; the plain bar serves as well.
        Err(_) => bar,
    }
}
