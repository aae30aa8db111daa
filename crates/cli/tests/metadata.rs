//! `baseline` and `annotate`: from metadata to samples and back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::Folder;

const LIVERS: [&str; 9] = [
    "baseline", "--tissue", "liver", "--sex", "female", "-n", "3", "--seed", "1",
];

fn livers(folder: &Folder, output: &str, more: &[&str]) -> Vec<u8> {
    let arguments = [&LIVERS[..], &["-o", output], more].concat();
    folder.refcast(&arguments).ok();
    folder.read(output)
}

#[test]
fn generated_livers_are_told_to_be_livers_of_whole_tissue() {
    let folder = Folder::new();
    livers(&folder, "livers.tsv", &[]);
    let told = folder
        .refcast(&["annotate", "-i", "livers.tsv", "--seed", "1", "--json"])
        .ok();
    let told: Value = serde_json::from_str(&told).unwrap();
    let samples = told["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3);
    for sample in samples {
        assert_eq!(sample["is_familiar"], true);
        let value = |field: &str| {
            let fields = sample["fields"].as_array().unwrap();
            let own = fields.iter().find(|own| own["field"] == field).unwrap();
            own["label"].as_str().unwrap().to_owned()
        };
        assert_eq!(value("tissue_ontology_id"), "liver");
        assert_eq!(value("cell_line_ontology_id"), "no cell line");
        assert_eq!(value("sex"), "female");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = Folder::new();
    for output in ["out.h5ad", "out.tsv.gz", "out.json"] {
        let expected = livers(&folder, output, &["--threads", "1"]);
        assert_eq!(
            livers(&folder, output, &["--threads", "7"]),
            expected,
            "{output}"
        );
    }
}

#[test]
fn an_annotation_is_written_in_every_format() {
    let folder = Folder::new();
    livers(&folder, "livers.tsv", &[]);
    for output in ["told.tsv", "told.csv", "told.json", "told.h5ad"] {
        let own = ["annotate", "-i", "livers.tsv", "--seed", "1", "-o", output];
        folder.refcast(&own).ok();
        assert!(!folder.read(output).is_empty(), "{output}");
    }
    let table = String::from_utf8(folder.read("told.tsv")).unwrap();
    assert_eq!(table.lines().count(), 4);
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split('\t').collect()).collect();
    let of = |row: usize, column: &str| {
        let at = rows[0].iter().position(|own| *own == column);
        rows[row][at.unwrap_or_else(|| panic!("no column {column}"))]
    };
    let probability: f64 = of(1, "tissue_ontology_id_probability").parse().unwrap();
    assert!(probability > 0.5);
    // Sure is the value itself or a term above it.
    let (value, sure) = (
        of(1, "tissue_ontology_id"),
        of(1, "tissue_ontology_id_sure"),
    );
    assert!(sure.starts_with("UBERON:"), "{sure}");
    assert_eq!(sure == value, probability >= 0.9);
    assert!(!of(1, "tissue_ontology_id_sure_label").is_empty());
    let json = folder.json("told.json");
    let output = &json["outputs"][0];
    for key in ["metadata", "classifier_probs", "latents", "decoder_sample"] {
        assert!(output[key].is_object(), "{key}");
    }
}

#[test]
fn a_mean_has_the_library_size_that_was_asked_for() {
    let folder = Folder::new();
    let more = [
        "--sampling-strategy",
        "mean-estimation",
        "--total-count",
        "123456",
    ];
    livers(&folder, "out.json", &more);
    let counts = folder.json("out.json")["outputs"][0]["counts"].clone();
    let total: u64 = counts
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own.as_u64().unwrap())
        .sum();
    assert_eq!(total, 123_456);
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_what_was_meant() {
    let folder = Folder::new();
    folder
        .refcast(&[
            "baseline", "--tissue", "livr", "--sex", "femal", "--set", "mood", "-n", "0",
        ])
        .refused(&["liver", "female", "FIELD=VALUE", "num_samples"]);
    folder
        .refcast(&[
            "annotate", "-i", "none.tsv", "--fields", "tisue", "-o", "x.foo",
        ])
        .refused(&["tissue_ontology_id", "x.foo", "none.tsv"]);
}

#[test]
fn a_term_that_was_not_seen_is_answered_from_its_relatives() {
    let folder = Folder::new();
    let told = folder
        .refcast(&["baseline", "--tissue", "right lobe of liver", "--seed", "1"])
        .ok();
    assert!(
        told.contains("was not seen: answered from its relatives"),
        "{told}"
    );
}
