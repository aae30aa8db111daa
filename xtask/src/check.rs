//! `cargo xtask check`: everything that a change must pass.

use crate::step::{self, Result, cargo};
use crate::{arrows, audit, test, words};

/// Runs every check, the quickest first, and stops at the first that fails.
pub fn run() -> Result<()> {
    step::run("format", cargo().args(["fmt", "--all", "--check"]))?;
    arrows::run()?;
    words::run(false)?;
    audit::run()?;
    step::run(
        "lints",
        cargo()
            .args(["clippy", "--workspace", "--all-targets", "--quiet"])
            .args(["--", "--deny", "warnings"]),
    )?;
    step::run(
        "documentation",
        cargo()
            .args([
                "doc",
                "--workspace",
                "--no-deps",
                "--document-private-items",
                "--quiet",
            ])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    test::run(&[])
}
