//! Through the front door: `cargo benchmark`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// How a run ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// The standard output of a run that succeeded.
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "stderr: {}", self.stderr);
        self.stdout
    }

    /// Checks that the input was refused with a message that has all of `parts`.
    fn refused(&self, parts: &[&str]) {
        assert_eq!(self.code, 3, "{self:?}");
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no `{part}` in: {}",
                self.stderr
            );
        }
    }
}

/// Runs the program in `folder`, with none of the settings of whoever runs the tests.
fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refcast-bench"));
    command.current_dir(folder).args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REFCAST_") {
            command.env_remove(name);
        }
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| name(entry.unwrap())).collect()
}

#[test]
fn the_benchmarks_are_listed_without_a_corpus() {
    let folder = folder();
    let text = run(folder.path(), &["--list"]).ok();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert!(names.contains(&"donors"), "{text}");
    let json = run(folder.path(), &["--list", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), names.len());
}

#[test]
fn a_corpus_must_be_named() {
    let ended = run(folder().path(), &["donors"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("--corpus"), "{ended:?}");
}

#[test]
fn all_that_is_wrong_is_said_before_the_work() {
    let folder = folder();
    std::fs::write(folder.path().join("taken"), "").unwrap();
    let ended = run(
        folder.path(),
        &[
            "doners",
            "unseen",
            "unseen",
            "--corpus",
            "nowhere",
            "--recipe",
            "none.toml",
            "--output",
            "taken",
            "--quick",
            "--update-recipe",
            "--threads",
            "0",
        ],
    );
    ended.refused(&[
        "7 things",
        "`doners`",
        "nearest: donors",
        "context",
        "`unseen` is named twice",
        "nowhere is not a folder",
        "none.toml: No such file",
        "taken is not a folder",
        "leave out `--quick`",
        "threads",
    ]);
    assert_eq!(names(folder.path()), ["taken"]);
}

#[test]
fn an_earlier_report_that_cannot_be_kept_is_found_before_the_work() {
    let folder = folder();
    std::fs::write(folder.path().join("recipe.toml"), "").unwrap();
    std::fs::write(folder.path().join("old.json"), "{}").unwrap();
    let ended = run(
        folder.path(),
        &["--corpus", ".", "--recipe", "recipe.toml", "--output", "."],
    );
    ended.refused(&["output", "old.json"]);
}

#[test]
fn a_benchmark_of_another_modality_than_the_recipes_is_refused() {
    let folder = folder();
    let recipes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes");
    for (recipe, name, right) in [
        ("gem-1-sc", "donors", "recipes/gem-1-bulk.toml"),
        ("gem-1-bulk", "cells-kinds", "recipes/gem-1-sc.toml"),
    ] {
        let recipe = format!("{recipes}/{recipe}.toml");
        let ended = run(folder.path(), &[name, "--corpus", ".", "--recipe", &recipe]);
        ended.refused(&[&format!("`{name}` is of"), right]);
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_recipe_that_is_none_is_refused_and_nothing_written() {
    let folder = folder();
    std::fs::write(folder.path().join("recipe.toml"), "id = 1").unwrap();
    let ended = run(folder.path(), &["--corpus", ".", "--recipe", "recipe.toml"]);
    ended.refused(&["recipe.toml", "id"]);
    assert_eq!(names(folder.path()), ["recipe.toml"]);
}

#[cfg(unix)]
#[test]
fn a_recipe_that_is_no_file_is_refused_and_not_read_for_ever() {
    let folder = folder();
    let ended = run(
        folder.path(),
        &["--corpus", ".", "--recipe", "/dev/zero", "-o", "out"],
    );
    ended.refused(&["/dev/zero", "is a device"]);
}
