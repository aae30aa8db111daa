//! The compiler with coverage: this program stands before rustc while the targets are built.

use std::process::{Command, ExitCode};

/// The variable that says that this program is called as the compiler.
pub const IS_RUSTC: &str = "REFCAST_FUZZ_RUSTC";

/// What `cargo fuzz` passes, as far as the stable compiler takes it. Every branch counts, and what is
/// compared with what is seen.
const FLAGS: [&str; 9] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Cdebug-assertions=on",
    // Half the time of the build. What panics says where, and a found input is read again by a plain build.
    "-Cdebuginfo=0",
];

/// Runs the compiler as cargo asks for it, which names it first.
pub fn compile() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        eprintln!("xtask: {IS_RUSTC} is set, and no compiler is named");
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(&rustc);
    command.args(arguments).args(FLAGS);
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        // What is wrong the compiler has said.
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {}: {error}", rustc.display());
            ExitCode::FAILURE
        }
    }
}
