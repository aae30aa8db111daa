//! The same seed gives the same bytes; another seed gives another draw.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{Folder, Table};

fn files(folder: &Folder, more: &[&str]) -> Vec<Vec<u8>> {
    ["out.h5ad", "out.tsv.gz", "out.json"]
        .into_iter()
        .map(|output| {
            let mut arguments = vec![
                "predict",
                "-i",
                "counts.tsv",
                "--perturbation",
                "dexamethasone",
                "--sampling-strategy",
                "sample generation",
                "--num-samples",
                "2",
                "-o",
                output,
            ];
            arguments.extend(more);
            folder.refcast(&arguments).ok();
            folder.read(output)
        })
        .collect()
}

#[test]
fn threads_and_batches_do_not_change_a_byte() {
    let folder = Folder::new();
    folder.write("counts.tsv", Table::new(5).text('\t'));
    let expected = files(&folder, &["--seed", "11"]);
    for more in [
        &["--threads", "1"][..],
        &["--threads", "2"],
        &["--threads", "7"],
        &["--batch-size", "1"],
        &["--batch-size", "2", "--threads", "7"],
        &["--batch-size", "100", "--threads", "2"],
    ] {
        let more = [&["--seed", "11"], more].concat();
        assert!(
            files(&folder, &more) == expected,
            "{more:?} gave other bytes"
        );
    }
    assert!(files(&folder, &["--seed", "12"]) != expected);
}

#[test]
fn a_drawn_seed_is_reported_and_repeats_the_answer() {
    let folder = Folder::new();
    let base = [
        "predict",
        "--example",
        "--sampling-strategy",
        "sample-generation",
        "-o",
        "out.json",
    ];
    let summary = folder.refcast(&[&base[..], &["--json"]].concat()).ok();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let seed = summary["query"]["seed"].to_string();
    let drawn = folder.read("out.json");
    folder
        .refcast(&[&base[..], &["--seed", &seed]].concat())
        .ok();
    assert!(
        folder.read("out.json") == drawn,
        "seed {seed} gave another answer"
    );
}

#[test]
fn samples_of_one_reference_differ_and_keep_their_place() {
    let folder = Folder::new();
    folder.write("counts.tsv", Table::new(2).text('\t'));
    let run = |samples: &str| {
        folder
            .refcast(&[
                "predict",
                "-i",
                "counts.tsv",
                "--perturbation",
                "dexamethasone",
                "--sampling-strategy",
                "sample-generation",
                "--seed",
                "5",
                "--num-samples",
                samples,
                "-o",
                "out.json",
            ])
            .ok();
        folder.json("out.json")["outputs"]
            .as_array()
            .unwrap()
            .clone()
    };
    let (two, three) = (run("2"), run("3"));
    let places: Vec<_> = three
        .iter()
        .map(|o| {
            (
                o["metadata"]["reference"].clone(),
                o["metadata"]["sample"].clone(),
            )
        })
        .collect();
    let expected = [
        ("s1", 1),
        ("s1", 2),
        ("s1", 3),
        ("s2", 1),
        ("s2", 2),
        ("s2", 3),
    ];
    assert_eq!(
        places,
        expected.map(|(reference, sample)| (reference.into(), sample.into()))
    );
    assert_ne!(three[0]["counts"], three[1]["counts"]);
    // The draws of a sample do not depend on how many there are.
    assert_eq!(
        [&two[0], &two[1], &two[2]],
        [&three[0], &three[1], &three[3]]
    );
}
