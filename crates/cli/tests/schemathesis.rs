//! Calls made up from the server's own description, right ones and wrong ones: whatever it is sent, it
//! answers as it says.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::Command;

use support::server::Server;
use support::{Folder, python};

/// What keeps a call that is right from taking long.
const SMALL: [&str; 4] = ["--max-samples", "50", "--max-job-samples", "50"];

#[test]
fn a_server_without_keys_answers_as_it_says() {
    let Some(python) = python("a_server_without_keys_answers_as_it_says") else {
        return;
    };
    let folder = Folder::new();
    let server = Server::start(&folder, &SMALL);
    call(&python, &server, &folder, None);
}

#[test]
fn a_server_with_keys_answers_as_it_says() {
    let Some(python) = python("a_server_with_keys_answers_as_it_says") else {
        return;
    };
    let folder = Folder::new();
    let key = folder.refcast(&["serve", "keys", "add", "test"]).ok();
    let server = Server::start(&folder, &SMALL);
    call(&python, &server, &folder, Some(key.trim()));
}

/// Runs schemathesis with the settings beside this file; it must find nothing.
fn call(python: &Path, server: &Server, folder: &Folder, key: Option<&str>) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut command = Command::new(python);
    command
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(tests.join("schemathesis.toml"))
        .args(["run", "--no-color"])
        .arg(format!("{}/openapi.json", server.url()))
        .current_dir(folder.path())
        .env("PYTHONPATH", tests)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .env("REFCAST_TEST_SERVER", server.url());
    if let Some(key) = key {
        command
            .arg(format!("--header=Authorization: Bearer {key}"))
            .env("REFCAST_TEST_KEY", key);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
