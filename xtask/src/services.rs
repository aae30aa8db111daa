//! The servers that tests of the server talk to: made for one run, and gone with it.

mod postgres;
mod s3;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::step::Result;
use postgres::Postgres;
use s3::S3;

/// The packages of the workspace whose tests talk to them.
const USERS: [&str; 2] = ["refcast-server", "refcast"];

/// The servers of this run, stopped when it is dropped.
#[derive(Default)]
pub struct Services {
    postgres: Option<Postgres>,
    s3: Option<S3>,
}

impl Services {
    /// Starts what the environment does not name already. What cannot be started is said; the tests
    /// that need it are then skipped.
    pub fn start(python: Option<&Path>) -> Self {
        let python = || python.ok_or_else(|| "it runs in Python".to_owned());
        Self {
            postgres: unless_named(postgres::VARIABLE, "PostgreSQL", Postgres::start),
            s3: unless_named(s3::VARIABLE, "S3", || S3::start(python()?)),
        }
    }

    /// Tells the tests that `command` runs where the servers are.
    pub fn tell(&self, command: &mut Command) {
        if let Some(postgres) = &self.postgres {
            postgres.tell(command);
        }
        if let Some(s3) = &self.s3 {
            s3.tell(command);
        }
    }
}

/// Whether a run of `cargo test` with `arguments` may need the servers: one of the whole workspace,
/// of the program (which a plain `cargo test` runs), or of the server.
pub fn needed(arguments: &[String]) -> bool {
    let mut chosen = Vec::new();
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        match argument {
            "--" => break,
            "--workspace" | "--all" => return true,
            "-p" | "--package" => chosen.extend(arguments.next()),
            _ => chosen.extend(
                argument
                    .strip_prefix("--package=")
                    .or_else(|| argument.strip_prefix("-p")),
            ),
        }
    }
    chosen.is_empty() || chosen.iter().any(|name| USERS.contains(name))
}

/// What `start` gives, unless the user has named a server, or none by an empty value.
fn unless_named<T>(variable: &str, name: &str, start: impl FnOnce() -> Result<T>) -> Option<T> {
    let why = match std::env::var_os(variable) {
        None => match start() {
            Ok(started) => return Some(started),
            Err(why) => why,
        },
        Some(named) if named == OsString::new() => format!("{variable} is set to none"),
        Some(_) => return None,
    };
    eprintln!("── tests that need {name} will be skipped: {why}");
    None
}

#[cfg(test)]
mod tests {
    use super::needed;

    fn is_needed(arguments: &str) -> bool {
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        needed(&arguments)
    }

    #[test]
    fn a_run_of_other_packages_starts_no_servers() {
        for arguments in ["-p refcast-core", "--package=xtask", "-prefcast-io x -- -p"] {
            assert!(!is_needed(arguments), "{arguments}");
        }
        for arguments in [
            "",
            "--release",
            "-p refcast-core --package refcast-server",
            "-prefcast",
            "--workspace -p x",
        ] {
            assert!(is_needed(arguments), "{arguments}");
        }
    }
}
