//! Through the front door: `refcast bench`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::Folder;

#[test]
fn the_benchmarks_are_listed_without_a_corpus() {
    let folder = Folder::new();
    let text = folder.refcast(&["bench", "--list"]).ok();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert!(names.contains(&"donors"), "{text}");
    let json = folder.refcast(&["bench", "--list", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), names.len());
}

#[test]
fn a_corpus_must_be_named() {
    let ended = Folder::new().refcast(&["bench", "donors"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("--corpus"), "{ended:?}");
}

#[test]
fn all_that_is_wrong_is_said_before_the_work() {
    let folder = Folder::new();
    folder.write("taken", "");
    let ended = folder.refcast(&[
        "bench",
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
    ]);
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
    assert_eq!(folder.names(), ["taken"]);
}

#[test]
fn an_earlier_report_that_cannot_be_kept_is_found_before_the_work() {
    let folder = Folder::new();
    folder.write("recipe.toml", "").write("old.json", "{}");
    let ended = folder.refcast(&[
        "bench",
        "--corpus",
        ".",
        "--recipe",
        "recipe.toml",
        "--output",
        ".",
    ]);
    ended.refused(&["output", "old.json"]);
}

#[test]
fn a_benchmark_of_another_modality_than_the_recipes_is_refused() {
    let folder = Folder::new();
    let recipes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes");
    for (recipe, name, right) in [
        ("gem-1-sc", "donors", "recipes/gem-1-bulk.toml"),
        ("gem-1-bulk", "cells-kinds", "recipes/gem-1-sc.toml"),
    ] {
        let recipe = format!("{recipes}/{recipe}.toml");
        let ended = folder.refcast(&["bench", name, "--corpus", ".", "--recipe", &recipe]);
        ended.refused(&[&format!("`{name}` is of"), right]);
    }
    assert!(folder.names().is_empty());
}

#[test]
fn a_recipe_that_is_none_is_refused_and_nothing_written() {
    let folder = Folder::new();
    folder.write("recipe.toml", "id = 1");
    let ended = folder.refcast(&["bench", "--corpus", ".", "--recipe", "recipe.toml"]);
    ended.refused(&["recipe.toml", "id"]);
    assert_eq!(folder.names(), ["recipe.toml"]);
}
