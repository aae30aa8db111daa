//! Controls, types and names of samples through the program, as people write them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::Folder;

fn report(arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&Folder::new().refcast(&arguments).ok()).unwrap()
}

#[test]
fn a_control_is_reported_as_one_whatever_it_is_called() {
    for text in ["CTRL_1", "DMSO 0.1%", "siNC", "Mock-infected"] {
        let told = report(&["predict", "--example", "--perturbation", text]);
        assert_eq!(
            told["query"]["perturbation"]["perturbation_type"],
            "control"
        );
        assert_eq!(told["perturbation"][0]["given"], text);
        assert_eq!(told["perturbation"][0]["label"], "control");
        let told = report(&["baseline", "--tissue", "kidney", "--perturbation", text]);
        assert_eq!(
            told["query"]["perturbation"]["perturbation_type"],
            "control"
        );
    }
}

#[test]
fn a_guessed_type_is_said() {
    for (text, kind) in [("TP53", "crispr"), ("TNF", "peptide or biologic")] {
        let told = report(&["predict", "--example", "--perturbation", text]);
        assert_eq!(told["query"]["perturbation"]["perturbation_type"], kind);
        let note = told["perturbation"][0]["note"].as_str().unwrap();
        assert!(note.contains("no type was given"), "{note}");
    }
}

#[test]
fn a_mean_estimate_with_deterministic_latents_is_the_same_without_a_seed() {
    let folder = Folder::new();
    for model in ["gem-1-bulk", "gem-1-sc"] {
        for output in ["a.h5ad", "a.json"] {
            let run = || {
                let own = [
                    "predict",
                    "--example",
                    "--model",
                    model,
                    "--perturbation",
                    "IFNB1",
                ];
                let how = ["--deterministic-latents", "-n", "3", "-o", output];
                folder.refcast(&[&own[..], &how].concat()).ok();
                folder.read(output)
            };
            assert_eq!(run(), run(), "{model} {output}");
        }
    }
}

#[test]
fn many_samples_of_one_reference_are_those_of_a_few_and_more() {
    let folder = Folder::new();
    let own = [
        "predict",
        "--example",
        "--perturbation",
        "hypoxia",
        "--seed",
        "3",
    ];
    let outputs = |samples: &str, output: &str| -> Vec<Value> {
        let how = [
            "--sampling-strategy",
            "sample-generation",
            "-n",
            samples,
            "-o",
            output,
        ];
        folder.refcast(&[&own[..], &how].concat()).ok();
        let all: Value = serde_json::from_slice(&folder.read(output)).unwrap();
        all["outputs"].as_array().unwrap().clone()
    };
    let (few, many) = (outputs("2", "few.json"), outputs("131", "many.json"));
    assert_eq!((few.len(), many.len()), (2, 131));
    assert_eq!(few[..], many[..2]);
    let numbers: Vec<u64> = many
        .iter()
        .map(|own| own["metadata"]["sample"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=131).collect::<Vec<u64>>());
}

#[test]
fn ages_and_sexes_are_read_as_people_write_them() {
    let told = report(&[
        "baseline",
        "--tissue",
        "whole blood",
        "--sex",
        "F",
        "--age",
        "45 years",
        "--seed",
        "1",
    ]);
    assert_eq!(told["metadata"]["tissue_ontology_id"], "UBERON:0000178");
    assert_eq!(told["metadata"]["sex"], "female");
    assert_eq!(told["metadata"]["age_years"], "45");
    Folder::new()
        .refcast(&["baseline", "--tissue", "colon", "--age", "60-69"])
        .refused(&["age_years", "64.5"]);
}
