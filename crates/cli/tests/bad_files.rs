//! Input files that cannot be used: exit code 3, a message that says where and what to do, and no
//! file left behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{Folder, Table, gzipped, h5ad_fixture, refcast_with};

const CONTROL: [&str; 2] = ["--perturbation", "control"];

/// Runs on the file `name`, which must be refused for all of `parts`.
fn refuse(folder: &Folder, name: &str, more: &[&str], parts: &[&str]) {
    let before = folder.names();
    for output in ["out.h5ad", "out.tsv.gz", "out.json"] {
        let mut arguments = vec!["predict", "-i", name, "-o", output];
        arguments.extend(CONTROL);
        arguments.extend(more);
        let ended = folder.refcast(&arguments);
        ended.refused(&[name]);
        ended.refused(parts);
        assert_eq!(folder.names(), before, "something was left behind");
    }
}

/// As [`refuse`], for a table as TSV.
fn refuse_table(table: &Table, parts: &[&str]) {
    let folder = Folder::new();
    folder.write("bad.tsv", table.text('\t'));
    refuse(&folder, "bad.tsv", &[], parts);
}

#[test]
fn a_negative_count() {
    let table = Table::new(2).with(3, 1, "-4");
    let gene = table.genes[3].clone();
    refuse_table(&table, &["`s2`", &gene, "negative", "raw counts"]);
}

#[test]
fn log_transformed_values() {
    let mut table = Table::new(2);
    for row in &mut table.cells {
        for cell in row {
            *cell = format!("{:.4}", cell.parse::<f64>().unwrap().ln_1p());
        }
    }
    refuse_table(&table, &["`s1`", "log-transformed", "raw counts"]);
}

#[test]
fn normalised_values() {
    let mut table = Table::new(1);
    let library = table.library_size(0) as f64;
    for row in &mut table.cells {
        row[0] = format!("{:.6}", row[0].parse::<f64>().unwrap() * 1e6 / library);
    }
    refuse_table(&table, &["bad.tsv", "TPM or CPM", "raw counts"]);
}

#[test]
fn a_value_that_is_not_a_number() {
    let table = Table::new(2).with(5, 0, "NaN");
    let gene = table.genes[5].clone();
    refuse_table(&table, &["`s1`", &gene, "NaN"]);
}

#[test]
fn text_among_the_counts() {
    refuse_table(
        &Table::new(2).with(5, 0, "high"),
        &["bad.tsv:7", "`s1`", "`high`"],
    );
}

#[test]
fn a_sample_of_zeros() {
    let mut table = Table::new(3);
    table
        .cells
        .iter_mut()
        .for_each(|row| row[1] = "0".to_owned());
    let folder = Folder::new();
    folder.write("counts.tsv", table.text('\t'));
    let all = ["predict", "-i", "counts.tsv", "--perturbation", "control"];
    let told = folder.refcast(&all).ok();
    assert!(
        told.contains("left out 1 of 3 samples") && told.contains("`s2`"),
        "{told}"
    );
    // It is refused where it was asked for.
    let asked = [&all[..], &["--samples", "s1,s2"]].concat();
    folder.refcast(&asked).refused(&["`s2`", "zero"]);
}

#[test]
fn every_bad_sample_is_named_at_once() {
    let table = Table::new(4).with(0, 0, "-1").with(9, 2, "0.5");
    refuse_table(&table, &["`s1`", "negative", "`s3`", "not whole"]);
}

#[test]
fn fewer_than_a_hundred_genes() {
    let table = Table::new(1).every(300);
    refuse_table(
        &table,
        &["100 are the least", "all genes that were measured"],
    );
}

#[test]
fn genes_of_another_species() {
    let table = Table::new(1).named(|_, id| id.replace("ENSG", "ENSMUSG"));
    refuse_table(&table, &["another species", "orthologues"]);
}

#[test]
fn a_sample_named_twice() {
    let mut table = Table::new(3);
    table.samples[2] = "s1".to_owned();
    refuse_table(&table, &["`s1`", "more than once"]);
}

#[test]
fn a_row_with_a_cell_too_few() {
    let mut table = Table::new(3);
    table.cells[6].pop();
    refuse_table(&table, &["bad.tsv:8", "3 columns where 4"]);
}

#[test]
fn a_table_on_its_side() {
    let folder = Folder::new();
    folder.write("bad.tsv", Table::new(2).text_by_sample());
    refuse(&folder, "bad.tsv", &[], &["--samples-in-rows"]);
}

