//! The client's own test against a running service, as its authors wrote it: `tests/test_local_integration.py` of the
//! source archive of `pysynthbio` 4.2.4.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::server::Server;
use support::{Folder, python};

/// The version whose archive is taken; that of the client in the tests' environment.
const CLIENT: &str = "pysynthbio==4.2.4";
/// What the archive says of itself in the registry.
const SHA256: &str = "c5b210d696e4e9b5b260af5f4137cbe742c293428656bdf5385e976f57d28bfe";

#[test]
fn the_clients_own_integration_test_passes_unmodified() {
    let Some(python) = python("the_clients_own_integration_test_passes_unmodified") else {
        return;
    };
    let Some(test) = their_test(&python) else {
        println!(
            "SKIPPED the_clients_own_integration_test_passes_unmodified: {CLIENT} cannot be downloaded"
        );
        return;
    };
    let folder = Folder::new();
    let key = folder.refcast(&["serve", "keys", "add", "test"]).ok();
    let server = Server::start(&folder, &[]);
    let output = Command::new(&python)
        .args([
            "-m",
            "pytest",
            "-q",
            "-s",
            "-p",
            "no:cacheprovider",
            "-p",
            "pysynthbio_absent",
        ])
        .arg(&test)
        .current_dir(folder.path())
        .env(
            "PYTHONPATH",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("API_BASE_URL", server.url())
        .env("SYNTHESIZE_API_KEY", key.trim())
        .output()
        .unwrap();
    let said = shown(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("2 passed"), "{said}");
    for line in said.lines().filter(|line| line.contains("SKIPPED ")) {
        println!("{line}");
    }
    // What is listed was asked for.
    let answered = said
        .lines()
        .find_map(|line| line.strip_prefix("ANSWERED "))
        .unwrap_or_else(|| panic!("{said}"));
    // It asks for six of the ids that are served; `serve.rs` asks for every one by the same client.
    let asked: Vec<&str> = said
        .lines()
        .filter_map(|line| Some(line.split_once("Testing model: ")?.1))
        .collect();
    assert_eq!(asked.len(), 6, "{said}");
    for id in asked {
        assert!(answered.split(' ').any(|own| own == id), "{id}: {said}");
    }
}

/// Their test, from the archive beside the environment; `None` where it cannot be had.
fn their_test(python: &Path) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pysynthbio");
    let archive = CLIENT.replace("==", "-") + ".tar.gz";
    let script = format!(
        r#"
import hashlib, pathlib, subprocess, sys, tarfile
folder = pathlib.Path(sys.argv[1])
archive = folder / "{archive}"
if not archive.exists():
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                    "--no-deps", "--no-binary", ":all:", "--dest", str(folder), "{CLIENT}"], check=True)
assert hashlib.sha256(archive.read_bytes()).hexdigest() == "{SHA256}", "another archive"
with tarfile.open(archive) as files:
    files.extractall(folder, filter="data")
"#
    );
    let output = Command::new(python)
        .args(["-c", &script])
        .arg(&folder)
        .output()
        .unwrap();
    if !output.status.success() {
        println!("{}", shown(&output));
        return None;
    }
    let test = folder.join(CLIENT.replace("==", "-"));
    Some(test.join("tests/test_local_integration.py"))
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}
