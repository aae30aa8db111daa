//! `cargo xtask test`: every test, with one closing line that counts them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::python;
use crate::step::{Result, cargo};
use crate::tally::Reader;

/// Runs the tests of the workspace, or those that `arguments` choose, after making what they need.
///
/// The closing line is `N passed, N failed, N skipped`, over all test programs.
pub fn run(arguments: &[String]) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast"]);
    if arguments.is_empty() {
        command.arg("--workspace");
    }
    command.args(arguments).args(["--", "--show-output"]);
    match python::interpreter() {
        Ok(python) => {
            command.env(python::VARIABLE, python);
        }
        Err(why) => eprintln!("── tests that need anndata will be skipped: {why}"),
    }

    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let output = child
        .stdout
        .take()
        .ok_or("cargo's output is not to be had")?;
    let mut reader = Reader::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| format!("cargo's output: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        if reader.take(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;

    let tally = reader.tally();
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed, tally.failed, tally.skipped
    );
    if !status.success() {
        return Err(format!("the tests failed ({status})"));
    }
    if tally.passed == 0 {
        return Err("no test ran".to_owned());
    }
    Ok(())
}
