//! `cargo xtask fuzz`: random inputs for every parser; see `docs/fuzzing.md`.
//!
//! The targets of `fuzz/` are built as `cargo fuzz` builds them, but by the stable compiler and without a
//! sanitizer, and only our own crates are instrumented: the others are those of any other build.

mod engine;
mod rustc;

use std::path::Path;
use std::process::Command;

use crate::step::{Result, cargo, output_of, root, target};
use crate::tally::Tally;
use engine::{Limit, Outcome};

pub use rustc::{IS_RUSTC, compile};

/// The program with every target.
const PROGRAM: &str = "all";
/// Seconds for each target in `cargo xtask test`.
const SECONDS_IN_TESTS: u64 = 5;

/// `cargo xtask fuzz [--inputs N | --seconds N] [TARGET…]`.
///
/// # Errors
/// Arguments that are none, a build that fails, or a target with an input that it does not take.
pub fn run(arguments: &[String]) -> Result<()> {
    let (limit, named) = parse(arguments)?;
    let known = targets()?;
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        let message = format!("no target {unknown}: there are {}", known.join(", "));
        return Err(message);
    }
    let chosen = if named.is_empty() { known } else { named };
    engine_is_there()?;
    let failed = search(&chosen, limit)?;
    match failed {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} targets failed", chosen.len())),
    }
}

/// A short search by every target, as one step of the tests: a target is a test, skipped where it cannot be built.
///
/// # Errors
/// A build that fails.
pub fn run_shortly() -> Result<Tally> {
    let targets = targets()?;
    if let Err(why) = engine_is_there() {
        for target in &targets {
            println!("SKIPPED fuzz {target}: {why}");
        }
        return Ok(Tally {
            skipped: targets.len(),
            ..Tally::default()
        });
    }
    let failed = search(&targets, Limit::Seconds(SECONDS_IN_TESTS))?;
    Ok(Tally {
        passed: targets.len() - failed,
        failed,
        skipped: 0,
    })
}

/// Builds and runs targets one after the other; how many of them failed.
fn search(targets: &[String], limit: Limit) -> Result<usize> {
    eprintln!("── fuzz targets");
    build()?;
    let mut failed = 0;
    for name in targets {
        match engine::search(name, limit)? {
            Outcome::Held(line) => println!("fuzz {name}: {line}"),
            Outcome::Failed(message) => {
                failed += 1;
                println!("fuzz {name}: FAILED\n{message}");
            }
        }
    }
    Ok(failed)
}

fn parse(arguments: &[String]) -> Result<(Limit, Vec<String>)> {
    let mut limit = Limit::Inputs(100_000);
    let mut targets = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let number = arguments
                .next()
                .and_then(|number| number.replace('_', "").parse().ok());
            number.ok_or_else(|| format!("{argument} takes a whole number"))
        };
        match argument.as_str() {
            "--inputs" => limit = Limit::Inputs(number()?),
            "--seconds" => limit = Limit::Seconds(number()?),
            flag if flag.starts_with('-') => return Err(format!("fuzz takes no {flag}")),
            name => targets.push(name.to_owned()),
        }
    }
    Ok((limit, targets))
}

/// The targets, by the folders of their seeds.
fn targets() -> Result<Vec<String>> {
    let seeds = all_seeds();
    let unreadable = |error| format!("{}: {error}", seeds.display());
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(&seeds).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        targets.push(name.to_string_lossy().into_owned());
    }
    targets.sort();
    Ok(targets)
}

/// Whether libFuzzer can be built here.
fn engine_is_there() -> Result<()> {
    if !cfg!(unix) {
        return Err("libFuzzer is built for Unix only".to_owned());
    }
    let named = std::env::var_os("CXX");
    let compiler = named.unwrap_or_else(|| "c++".into());
    let version = || output_of("c++", Command::new(&compiler).arg("--version"));
    if version().is_err() {
        crate::apt::install(&["g++"]).map_err(|why| format!("no C++ compiler: {why}"))?;
    }
    version().map(drop)
}

fn build() -> Result<()> {
    let own = std::env::current_exe().map_err(|error| format!("xtask: {error}"))?;
    let mut command = cargo();
    // Of the whole workspace, so that what other crates are built with is the same as in the tests.
    command.args(["build", "--workspace", "--quiet", "--example", PROGRAM]);
    command
        .env("RUSTC_WORKSPACE_WRAPPER", own)
        .env(IS_RUSTC, "1")
        .env("CARGO_INCREMENTAL", "0");
    crate::step::run("building them", &mut command)
}

/// Where the program with the targets is.
fn program() -> std::path::PathBuf {
    target().join("debug/examples").join(PROGRAM)
}

/// Where a target has its inputs and what it found; nothing of it is ever in the tree.
fn folder(target_name: &str) -> std::path::PathBuf {
    target().join("fuzz").join(target_name)
}

/// Where the committed inputs are.
fn all_seeds() -> std::path::PathBuf {
    root().join("fuzz/seeds")
}

/// Where those of a target are.
fn seeds(target_name: &str) -> std::path::PathBuf {
    all_seeds().join(target_name)
}

/// A path for people: from the root, where it is in it.
fn shown(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    inside.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &str) -> Result<(Limit, Vec<String>)> {
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        parse(&arguments)
    }

    #[test]
    fn a_search_has_one_limit_and_the_targets_that_are_named() {
        let (limit, targets) = parsed("--inputs 1_000_000 dose time").unwrap();
        assert_eq!(limit, Limit::Inputs(1_000_000));
        assert_eq!(targets, ["dose", "time"]);
        assert_eq!(parsed("--seconds 5").unwrap().0, Limit::Seconds(5));
        for wrong in ["--seconds", "--inputs many", "--fast"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