#[test]
fn a_truncated_gzip() {
    let folder = Folder::new();
    let bytes = gzipped(Table::new(2).text('\t').as_bytes());
    folder.write("bad.tsv.gz", &bytes[..bytes.len() / 2]);
    refuse(&folder, "bad.tsv.gz", &[], &["truncated"]);
}

#[test]
fn an_empty_file() {
    let folder = Folder::new();
    folder.write("bad.tsv", "").write("bad.h5ad", "");
    refuse(&folder, "bad.tsv", &[], &["empty"]);
    refuse(&folder, "bad.h5ad", &[], &["empty"]);
}

#[test]
fn a_file_that_is_not_there() {
    refuse(&Folder::new(), "bad.tsv", &[], &["check the path"]);
    refuse(&Folder::new(), "bad.h5ad", &[], &[]);
}

#[test]
fn a_truncated_hdf5() {
    let folder = Folder::new();
    let bytes = h5ad_fixture("0.12_csr.h5ad");
    folder.write("bad.h5ad", &bytes[..bytes.len() / 2]);
    refuse(&folder, "bad.h5ad", &[], &[]);
}

#[test]
fn an_hdf5_that_is_no_anndata() {
    let folder = Folder::new();
    folder.write("bad.h5ad", h5ad_fixture("not_anndata.h5"));
    // It has the beginnings of a matrix of Cell Ranger.
    refuse(&folder, "bad.h5ad", &[], &["matrix/shape: is missing"]);
}

#[test]
fn an_hdf5_filter_that_is_not_supported() {
    let folder = Folder::new();
    folder.write("bad.h5ad", h5ad_fixture("0.12_zstd.h5ad"));
    refuse(&folder, "bad.h5ad", &[], &["zstd"]);
}

#[test]
fn a_file_of_another_kind() {
    let folder = Folder::new();
    folder
        .write("bad.h5ad", Table::new(1).text('\t'))
        .write("bad.h5", Table::new(1).text('\t'))
        .write("bad.tsv", h5ad_fixture("0.12_csr.h5ad"));
    refuse(&folder, "bad.h5ad", &[], &["HDF5"]);
    refuse(&folder, "bad.h5", &[], &["HDF5", "10x"]);
    // What is in it counts, not its name.
    let flags = ["predict", "-i", "bad.tsv", "--samples-in-rows"];
    let ended = folder.refcast(&[&flags[..], &CONTROL].concat());
    ended.refused(&["only a text table"]);
}

#[test]
fn a_layer_that_is_not_there() {
    let folder = Folder::new();
    folder.write("bad.h5ad", h5ad_fixture("0.12_csr.h5ad"));
    refuse(
        &folder,
        "bad.h5ad",
        &["--layer", "spliced"],
        &["layers/spliced"],
    );
}

#[test]
fn a_sample_that_is_not_there_is_answered_with_the_nearest() {
    let folder = Folder::new();
    let mut table = Table::new(2);
    table.samples = ["treated", "untreated"].map(str::to_owned).into();
    folder.write("counts.tsv", table.text('\t'));
    let arguments = [
        "predict",
        "-i",
        "counts.tsv",
        "--perturbation",
        "control",
        "--samples",
        "treatd,x",
    ];
    folder
        .refcast(&arguments)
        .refused(&["samples", "`treatd`", "nearest: treated", "`x`"]);
}

#[test]
fn a_bad_sample_that_was_not_picked_does_not_matter() {
    let folder = Folder::new();
    folder.write("counts.tsv", Table::new(3).with(0, 1, "-1").text('\t'));
    let arguments = [
        "predict",
        "-i",
        "counts.tsv",
        "--perturbation",
        "control",
        "--samples",
        "s1,s3",
        "-o",
        "o.json",
    ];
    folder.refcast(&arguments).ok();
    let result = folder.json("o.json");
    let references: Vec<_> = result["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["metadata"]["reference"])
        .collect();
    assert_eq!(references, ["s1", "s3"]);
}

#[test]
fn a_fault_of_standard_input_names_it() {
    let folder = Folder::new();
    let mut table = Table::new(3);
    table.cells[6].pop();
    let arguments = ["predict", "-i", "-", "--perturbation", "control"];
    let ended = refcast_with(folder.path(), &arguments, &[], table.text('\t').as_bytes());
    ended.refused(&["stdin:8"]);
    assert!(!ended.stderr.contains("tmp"), "{}", ended.stderr);
}
