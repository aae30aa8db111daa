//! `models`, `genes`, `vocab` and the help.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::{Folder, genes};

#[test]
fn models_lists_the_one_that_is_built_in() {
    let folder = Folder::new();
    let table = folder.refcast(&["models"]).ok();
    assert!(
        table.lines().nth(1).unwrap().starts_with("gem-1-bulk"),
        "{table}"
    );
    let list: Value = serde_json::from_str(&folder.refcast(&["models", "--json"]).ok()).unwrap();
    assert_eq!(list["models"][0]["model_id"], "gem-1-bulk");
    assert!(!folder.refcast(&["models", "--card"]).ok().is_empty());
}

#[test]
fn genes_prints_the_axis_as_a_table() {
    let text = Folder::new().refcast(&["genes"]).ok();
    assert!(text.starts_with("gene_id\tgene_symbol\n"));
    assert!(
        text.lines()
            .skip(1)
            .all(|line| line.starts_with("ENSG") && line.split('\t').count() == 2)
    );
    assert!(
        (20_000..=25_000).contains(&genes().len()),
        "{} genes",
        genes().len()
    );
}

#[test]
fn vocab_finds_by_name_and_by_field() {
    let folder = Folder::new();
    let found = folder.refcast(&["vocab", "dexameth"]).ok();
    assert!(found.contains("\tCHEMBL384467\tdexamethasone\t"), "{found}");
    let types = folder
        .refcast(&["vocab", "--field", "perturbation_type"])
        .ok();
    assert!(
        types
            .lines()
            .skip(1)
            .all(|line| line.starts_with("perturbation_type\t")),
        "{types}"
    );
    assert!(types.contains("\tpeptide or biologic\t"));
    folder
        .refcast(&["vocab", "--field", "perturbation_tpye"])
        .refused(&["perturbation_type"]);
    let json: Value =
        serde_json::from_str(&folder.refcast(&["vocab", "dexameth", "--json"]).ok()).unwrap();
    assert_eq!(json["entries"][0]["value"], "CHEMBL384467");
}

#[test]
fn a_search_for_signs_finds_nothing_and_says_why() {
    let ended = Folder::new().refcast(&["vocab", "%"]);
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    assert!(
        ended.stderr.contains("a letter or a digit"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_long_list_says_how_much_more_there_is() {
    let ended = Folder::new().refcast(&["vocab", "--limit", "2"]);
    assert_eq!(ended.stdout.lines().count(), 3);
    assert!(ended.stderr.contains("--limit 0"), "{}", ended.stderr);
}

#[test]
fn every_command_shows_an_example() {
    let folder = Folder::new();
    for command in ["predict", "models", "genes", "vocab", "train"] {
        let help = folder.refcast(&[command, "--help"]).ok();
        assert!(
            help.contains(&format!("  refcast {command}")),
            "{command}: {help}"
        );
        assert!(help.contains("REFCAST_"), "{command}");
    }
    assert!(
        folder
            .refcast(&["--help"])
            .ok()
            .contains("refcast predict --example")
    );
    assert!(folder.refcast(&["--version"]).ok().starts_with("refcast "));
}

#[test]
fn every_flag_has_an_environment_variable() {
    let folder = Folder::new();
    for command in ["predict", "models", "genes", "vocab", "train"] {
        let help = folder.refcast(&[command, "--help"]).ok();
        let flags = help
            .lines()
            .filter(|line| line.trim_start().starts_with('-'));
        let names = flags.filter_map(|line| line.split("--").nth(1)?.split([' ', ',']).next());
        let unwrapped = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for name in names.filter(|name| !["help", "version"].contains(name)) {
            let variable = format!("[env: REFCAST_{}=", name.to_uppercase().replace('-', "_"));
            assert!(unwrapped.contains(&variable), "{command}: no {variable}");
        }
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let program = env!("CARGO_BIN_EXE_refcast");
    let pipe = format!("set -o pipefail; '{program}' genes | head -n 1");
    let Ok(output) = std::process::Command::new("bash")
        .args(["-c", &pipe])
        .output()
    else {
        println!("SKIPPED a_reader_that_has_had_enough_is_no_error: no bash");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.stdout, b"gene_id\tgene_symbol\n");
}

#[test]
fn who_looks_for_a_control_finds_it_first() {
    let folder = Folder::new();
    for text in ["ctrl", "DMSO", "non-targeting", "EtOH"] {
        let json = folder.refcast(&["vocab", text, "--json"]).ok();
        let json: Value = serde_json::from_str(&json).unwrap();
        let first = &json["entries"][0];
        assert_eq!(first["field"], "perturbation_type", "{text}");
        assert_eq!(first["value"], "control", "{text}");
    }
}
