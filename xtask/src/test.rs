//! `cargo xtask test`: every test, with one closing line that counts them.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use crate::fuzz;
use crate::python::{NEWEST, OLD};
use crate::r;
use crate::services::{self, Services};
use crate::step::{Result, cargo};
use crate::tally::{Reader, Tally, says_skipped};

/// Runs the tests of the workspace and a short search by every fuzz target, or the tests that `arguments` choose, after
/// making what they need.
///
/// The closing line is `N passed, N failed, N skipped`, over all test programs.
pub fn run(arguments: &[String]) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast"]);
    // What one change saves is not worth the gigabytes, unless somebody asks for it.
    if std::env::var_os("CARGO_INCREMENTAL").is_none() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    if arguments.is_empty() {
        command.arg("--workspace");
    }
    command.args(arguments).args(["--", "--show-output"]);
    let python = NEWEST.interpreter();
    for (environment, found) in [(NEWEST, python.clone()), (OLD, OLD.interpreter())] {
        match found {
            Ok(python) => {
                command.env(environment.variable, python);
            }
            Err(why) => {
                eprintln!("── tests that need Python will be skipped: {why}");
                command.env_remove(environment.variable);
            }
        }
    }
    if services::needed(arguments) {
        match r::interpreter() {
            Ok(r) => {
                command.env(r::VARIABLE, r);
            }
            Err(why) => {
                eprintln!("── tests that need R will be skipped: {why}");
                command.env_remove(r::VARIABLE);
            }
        }
    }
    // They live until the tests have ended, however they do.
    let services = if services::needed(arguments) {
        Services::start(python.ok().as_deref())
    } else {
        Services::default()
    };
    services.tell(&mut command);

    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let output = child.stdout.take().ok_or("cargo's output is missing")?;
    let errors = child.stderr.take().ok_or("cargo's errors are missing")?;
    // On a thread of its own: a full pipe would stop cargo.
    let errors = std::thread::spawn(move || -> Result<usize> {
        let mut skipped = 0;
        each_line(errors, |line| {
            skipped += usize::from(says_skipped(line));
            writeln!(std::io::stderr(), "{line}")
        })?;
        Ok(skipped)
    });
    let mut reader = Reader::default();
    each_line(output, |line| {
        if reader.take(line) {
            writeln!(std::io::stdout(), "{line}")?;
        }
        Ok(())
    })?;
    let skipped = errors
        .join()
        .map_err(|_| "the thread that reads what cargo says ended")??;
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;

    let mut tally = reader.tally(skipped);
    // Tests that were chosen are not of the fuzz targets.
    let searched = if arguments.is_empty() {
        fuzz::run_shortly()
    } else {
        Ok(Tally::default())
    };
    if let Ok(targets) = &searched {
        tally.passed += targets.passed;
        tally.failed += targets.failed;
        tally.skipped += targets.skipped;
    }
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed, tally.failed, tally.skipped
    );
    if !status.success() {
        return Err(format!("the tests failed ({status})"));
    }
    if searched?.failed > 0 {
        return Err("a fuzz target failed".to_owned());
    }
    if tally.passed == 0 {
        return Err("no test ran".to_owned());
    }
    Ok(())
}

/// Calls `pass_on` with every line, without its end.
fn each_line(
    stream: impl Read,
    mut pass_on: impl FnMut(&str) -> std::io::Result<()>,
) -> Result<()> {
    for line in BufReader::new(stream).split(b'\n') {
        let line = line.map_err(|error| format!("cannot read what cargo says: {error}"))?;
        pass_on(String::from_utf8_lossy(&line).trim_end_matches('\r'))
            .map_err(|error| format!("cannot pass on what cargo says: {error}"))?;
    }
    Ok(())
}
