//! Matrices of Cell Ranger as input: the same answer as from a table of the same counts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write;

use support::{Folder, Table};

/// The table as a folder of Cell Ranger, with a surface protein at its end.
fn write_folder(folder: &Folder, table: &Table) {
    let (mut entries, mut lines) = (0, String::new());
    for cell in 0..table.samples.len() {
        for (gene, counts) in table.cells.iter().enumerate() {
            if counts[cell] != "0" {
                entries += 1;
                writeln!(lines, "{} {} {}", gene + 1, cell + 1, counts[cell]).unwrap();
            }
        }
        entries += 1;
        writeln!(lines, "{} {} 7", table.genes.len() + 1, cell + 1).unwrap();
    }
    let header = "%%MatrixMarket matrix coordinate integer general";
    let size = format!(
        "{} {} {entries}",
        table.genes.len() + 1,
        table.samples.len()
    );
    let mut features = String::new();
    for gene in &table.genes {
        writeln!(features, "{gene}\t{gene}\tGene Expression").unwrap();
    }
    features.push_str("CD3\tCD3\tAntibody Capture\n");
    std::fs::create_dir(folder.path().join("outs")).unwrap();
    folder.write("outs/matrix.mtx", format!("{header}\n{size}\n{lines}"));
    folder.write("outs/features.tsv", features);
    folder.write("outs/barcodes.tsv", table.samples.join("\n"));
}

const PERTURBATION: [&str; 4] = ["--perturbation", "dexamethasone", "--seed", "8"];

#[test]
fn a_folder_of_cell_ranger_is_answered_as_the_table_of_its_counts() {
    let folder = Folder::new();
    let table = Table::new(2);
    folder.write("counts.tsv", table.text('\t'));
    write_folder(&folder, &table);
    let predict = |input: &str, output: &str| {
        let flags = ["predict", "-i", input, "-o", output];
        folder.refcast(&[&flags[..], &PERTURBATION].concat()).ok()
    };
    predict("counts.tsv", "table.tsv");
    let report = predict("outs", "folder.tsv");
    assert!(report.contains("`Antibody Capture` (1)"), "{report}");
    assert_eq!(folder.read("table.tsv"), folder.read("folder.tsv"));
}

#[test]
fn flags_of_other_kinds_of_file_are_refused() {
    let folder = Folder::new();
    write_folder(&folder, &Table::new(1));
    let flags = [
        "predict",
        "-i",
        "outs",
        "--layer",
        "counts",
        "--samples-in-rows",
    ];
    let ended = folder.refcast(&[&flags[..], &PERTURBATION].concat());
    ended.refused(&[
        "only an .h5ad, .h5mu or .loom has layers",
        "only a text table",
    ]);
}

/// The table with its first `cells` cells changed, gene by gene.
fn changed(cells: std::ops::Range<usize>, of: usize, change: impl Fn(&str) -> String) -> Table {
    let mut table = Table::new(of);
    for row in &mut table.cells {
        for cell in cells.clone() {
            row[cell] = change(&row[cell]);
        }
    }
    table
}

#[test]
fn cells_without_a_count_are_left_out_and_named_unless_they_are_asked_for() {
    let folder = Folder::new();
    write_folder(&folder, &changed(1..2, 3, |_| "0".to_owned()));
    let flags = ["predict", "-i", "outs", "--json", "-o", "out.tsv"];
    let report = folder.refcast(&[&flags[..], &PERTURBATION].concat()).ok();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        report["references"]["used"],
        serde_json::json!(["s1", "s3"])
    );
    let notes = report["references"]["notes"].to_string();
    assert!(
        notes.contains("left out 1 of 3 samples") && notes.contains("`s2`"),
        "{notes}"
    );
    let header = String::from_utf8(folder.read("out.tsv")).unwrap();
    let header = header.lines().next().unwrap();
    assert!(
        header.contains("\ts1") && !header.contains("s2"),
        "{header}"
    );
    let asked = [&flags[..], &PERTURBATION, &["--samples", "s1,s2"]].concat();
    folder
        .refcast(&asked)
        .refused(&["`s2`", "every count is zero"]);
}

#[test]
fn a_fault_of_every_cell_is_said_once() {
    let folder = Folder::new();
    let negative = |count: &str| format!("-{count}").replace("-0", "0");
    write_folder(&folder, &changed(0..7, 7, negative));
    let flags = ["predict", "-i", "outs"];
    let ended = folder.refcast(&[&flags[..], &PERTURBATION].concat());
    ended.refused(&["`s1`", "is negative", "7 samples have a fault of this kind"]);
    assert!(!ended.stderr.contains("`s2`"), "{}", ended.stderr);
}
