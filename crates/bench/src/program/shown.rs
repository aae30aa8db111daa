//! How far a run is: on a terminal a bar of the folds, elsewhere a line for each benchmark.

use std::io::IsTerminal;

use indicatif::ProgressBar;
use refcast_bench::run::BenchmarkProgress;

/// What shows it.
pub struct Shown {
    bar: ProgressBar,
    /// Whether to print lines instead.
    lines: bool,
}

impl Shown {
    /// Of a run that has just begun.
    pub fn new(quiet: bool) -> Self {
        Self {
            bar: refcast_terminal::progress(0, "reading the corpus", quiet),
            lines: !quiet && !std::io::stderr().is_terminal(),
        }
    }

    /// The stage that begins now.
    pub fn stage(&self, stage: BenchmarkProgress) {
        match stage {
            BenchmarkProgress::Reading => {
                self.bar.tick();
                self.line("reading the corpus");
            }
            BenchmarkProgress::Benchmark { name, folds } => {
                self.line(&format!("{name}: {folds} folds"));
                self.bar.reset();
                self.bar.set_length(folds as u64);
                self.bar.set_message(format!("folds of {name},"));
            }
            BenchmarkProgress::Fold { done, .. } => self.bar.set_position(done as u64),
            BenchmarkProgress::Finished { name } => self.line(&format!("{name}: done")),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        if self.lines {
            anstream::eprintln!("{text}");
        }
    }
}
