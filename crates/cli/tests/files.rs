//! The files that are written, and what is printed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::{Folder, Table, genes, python, run_script};

const PREDICT: [&str; 7] = [
    "predict",
    "-i",
    "counts.tsv",
    "--perturbation",
    "dexamethasone",
    "--seed",
    "8",
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("counts.tsv", Table::new(2).text('\t'));
    folder
}

#[test]
fn the_result_json_has_what_clients_of_the_protocol_read() {
    let folder = folder();
    folder
        .refcast(&[&PREDICT[..], &["-n", "2", "-o", "out.json"]].concat())
        .ok();
    let result = folder.json("out.json");
    let outputs = result["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 4);
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    for output in outputs {
        assert_eq!(keys(output), keys(&outputs[0]));
        assert_eq!(output["counts"].as_array().unwrap().len(), genes().len());
        assert!(
            output["counts"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_u64)
        );
        for group in ["biological", "technical", "perturbation"] {
            assert!(!output["latents"][group].as_array().unwrap().is_empty());
        }
        assert_eq!(
            output["metadata"]["perturbation_ontology_id"],
            "CHEMBL384467"
        );
    }
    let order: Vec<&str> = result["gene_order"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    assert!(
        order
            .iter()
            .zip(genes())
            .all(|(one, (other, _))| one == other)
    );
    assert!(!result["model_version"].as_str().unwrap().is_empty());
}

#[test]
fn anndata_opens_the_h5ad_and_finds_everything_in_it() {
    let Some(python) = python("anndata_opens_the_h5ad_and_finds_everything_in_it") else {
        return;
    };
    let folder = folder();
    folder
        .refcast(&[&PREDICT[..], &["-n", "2", "-o", "out.h5ad"]].concat())
        .ok();
    folder
        .refcast(&[&PREDICT[..], &["-n", "2", "-o", "out.json"]].concat())
        .ok();
    run_script(&python, "check_h5ad.py", &[], folder.path());
}

#[test]
fn what_was_written_can_be_a_reference_again() {
    let folder = folder();
    folder
        .refcast(&[&PREDICT[..], &["-o", "once.h5ad"]].concat())
        .ok();
    folder
        .refcast(&[&PREDICT[..], &["-o", "once.tsv.gz"]].concat())
        .ok();
    for (input, output) in [
        ("once.h5ad", "from_h5ad.tsv"),
        ("once.tsv.gz", "from_tsv.tsv"),
    ] {
        folder
            .refcast(&[
                "predict",
                "-i",
                input,
                "--perturbation",
                "control",
                "-o",
                output,
            ])
            .ok();
    }
    assert_eq!(folder.read("from_h5ad.tsv"), folder.read("from_tsv.tsv"));
    assert_eq!(
        folder.read("from_tsv.tsv"),
        support::unzipped(&folder.read("once.tsv.gz")).into_bytes()
    );
}

#[test]
fn an_older_file_of_the_name_is_replaced_only_by_a_whole_one() {
    let folder = folder();
    folder.write("out.tsv", "older");
    folder.write("bad.tsv", Table::new(2).with(9, 1, "-1").text('\t'));
    let bad = [
        "predict",
        "-i",
        "bad.tsv",
        "--perturbation",
        "control",
        "-o",
        "out.tsv",
    ];
    folder.refcast(&bad).refused(&["negative"]);
    assert_eq!(folder.read("out.tsv"), b"older");
    folder
        .refcast(&[&PREDICT[..], &["-o", "out.tsv"]].concat())
        .ok();
    assert!(folder.read("out.tsv").starts_with(b"gene_id\t"));
    assert_eq!(folder.names(), ["bad.tsv", "counts.tsv", "out.tsv"]);
}

#[test]
fn the_report_says_what_a_person_needs_and_fits_a_terminal() {
    let folder = folder();
    let report = folder
        .refcast(&[&PREDICT[..], &["-o", "out.tsv"]].concat())
        .ok();
    for part in [
        "gem-1-bulk",
        "all 2 samples of counts.tsv",
        "dexamethasone",
        "CHEMBL384467",
        "seed 8",
        "Support",
        "log2FC",
        "Up",
        "Down",
        "out.tsv",
    ] {
        assert!(report.contains(part), "no `{part}` in:\n{report}");
    }
    assert!(!report.contains('\u{1b}'), "colours without a terminal");
    assert!(
        report.lines().all(|line| line.chars().count() <= 100),
        "{report}"
    );
}

#[test]
fn programs_get_the_same_as_json_and_nothing_else() {
    let folder = folder();
    let ended = folder.refcast(&[&PREDICT[..], &["-o", "out.tsv", "--json"]].concat());
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
    let summary: Value = serde_json::from_str(&ended.ok()).unwrap();
    assert_eq!(summary["model"]["id"], "gem-1-bulk");
    assert_eq!(
        summary["references"]["used"],
        serde_json::json!(["s1", "s2"])
    );
    assert_eq!(summary["alignment"]["matched"], genes().len());
    assert_eq!(summary["perturbation"][0]["id"], "CHEMBL384467");
    assert!(summary["support"]["level"].is_string());
    assert_eq!(summary["effect"]["up"].as_array().unwrap().len(), 10);
    assert_eq!(summary["output"]["file"], "out.tsv");
}

#[test]
fn quiet_is_quiet() {
    let folder = folder();
    let ended = folder.refcast(&[&PREDICT[..], &["-o", "out.tsv", "--quiet"]].concat());
    assert!(ended.stdout.is_empty() && ended.stderr.is_empty());
    assert_eq!(ended.code, 0);
}
