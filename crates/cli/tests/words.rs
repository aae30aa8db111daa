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
    for (model, outputs) in [("gem-1-bulk", ["a.json"]), ("gem-1-sc", ["a.h5ad"])] {
        for output in outputs {
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
    let table = |samples: &str, output: &str| -> Vec<Vec<String>> {
        let how = [
            "--sampling-strategy",
            "sample-generation",
            "-n",
            samples,
            "-o",
            output,
        ];
        folder.refcast(&[&own[..], &how].concat()).ok();
        let text = String::from_utf8(folder.read(output)).unwrap();
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
        text.lines().map(cells).collect()
    };
    let (few, many) = (table("2", "few.tsv"), table("131", "many.tsv"));
    assert_eq!((few.len(), many[0].len()), (many.len(), 2 + 131));
    for (few, many) in few.iter().zip(&many) {
        assert_eq!(few[..], many[..4]);
    }
    assert!(many[0][132].ends_with(".131"), "{}", many[0][132]);
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
