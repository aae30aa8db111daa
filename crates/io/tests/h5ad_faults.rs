//! Files that cannot be used: one message with the file, the field and the way out.

#![allow(clippy::unwrap_used)]

mod h5ad_support;

use h5ad_support::*;
use refcast_io::h5ad::Matrix;

/// Asserts that reading gives a message with all of `parts`, and the file's name.
fn expect(path: &std::path::Path, matrix: Matrix, parts: &[&str]) {
    let message = message(path, matrix);
    let name = path.file_name().unwrap().to_str().unwrap();
    for part in parts.iter().chain([&name]) {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new();
    expect(
        &folder.path("absent.h5ad"),
        Matrix::X,
        &["cannot be opened", "check the path"],
    );
}

#[test]
fn a_folder_and_an_empty_file_are_told_from_damage() {
    let folder = Folder::new();
    let path = folder.path("store.zarr");
    std::fs::create_dir(&path).unwrap();
    expect(&path, Matrix::X, &["is a folder", "read_zarr"]);
    expect(&folder.file("empty.h5ad", b""), Matrix::X, &["is empty"]);
}

#[test]
fn text_is_not_hdf5() {
    let folder = Folder::new();
    let path = folder.file("table.h5ad", b"gene\ts1\nTP53\t5\n");
    expect(&path, Matrix::X, &["not an HDF5 file", ".tsv"]);
}

#[test]
fn a_truncated_file_is_said_to_be_damaged() {
    let folder = Folder::new();
    let bytes = fixture("0.12_dense.h5ad");
    let path = folder.file("cut.h5ad", &bytes[..bytes.len() / 2]);
    expect(&path, Matrix::X, &["damaged", "again"]);
}

#[test]
fn hdf5_that_is_no_anndata_lists_what_it_has() {
    let folder = Folder::new();
    let path = folder.fixture("not_anndata.h5");
    expect(
        &path,
        Matrix::X,
        &["not h5ad", "experiment, matrix", "read_10x_h5"],
    );
}

#[test]
fn a_missing_layer_lists_those_present() {
    let folder = Folder::new();
    let path = folder.fixture("0.12_csr.h5ad");
    let parts = ["layers/spliced", "not in the file", "X, layer by_gene, raw"];
    expect(&path, layer("spliced"), &parts);
    expect(&path, layer("by_gene/data"), &["not in the file"]);
    expect(&path, layer(""), &["not in the file"]);
    let dense = folder.fixture("0.12_dense.h5ad");
    expect(
        &dense,
        Matrix::Raw,
        &["raw/X", "not in the file", "X, layer counts"],
    );
}

#[test]
fn a_file_without_x_lists_its_layers() {
    let folder = Folder::new();
    let path = folder.fixture("0.12_no_x.h5ad");
    let parts = ["X: is not in the file", "layer counts", "`--layer counts`"];
    expect(&path, Matrix::X, &parts);
    assert_eq!(
        read_all(&path, layer("counts")).unwrap(),
        counts(GENES, 1.0)
    );
}

#[test]
fn an_unsupported_filter_is_named_with_the_way_to_rewrite() {
    let folder = Folder::new();
    for (fixture, filter) in [("0.12_zstd.h5ad", "zstd"), ("0.12_blosc.h5ad", "blosc")] {
        let path = folder.fixture(fixture);
        let parts = ["X", filter, "adata.write_h5ad(path, compression=\"gzip\")"];
        expect(&path, Matrix::X, &parts);
    }
}

#[test]
fn a_newer_format_of_hdf5_is_no_damage() {
    let folder = Folder::new();
    // The layout of version 5, and a tree of chunks for a dataset that may grow both ways.
    for (fixture, name) in [
        ("latest_layout5.h5ad", "fixed"),
        ("latest_layout4.h5ad", "growing_both"),
    ] {
        let path = folder.fixture(fixture);
        let parts = ["newer format of HDF5", "h5repack", "write_h5ad"];
        expect(&path, layer(name), &parts);
        assert!(!message(&path, layer(name)).contains("damaged"));
    }
}

#[test]
fn true_and_false_are_no_counts_and_those_are_named() {
    let folder = Folder::new();
    let path = folder.fixture("0.12_widths.h5ad");
    let parts = ["layers/bool", "true and false", "X holds whole numbers"];
    expect(&path, layer("bool"), &parts);
}
