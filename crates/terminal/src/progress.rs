//! How far a long work is, on standard error.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Time between turns of what shows that work goes on.
const TICK: Duration = Duration::from_millis(100);

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
