//! Files of Cell Ranger that cannot be used: every fault at once, with its place and the way out.

#![allow(clippy::unwrap_used)]

mod tenx_support;

use hdf5_pure::FileBuilder;
use tenx_support::*;

#[test]
fn a_truncated_matrix_is_refused_before_the_first_cell() {
    let folder = Folder::new();
    let path = folder.matrix("m", FEATURES, BARCODES, "3 2 4\n1 1 5\n3 1 9\n");
    expect(
        &path,
        1,
        &["m/matrix.mtx.gz:6", "after 2 of 4 entries", "copy it again"],
    );
    let whole = gzipped(&format!(
        "%%MatrixMarket matrix coordinate integer general\n{MATRIX}"
    ));
    folder.file("m/matrix.mtx.gz", &whole[..whole.len() - 12]);
    expect(&path, 1, &["matrix.mtx.gz", "gzip stream ends early"]);
}

#[test]
fn a_line_that_is_no_entry_is_named() {
    let folder = Folder::new();
    for (matrix, parts) in [
        (
            "3 2 2\n1 1 5\n1 two 3\n",
            ["matrix.mtx.gz:5", "`1 two 3` is not an entry"],
        ),
        (
            "3 2 1\n4 1 5\n",
            [
                "matrix.mtx.gz:4",
                "`4 1 5` lies outside the matrix of 3 × 2",
            ],
        ),
        ("3 2 1\n0 1 5\n", ["matrix.mtx.gz:4", "counted from 1"]),
        (
            "3 2 1\n1 1 5\n1 2 5\n",
            ["matrix.mtx.gz:5", "more entries than the 1"],
        ),
        ("3 2\n", ["matrix.mtx.gz:3", "`3 2` is not the size"]),
        ("", ["matrix.mtx.gz:3", "ends before the line of its size"]),
    ] {
        expect(&folder.matrix("m", FEATURES, BARCODES, matrix), 1, &parts);
    }
}

#[test]
fn lists_that_do_not_fit_the_matrix_are_refused_together() {
    let folder = Folder::new();
    let path = folder.matrix("m", FEATURES, BARCODES, "5 4 1\n1 1 1\n");
    let parts = [
        "features.tsv.gz: has 3 lines",
        "5 rows",
        "barcodes.tsv.gz: has 2 lines",
        "4 columns",
    ];
    expect(&path, 2, &parts);
}

#[test]
fn a_size_that_no_file_can_have_is_refused_without_asking_for_memory() {
    let folder = Folder::new();
    let path = folder.matrix(
        "m",
        FEATURES,
        BARCODES,
        "999999999999 999999999999 1\n1 1 1\n",
    );
    expect(&path, 2, &["has 3 lines", "has 2 lines"]);
}

#[test]
fn barcodes_twice_ids_missing_and_ragged_lines_are_placed() {
    let folder = Folder::new();
    let nameless = "ENSG00000000001\tA\tGene Expression\nENSG00000000002\tB\tGene Expression\n\tC\tGene Expression\n";
    let path = folder.matrix("m", nameless, "AAA-1\nAAA-1\n", MATRIX);
    let parts = [
        "features.tsv.gz:3: the feature has no id",
        "barcodes.tsv.gz: sample names occur more than once: `AAA-1`",
        "a suffix for each run",
    ];
    expect(&path, 2, &parts);
    let ragged = "ENSG1\tA\tGene Expression\nENSG2\tB\nCD3\tCD3\tAntibody Capture\n";
    let path = folder.matrix("m", ragged, BARCODES, MATRIX);
    expect(
        &path,
        1,
        &["features.tsv.gz:2: has 2 columns", "first line has 3"],
    );
}

#[test]
fn a_matrix_without_genes_is_refused() {
    let folder = Folder::new();
    let path = folder.matrix(
        "m",
        "CD3\tCD3\tAntibody Capture\n",
        BARCODES,
        "1 2 1\n1 1 1\n",
    );
    expect(
        &path,
        1,
        &[
            "no feature of type `Gene Expression`",
            "`Antibody Capture` (1)",
        ],
    );
}

