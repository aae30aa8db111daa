//! Running one program as a step of a task.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a task ends with: a message for the person who ran it.
pub type Result<T> = std::result::Result<T, String>;

/// The root of the workspace, where every step runs.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where builds go: `CARGO_TARGET_DIR`, or `target` in the root.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this task.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs `command` with its output on the terminal.
pub fn run(name: &str, command: &mut Command) -> Result<()> {
    eprintln!("── {name}");
    let status = command
        .status()
        .map_err(|error| format!("{name}: cannot start {:?}: {error}", command.get_program()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name} failed ({status})"))
    }
}

/// Runs `command` and returns what it wrote to standard output.
pub fn output_of(name: &str, command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| format!("{name}: cannot start {:?}: {error}", command.get_program()))?;
    if !output.status.success() {
        return Err(format!(
            "{name} failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{name}: its output is not text"))
}

/// Whether `command` can be started and succeeds; its output is dropped.
pub fn works(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
