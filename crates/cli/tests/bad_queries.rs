//! Queries that cannot be answered, and flags that make no sense: every fault at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{Folder, Table, refcast_with};

/// Runs `predict --example` with `more`; it must be refused for all of `parts` and leave nothing.
fn refuse(more: &[&str], parts: &[&str]) {
    let folder = Folder::new();
    let mut arguments = vec!["predict", "--example", "-o", "out.tsv"];
    arguments.extend(more);
    folder.refcast(&arguments).refused(parts);
    assert!(
        folder.names().is_empty(),
        "{:?} left behind",
        folder.names()
    );
}

#[test]
fn a_name_that_no_table_knows_is_answered_with_the_nearest() {
    refuse(
        &["--perturbation", "dexamethasonne"],
        &["dexamethasonne", "nearest", "dexamethasone", "CHEMBL384467"],
    );
}

#[test]
fn an_id_that_no_table_knows_is_answered_with_the_nearest() {
    refuse(
        &[
            "--perturbation-ontology-id",
            "CHEMBL3844679",
            "--perturbation-type",
            "compound",
        ],
        &["perturbation_ontology_id", "CHEMBL3844679", "nearest"],
    );
}

#[test]
fn an_id_in_no_known_form() {
    refuse(
        &[
            "--perturbation-ontology-id",
            "DB01234",
            "--perturbation-type",
            "compound",
        ],
        &["perturbation_ontology_id", "DB01234", "CHEMBL25"],
    );
}

#[test]
fn an_id_and_a_type_that_contradict() {
    refuse(
        &[
            "--perturbation-ontology-id",
            "CHEMBL384467",
            "--perturbation-type",
            "crispr",
        ],
        &["perturbation_type", "contradicts CHEMBL384467"],
    );
}

#[test]
fn a_control_with_an_entity() {
    refuse(
        &[
            "--perturbation",
            "dexamethasone",
            "--perturbation-type",
            "control",
        ],
        &["perturbation_type", "a control has no entity"],
    );
}

#[test]
fn a_name_and_an_id() {
    refuse(
        &[
            "--perturbation",
            "dexamethasone",
            "--perturbation-ontology-id",
            "CHEMBL384467",
        ],
        &["perturbation", "either"],
    );
}

#[test]
fn doses_and_times_that_do_not_parse() {
    for (flag, value, field) in [
        ("--perturbation-dose", "a lot", "perturbation_dose"),
        ("--perturbation-dose", "-3 uM", "perturbation_dose"),
        ("--perturbation-time", "later", "perturbation_time"),
        ("--perturbation-time", "5 m", "perturbation_time"),
    ] {
        refuse(
            &["--perturbation", "dexamethasone", flag, value],
            &[field, value],
        );
    }
}