#[test]
fn genomes_of_which_the_human_one_cannot_be_told_are_refused_in_every_layout() {
    let folder = Folder::new();
    // Their ids are human in both genomes.
    for name in ["barnyard_v3.h5", "barnyard_v2.h5"] {
        let path = folder.hdf5(name, name);
        expect(
            &path,
            1,
            &[name, "2 genomes (GRCh38, mm10)", "genome=\"GRCh38\""],
        );
    }
    let features = "rn6_ENSRNOG00000000001\tA\tGene Expression\nmm10_ENSMUSG00000000002\tB\tGene Expression\nx\tx\tCustom\n";
    let path = folder.matrix("m", features, BARCODES, MATRIX);
    expect(&path, 1, &["features.tsv.gz", "2 genomes (mm10, rn6)"]);
}

#[test]
fn missing_files_are_named_all_at_once_with_what_is_there() {
    let folder = Folder::new();
    folder.matrix("m", FEATURES, BARCODES, MATRIX);
    std::fs::remove_file(folder.path("m/features.tsv.gz")).unwrap();
    std::fs::remove_file(folder.path("m/barcodes.tsv.gz")).unwrap();
    let parts = [
        "no list of genes for matrix.mtx.gz, such as features.tsv or genes.tsv",
        "no list of cells for matrix.mtx.gz, such as barcodes.tsv",
        "which has matrix.mtx.gz",
    ];
    expect(&folder.path("m"), 2, &parts);
    expect(
        &folder.path("absent.mtx"),
        1,
        &["absent.mtx", "check the path"],
    );
    expect(
        &folder.path("absent.h5"),
        1,
        &["absent.h5", "cannot be opened"],
    );
}

#[test]
fn a_folder_without_a_matrix_says_what_to_pass_instead() {
    let folder = Folder::new();
    folder.matrix(
        "outs/filtered_feature_bc_matrix",
        FEATURES,
        BARCODES,
        MATRIX,
    );
    folder.matrix("outs/raw_feature_bc_matrix", FEATURES, BARCODES, MATRIX);
    folder.file("outs/molecule_info.h5", b"");
    let outs = folder.path("outs");
    expect(
        &outs,
        1,
        &[
            "without matrix.mtx",
            "outs/filtered_feature_bc_matrix, which is in it",
        ],
    );
    assert!(
        !message(&outs).contains("raw_feature"),
        "{}",
        message(&outs)
    );
    folder.file("two/a_matrix.mtx", b"");
    folder.file("two/b_matrix.mtx.gz", b"");
    expect(
        &folder.path("two"),
        1,
        &["several matrices (a_matrix.mtx, b_matrix.mtx.gz)"],
    );
    folder.file("store.zarr/.zattrs", b"");
    expect(&folder.path("store.zarr"), 1, &["zarr store", "read_zarr"]);
}

#[test]
fn the_raw_matrix_of_all_barcodes_is_told_from_the_filtered_one() {
    let folder = Folder::new();
    let path = folder.matrix("m", FEATURES, "A\nB\nC\nD\n", "3 4 1\n1 1 1\n");
    expect(
        &path,
        1,
        &["3 of its 4 barcodes", "filtered_feature_bc_matrix"],
    );
}

#[test]
fn market_files_of_other_kinds_are_refused() {
    let folder = Folder::new();
    let path = folder.matrix("m", FEATURES, BARCODES, MATRIX);
    for (header, part) in [
        (
            "%%MatrixMarket matrix array real general",
            "dense MatrixMarket",
        ),
        (
            "%%MatrixMarket matrix coordinate pattern general",
            "matrix coordinate integer general",
        ),
        ("gene,s1", "no MatrixMarket file"),
    ] {
        folder.file("m/matrix.mtx.gz", &gzipped(&format!("{header}\n{MATRIX}")));
        expect(&path, 1, &["matrix.mtx.gz:1", part]);
    }
}

