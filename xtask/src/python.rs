//! The Python environment of the tests that compare with anndata and that call the server with the
//! client that its users have.

use std::path::PathBuf;
use std::process::Command;

use crate::step::{Result, output_of, target, works};

/// The range of anndata that writes and reads what the tests compare with, and the client, as it is
/// in the registry.
const REQUIREMENTS: [&str; 3] = ["anndata>=0.11,<0.13", "pyarrow>=15", "pysynthbio==4.2.4"];

/// The variable that tells a test which interpreter to use.
pub const VARIABLE: &str = "REFCAST_PYTHON";

/// The interpreter: what `REFCAST_PYTHON` names (none where it is empty), or that of an environment under the build folder,
/// made on first use.
///
/// # Errors
/// A sentence that says why there is none; the tests that need it are then skipped.
pub fn interpreter() -> Result<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(named) if named.is_empty() => return Err(format!("{VARIABLE} is set to none")),
        Some(named) => return Ok(PathBuf::from(named)),
        None => {}
    }
    let environment = target().join("python");
    let inside = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    let python = environment.join(inside);
    if has_all(&python) {
        return Ok(python);
    }
    let system = ["python3", "python"]
        .into_iter()
        .find(|name| {
            works(Command::new(name).args(["-c", "import sys; assert sys.version_info >= (3, 9)"]))
        })
        .ok_or("no Python 3.9 or later on this machine")?;
    eprintln!("── Python environment in {}", environment.display());
    output_of(
        "making the environment (Debian has it in the package python3-venv)",
        Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    )?;
    output_of(
        "installing anndata and pysynthbio",
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(REQUIREMENTS),
    )?;
    if has_all(&python) {
        Ok(python)
    } else {
        Err("what the tests need was installed but cannot be imported".to_owned())
    }
}

/// Prints the interpreter for use in a shell.
pub fn print() -> Result<()> {
    println!("{}", interpreter()?.display());
    Ok(())
}

fn has_all(python: &PathBuf) -> bool {
    python.exists()
        && works(Command::new(python).args(["-c", "import anndata, pyarrow, pysynthbio"]))
}
