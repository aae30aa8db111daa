//! One run of libFuzzer, and what is to be said of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{folder, program, seeds, shown};
use crate::step::Result;

/// Seconds that one input may take.
const SLOWEST: &str = "10";
/// Megabytes that the program may take in all. What an input may take, a gigabyte, is kept to by the
/// allocator of the targets; this is that, the models, and what the engine keeps.
const MEMORY: &str = "2560";
/// Lines of what the engine said that are shown of a failure.
const SHOWN: usize = 25;

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// So many inputs, the seeds among them.
    Inputs(u64),
    /// So many seconds.
    Seconds(u64),
}

/// What came of it.
pub enum Outcome {
    /// Every input was taken; the figures.
    Held(String),
    /// One was not: the end of what the engine said, and where the input lies.
    Failed(String),
}

/// Searches for an input that `name` does not take, from its seeds and from what earlier searches kept.
/// The order of the inputs is the same in every search from the same ones.
///
/// # Errors
/// Files that cannot be written, or a program that does not start.
pub fn search(name: &str, limit: Limit) -> Result<Outcome> {
    let folder = folder(name);
    let kept = folder.join("kept");
    let found = folder.join("found");
    for folder in [&kept, &found] {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let (log, figures) = (folder.join("log"), folder.join("figures"));
    let _ = std::fs::remove_file(&figures);
    let writes = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    let bound = match limit {
        Limit::Inputs(inputs) => format!("-runs={inputs}"),
        Limit::Seconds(seconds) => format!("-max_total_time={seconds}"),
    };
    let mut command = Command::new(program());
    command
        .arg(bound)
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .arg(format!("-max_len={}", longest(name)))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .args(["-seed=1", "-print_final_stats=1", "-len_control=20"])
        .args([&kept, &seeds(name)])
        .env("REFCAST_FUZZ_TARGET", name)
        .env("REFCAST_FUZZ_FIGURES", &figures)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(writes);
    if let Some(words) = dictionary(name) {
        command.arg(format!("-dict={}", words.display()));
    }
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", program().display()))?;
    let seconds = start.elapsed().as_secs_f64();
    let said = std::fs::read(&log).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    if status.success() {
        let figures = std::fs::read_to_string(&figures).unwrap_or_default();
        return Ok(Outcome::Held(summary(&said, &figures, seconds)));
    }
    let lines: Vec<&str> = said.lines().collect();
    let end = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    Ok(Outcome::Failed(failure(name, &end, &said, &log)))
}

/// The longest input: a little more than the longest seed, and room for a table or a body.
fn longest(name: &str) -> u64 {
    let entries = std::fs::read_dir(seeds(name)).into_iter().flatten();
    let lengths = entries.flatten().filter_map(|entry| entry.metadata().ok());
    let longest = lengths.map(|about| about.len()).max().unwrap_or(0);
    (longest * 5 / 4).max(4096)
}

/// Words that a target's inputs are made of.
fn dictionary(name: &str) -> Option<std::path::PathBuf> {
    let path = crate::step::root().join(format!("fuzz/words/{name}.dict"));
    path.is_file().then_some(path)
}

/// `1000000 inputs in 200 s, the slowest 12 ms and the largest 4 MB; 90 MB in all`.
fn summary(said: &str, figures: &str, seconds: f64) -> String {
    let stat = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().parse::<u64>().ok()
    };
    let inputs = stat("stat::number_of_executed_units").unwrap_or(0);
    let memory = stat("stat::peak_rss_mb").unwrap_or(0);
    let mut figures = figures
        .split_whitespace()
        .map(|number| number.parse().unwrap_or(0.0));
    let mut next = || figures.next().unwrap_or(0.0);
    let (slowest, largest) = (next() / 1000.0, next() / 1e6);
    format!(
        "{inputs} inputs in {seconds:.0} s, the slowest {slowest:.1} ms, the largest {largest:.1} MB; \
         {memory} MB in all"
    )
}

fn failure(name: &str, end: &str, said: &str, log: &Path) -> String {
    let written = said.lines().find_map(|line| {
        line.split_once("Test unit written to ")
            .map(|(_, path)| path)
    });
    let again = match written {
        Some(path) => format!(
            "the input: {0}\nonce more: cargo run -p refcast-fuzz --bin {name} -- {0}",
            shown(Path::new(path))
        ),
        None => "no input was written".to_owned(),
    };
    format!("{end}\n{again}\nall that was said: {}", shown(log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_search_are_those_of_the_engine_and_of_the_target() {
        let said =
            "#100\tDONE\nstat::number_of_executed_units: 100\nstat::peak_rss_mb:             46\n";
        assert_eq!(
            summary(said, "12500 4000000\n", 2.4),
            "100 inputs in 2 s, the slowest 12.5 ms, the largest 4.0 MB; 46 MB in all"
        );
    }

    #[test]
    fn a_failure_names_its_input_and_how_to_read_it_again() {
        let said = "artifact_prefix='x/'; Test unit written to /elsewhere/crash-1\n";
        let message = failure("dose", "panicked", said, Path::new("/elsewhere/log"));
        assert!(message.starts_with("panicked\n"), "{message}");
        assert!(
            message.contains("--bin dose -- /elsewhere/crash-1"),
            "{message}"
        );
    }
}