/// An HDF5 file of version 3 with some parts as given.
fn hdf5(folder: &Folder, change: impl Fn(&mut Parts)) -> std::path::PathBuf {
    let mut parts = Parts {
        data: vec![5, 9, 7, 1],
        indices: vec![0, 2, 1, 2],
        indptr: vec![0, 2, 4],
        shape: vec![3, 2],
        barcodes: vec!["AAA-1", "CCC-1"],
        ids: vec!["ENSG1", "ENSG2", "CD3"],
    };
    change(&mut parts);
    let mut file = FileBuilder::new();
    let mut group = file.create_group("matrix");
    group.create_dataset("data").with_i32_data(&parts.data);
    group
        .create_dataset("indices")
        .with_i64_data(&parts.indices);
    group.create_dataset("indptr").with_i64_data(&parts.indptr);
    group.create_dataset("shape").with_i32_data(&parts.shape);
    group
        .create_dataset("barcodes")
        .with_vlen_strings(&parts.barcodes);
    let mut table = group.create_group("features");
    table.create_dataset("id").with_vlen_strings(&parts.ids);
    group.add_group(table.finish());
    file.add_group(group.finish());
    folder.file("made.h5", &file.finish().unwrap())
}

struct Parts {
    data: Vec<i32>,
    indices: Vec<i64>,
    indptr: Vec<i64>,
    shape: Vec<i32>,
    barcodes: Vec<&'static str>,
    ids: Vec<&'static str>,
}

#[test]
fn hdf5_with_the_least_that_is_needed_is_read() {
    let folder = Folder::new();
    let found = read(&hdf5(&folder, |_| ())).unwrap();
    assert_eq!(found.counts, [[5.0, 0.0, 9.0], [0.0, 7.0, 1.0]]);
}

#[test]
fn hdf5_whose_parts_disagree_is_refused_with_all_that_is_wrong() {
    let folder = Folder::new();
    let path = hdf5(&folder, |parts| {
        parts.barcodes = vec!["AAA-1", "AAA-1", "GGG-1"];
        parts.ids = vec!["ENSG1", "ENSG2"];
        parts.indices.pop();
    });
    let parts = [
        "matrix/features/id: has 2 entries where the shape says 3",
        "matrix/barcodes: has 3 entries where the shape says 2",
        "matrix/indices: has 3 entries where data has 4",
    ];
    expect(&path, 3, &parts);
    expect(
        &hdf5(&folder, |p| p.indptr = vec![0, 2]),
        1,
        &["matrix/indptr", "has 2 entries"],
    );
    expect(
        &hdf5(&folder, |p| p.indptr = vec![0, 3, 2]),
        1,
        &["matrix/indptr", "ascend"],
    );
    expect(
        &hdf5(&folder, |p| p.indices[1] = 3),
        1,
        &["matrix/indices", "points at 3"],
    );
    expect(
        &hdf5(&folder, |p| p.shape = vec![3]),
        1,
        &["matrix/shape", "is [3]"],
    );
    let doubled = hdf5(&folder, |p| p.barcodes[1] = "AAA-1");
    expect(&doubled, 1, &["sample names occur more than once"]);
}

#[test]
fn hdf5_that_is_neither_says_what_it_has() {
    let folder = Folder::new();
    let mut file = FileBuilder::new();
    file.create_dataset("barcode_idx").with_i64_data(&[1]);
    let path = folder.file("molecule_info.h5", &file.finish().unwrap());
    expect(
        &path,
        1,
        &[
            "no 10x matrix",
            "barcode_idx",
            "filtered_feature_bc_matrix.h5",
        ],
    );
    let text = folder.file("text.h5", b"gene\ts1\nA\t1\n");
    expect(&text, 1, &["not an HDF5 file, so not a 10x matrix"]);
}
