//! Reading what Cell Ranger writes: the same cells, genes and counts as scanpy.

#![allow(clippy::unwrap_used)]

mod tenx_support;

use refcast_io::{FileKind, check_sample, open};
use serde_json::Value;
use tenx_support::*;

/// What scanpy read in the fixture.
fn scanpy(fixture: &str) -> Value {
    let text = std::fs::read_to_string(fixtures().join("scanpy.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[fixture].clone()
}

fn assert_as_scanpy(fixture: &str, path: &std::path::Path) -> Whole {
    let expected = scanpy(fixture);
    let found = read(path).unwrap();
    let strings =
        |name: &str| -> Vec<String> { serde_json::from_value(expected[name].clone()).unwrap() };
    let counts: Vec<Vec<f64>> = serde_json::from_value(expected["counts"].clone()).unwrap();
    assert_eq!(found.cells, strings("cells"), "{fixture}");
    assert_eq!(found.genes, strings("genes"), "{fixture}");
    assert_eq!(found.symbols, strings("symbols"), "{fixture}");
    assert_eq!(found.counts, counts, "{fixture}");
    found
}

#[test]
fn hdf5_of_version_2_and_3_reads_as_in_scanpy() {
    let folder = Folder::new();
    for name in ["v3.h5", "v2.h5"] {
        assert_as_scanpy(name, &folder.hdf5(name, name));
    }
}

#[test]
fn folders_of_version_2_and_3_read_as_in_scanpy() {
    for name in ["v3", "v2", "geo"] {
        assert_as_scanpy(name, &fixtures().join(name));
    }
}

/// The two layouts hold the same, and the totals of cells and genes are those that scanpy finds.
#[test]
fn files_that_cell_ranger_wrote_read_as_in_scanpy() {
    let folder = Folder::new();
    let real = fixtures().join("cell_ranger");
    let text = std::fs::read_to_string(real.join("totals.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    for version in ["v2", "v3"] {
        let name = format!("{version}.h5");
        let path = folder.file(&name, &unpacked(&real.join(format!("{name}.gz"))));
        let by_hdf5 = read(&path).unwrap();
        let by_folder = read(&real.join(version)).unwrap();
        assert_eq!(by_hdf5, by_folder, "{version}");
        let by_cell: Vec<f64> = by_hdf5.counts.iter().map(|row| row.iter().sum()).collect();
        let by_gene: Vec<f64> = (0..by_hdf5.genes.len())
            .map(|gene| by_hdf5.counts.iter().map(|row| row[gene]).sum())
            .collect();
        let ends =
            |names: &[String]| serde_json::json!([names[0], names[names.len() - 1], names.len()]);
        for expected in [&expected[version], &expected[&name]] {
            assert_eq!(ends(&by_hdf5.cells), expected["cells"], "{version}");
            assert_eq!(ends(&by_hdf5.genes), expected["genes"], "{version}");
            let numbers =
                |key: &str| -> Vec<f64> { serde_json::from_value(expected[key].clone()).unwrap() };
            assert_eq!(by_cell, numbers("by_cell"), "{version}");
            assert_eq!(by_gene, numbers("by_gene"), "{version}");
        }
    }
    let packed = unpacked(&real.join("genomes_v2.h5.gz"));
    let path = folder.file("genomes.h5", &packed);
    expect(&path, 1, &["2 genomes (another_genome, hg19_chr21)"]);
}

#[test]
fn a_folder_is_read_by_the_name_of_its_matrix_too() {
    assert_as_scanpy("v3", &fixtures().join("v3/matrix.mtx.gz"));
    assert_as_scanpy("v2", &fixtures().join("v2/matrix.mtx"));
    let geo = fixtures().join("geo/GSM4557327_A1_matrix.mtx.gz");
    assert_as_scanpy("geo", &geo);
}

#[test]
fn entries_in_the_order_of_genes_read_the_same_and_it_is_said() {
    let found = assert_as_scanpy("by_gene", &fixtures().join("by_gene"));
    assert!(
        found.notes[1].contains("not sorted by cell"),
        "{:?}",
        found.notes
    );
}

#[test]
fn features_that_are_no_genes_are_left_out_and_it_is_said() {
    let folder = Folder::new();
    let by_hdf5 = read(&folder.hdf5("v3.h5", "v3.h5")).unwrap();
    let by_folder = read(&fixtures().join("v3")).unwrap();
    assert_eq!(by_hdf5, by_folder);
    assert_eq!(
        by_hdf5.notes,
        [
            "3 of its 12 features are no genes and were left out: `Antibody Capture` (2), \
             `CRISPR Guide Capture` (1)"
        ]
    );
    assert!(read(&fixtures().join("v2")).unwrap().notes.is_empty());
}

#[test]
fn hdf5_is_told_apart_by_what_is_in_it_not_by_its_name() {
    let folder = Folder::new();
    assert_as_scanpy("v3.h5", &folder.hdf5("v3.h5", "counts.h5ad"));
    assert_as_scanpy("v2.h5", &folder.hdf5("v2.h5", "counts"));
    let h5ad = fixtures().join("../h5ad/0.12_csr.h5ad.gz");
    let h5ad = folder.file("anndata.h5", &unpacked(&h5ad));
    assert_eq!(FileKind::of(&h5ad).unwrap(), FileKind::AnnData);
    assert_eq!(read(&h5ad).unwrap().cells.len(), 5);
}

#[test]
fn values_stored_twice_are_added_up_as_scipy_does() {
    let folder = Folder::new();
    let sorted = "3 2 4\n2 1 1\n1 1 5\n1 1 2\n1 2 1\n";
    let unsorted = "3 2 4\n1 2 1\n2 1 1\n1 1 5\n1 1 2\n";
    for matrix in [sorted, unsorted] {
        let path = folder.matrix("m", FEATURES, BARCODES, matrix);
        assert_eq!(read(&path).unwrap().counts, [[7.0, 1.0], [1.0, 0.0]]);
    }
}

#[test]
fn a_value_that_is_no_count_names_cell_and_gene() {
    let folder = Folder::new();
    let path = folder.matrix(
        "m",
        FEATURES,
        BARCODES,
        "3 2 3\n1 1 5\n3 1 -0.5\n2 2 -1.5\n",
    );
    let mut source = open(&path, &Default::default()).unwrap();
    let mut check = || {
        let raw = source.next_sample().unwrap().unwrap();
        let cell =
            usize::from(matches!(&raw, refcast_io::RawSample::Sparse { gene, .. } if gene == &[1]));
        check_sample(
            source.path(),
            &source.sample_names()[cell],
            source.gene_names(),
            raw,
        )
    };
    // What is below 0 there is of an antibody.
    assert!(check().is_ok());
    let message = check().unwrap_err().to_string();
    for part in ["sample `CCC-1`", "gene `ENSG2`", "-1.5", "negative"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_cell_without_a_count_of_a_gene_is_a_cell() {
    let folder = Folder::new();
    let path = folder.matrix("m", FEATURES, BARCODES, "3 2 2\n1 1 5\n3 2 1\n");
    assert_eq!(read(&path).unwrap().counts, [[5.0, 0.0], [0.0, 0.0]]);
}

#[test]
fn line_ends_of_windows_and_empty_lines_at_the_end_are_no_fault() {
    let folder = Folder::new();
    let windows = |text: &str| text.replace('\n', "\r\n") + "\r\n\r\n";
    let path = folder.matrix(
        "m",
        &windows(FEATURES),
        &windows(BARCODES),
        &windows(MATRIX),
    );
    assert_eq!(read(&path).unwrap().counts, [[5.0, 0.0], [0.0, 7.0]]);
}
