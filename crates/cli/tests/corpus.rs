//! Real files of the corpus as input.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{Folder, corpus};

/// Predicts from a file of the corpus and returns the summary.
fn predict(input: &std::path::Path, more: &[&str]) -> serde_json::Value {
    let folder = Folder::new();
    let input = input.to_str().unwrap();
    let mut arguments = vec![
        "predict",
        "-i",
        input,
        "--perturbation",
        "dexamethasone",
        "--seed",
        "1",
        "--json",
        "-o",
        "o.h5ad",
    ];
    arguments.extend(more);
    serde_json::from_str(&folder.refcast(&arguments).ok()).unwrap()
}

#[test]
fn counts_of_studies_align_and_answer() {
    let Some(corpus) = corpus("counts_of_studies_align_and_answer") else {
        return;
    };
    for study in [
        "airway_GSE52778",
        "HPPT_cytokines_Jankowski",
        "parathyroid_GSE37211",
    ] {
        let summary = predict(&corpus.join("bulk").join(study).join("counts.tsv.gz"), &[]);
        let kept = summary["alignment"]["fraction_of_counts_kept"]
            .as_array()
            .unwrap();
        assert_eq!(
            kept.len(),
            summary["references"]["used"].as_array().unwrap().len(),
            "{study}"
        );
        assert!(
            kept.iter().all(|kept| kept.as_f64().unwrap() > 0.5),
            "{study}: {kept:?}"
        );
    }
}

#[test]
fn dexamethasone_raises_what_it_is_known_to_raise() {
    let Some(corpus) = corpus("dexamethasone_raises_what_it_is_known_to_raise") else {
        return;
    };
    let summary = predict(
        &corpus.join("bulk/airway_GSE52778/counts.tsv.gz"),
        &["--samples", "SRR1039508"],
    );
    let up: Vec<&str> = summary["effect"]["up"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["gene"].as_str().unwrap())
        .collect();
    // Targets of the glucocorticoid receptor in these very cells (Himes et al. 2014).
    let known = [
        "FKBP5", "TSC22D3", "PER1", "KLF15", "DUSP1", "CRISPLD2", "ZBTB16", "SAMHD1", "MAOA",
        "SPARCL1", "ADAMTS1", "FAM107A", "GPX3", "STEAP4",
    ];
    let found = up.iter().filter(|gene| known.contains(gene)).count();
    assert!(found >= 3, "{up:?}");
}

#[test]
fn a_table_that_holds_no_counts_is_refused() {
    let Some(corpus) = corpus("a_table_that_holds_no_counts_is_refused") else {
        return;
    };
    let table = std::fs::read_dir(corpus.join("atlas"))
        .unwrap()
        .find_map(|entry| {
            let path = entry.unwrap().path().join("tpm.tsv.gz");
            path.is_file().then_some(path)
        });
    let Some(table) = table else {
        println!("SKIPPED a_table_that_holds_no_counts_is_refused: the corpus has no tpm.tsv.gz");
        return;
    };
    let folder = Folder::new();
    let ended = folder.refcast(&[
        "predict",
        "-i",
        table.to_str().unwrap(),
        "--perturbation",
        "control",
        "-o",
        "o.tsv",
    ]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(folder.names().is_empty());
}