#[test]
fn flags_out_of_range() {
    for (flag, value, field) in [
        ("--num-samples", "0", "num_samples"),
        ("--num-samples", "1000000", "num_samples"),
        ("--num-samples", "-1", "num_samples"),
        ("--seed", "-1", "seed"),
        ("--seed", "1e3", "seed"),
        ("--sampling-strategy", "median", "sampling_strategy"),
        ("--conditioning", "biological,mood", "conditioning"),
        ("--total-count", "1000000", "total_count"),
        ("--threads", "0", "threads"),
        ("--threads", "many", "threads"),
        ("--batch-size", "0", "batch_size"),
        ("--model", "gem-9", "model"),
    ] {
        refuse(&["--perturbation", "dexamethasone", flag, value], &[field]);
    }
    refuse(
        &["--fixed-total-count", "--total-count", "0"],
        &["total_count"],
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let folder = Folder::new();
    folder.write("counts.tsv", Table::new(2).text('\t'));
    let ended = folder.refcast(&[
        "predict",
        "-i",
        "counts.tsv",
        "-o",
        "out.xlsx",
        "--samples",
        "s9",
        "--perturbation",
        "dexamethasonne",
        "--perturbation-dose",
        "some",
        "--perturbation-time",
        "later",
        "--num-samples",
        "0",
        "--seed",
        "x",
        "--sampling-strategy",
        "guess",
        "--threads",
        "0",
    ]);
    ended.refused(&[
        "output",
        "threads",
        "dexamethasonne",
        "perturbation_dose",
        "perturbation_time",
        "num_samples",
        "seed",
        "sampling_strategy",
        "`s9`",
    ]);
    assert_eq!(folder.names(), ["counts.tsv"]);
}

#[test]
fn an_output_that_cannot_be_written_is_said_before_any_work() {
    let folder = Folder::new();
    folder.write("counts.tsv", Table::new(1).text('\t'));
    for (output, part) in [
        ("out.xlsx", ".h5ad, .json, .tsv"),
        ("out", ".h5ad, .json, .tsv"),
        ("no/such/folder/out.tsv", "does not exist"),
        ("counts.tsv", "is an input"),
    ] {
        let arguments = [
            "predict",
            "-i",
            "counts.tsv",
            "--perturbation",
            "control",
            "-o",
            output,
        ];
        folder.refcast(&arguments).refused(&["output", part]);
    }
    assert_eq!(
        folder.read("counts.tsv"),
        Table::new(1).text('\t').into_bytes()
    );
}

#[test]
fn an_input_is_needed_and_one_is_enough() {
    let folder = Folder::new();
    folder
        .refcast(&["predict", "--perturbation", "control"])
        .refused(&["input", "--example"]);
    let both = [
        "predict",
        "-i",
        "x.tsv",
        "--example",
        "--perturbation",
        "control",
    ];
    folder.refcast(&both).refused(&["input", "either"]);
    let layer = [
        "predict",
        "-i",
        "x.tsv",
        "--layer",
        "counts",
        "--perturbation",
        "control",
    ];
    folder.refcast(&layer).refused(&["layer", "only an .h5ad"]);
    refuse(&["--samples", "s1"], &["samples", "--example"]);
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    let folder = Folder::new();
    for arguments in [
        &["predict", "--no-such-flag"][..],
        &["no-such-command"],
        &["predict", "--seed"],
    ] {
        assert_eq!(folder.refcast(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn programs_get_the_faults_as_json() {
    let folder = Folder::new();
    let arguments = [
        "predict",
        "--example",
        "--json",
        "--seed",
        "x",
        "--perturbation",
        "control",
    ];
    let ended = folder.refcast(&arguments);
    assert_eq!(ended.code, 3);
    let body: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&body["errors"][0]["path"], &body["errors"][0]["code"]),
        (&"seed".into(), &"out_of_range".into())
    );
}

#[test]
fn a_flag_may_come_from_the_environment_and_the_flag_wins() {
    let folder = Folder::new();
    let arguments = ["predict", "--example", "--perturbation", "control"];
    let ended = refcast_with(folder.path(), &arguments, &[("REFCAST_SEED", "x")], b"");
    ended.refused(&["seed", "`x`"]);
    let mut arguments = arguments.to_vec();
    arguments.extend(["--seed", "1"]);
    refcast_with(folder.path(), &arguments, &[("REFCAST_SEED", "x")], b"").ok();
}

#[test]
fn a_folder_that_is_no_bundle() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("bundle")).unwrap();
    let arguments = ["predict", "--example", "--model", "bundle"];
    folder
        .refcast(&arguments)
        .refused(&["model", "bundle", "manifest.json"]);
}

#[test]
fn training_needs_a_recipe_and_a_corpus() {
    let folder = Folder::new();
    let arguments = [
        "train",
        "no.toml",
        "--corpus",
        "none",
        "--output",
        "bundle",
        "--threads",
        "0",
    ];
    folder
        .refcast(&arguments)
        .refused(&["threads", "recipe", "no.toml", "corpus", "none"]);
    assert!(folder.names().is_empty());
}
