//! Files that no fixture covers: older and foreign encodings, and contents that contradict.

#![allow(clippy::unwrap_used)]

mod h5ad_support;

use std::path::PathBuf;

use h5ad_support::{Folder, message, read_all, rows};
use hdf5_pure::{AttrValue, DatasetBuilder, FileBuilder, GroupBuilder};
use refcast_io::SampleSource;
use refcast_io::h5ad::{H5adSource, Matrix};

fn text(value: &str) -> AttrValue {
    AttrValue::VarLenString(value.to_owned())
}

/// A 2 × 3 file whose parts a test can replace.
struct Handmade {
    file: FileBuilder,
    obs: GroupBuilder,
    var: GroupBuilder,
    x: GroupBuilder,
}

impl Handmade {
    /// With names in place and nothing in `X`.
    fn new(samples: &[&str], genes: &[&str]) -> Self {
        let mut file = FileBuilder::new();
        let [mut obs, mut var, x] = ["obs", "var", "X"].map(|name| file.create_group(name));
        obs.create_dataset("_index").with_vlen_strings(samples);
        var.create_dataset("_index").with_vlen_strings(genes);
        Self { file, obs, var, x }
    }

    fn usual() -> Self {
        Self::new(&["s1", "s2"], &["A", "B", "C"])
    }

    /// `X` as the three arrays of a compressed matrix of shape 2 × 3.
    fn sparse(mut self, format: &str, data: &[f32], indices: &[i32], indptr: &[i32]) -> Self {
        self.x.set_attr("encoding-type", text(format));
        self.x.set_attr("shape", AttrValue::I64Array(vec![2, 3]));
        self.x.create_dataset("data").with_f32_data(data);
        self.x.create_dataset("indices").with_i32_data(indices);
        self.x.create_dataset("indptr").with_i32_data(indptr);
        self
    }

    fn write(mut self, folder: &Folder) -> PathBuf {
        self.file.add_group(self.x.finish());
        finish(self.file, self.obs, self.var, folder)
    }

    /// `X` as one dataset.
    fn dense(self, folder: &Folder, fill: impl FnOnce(&mut DatasetBuilder)) -> PathBuf {
        let mut file = self.file;
        fill(file.create_dataset("X"));
        finish(file, self.obs, self.var, folder)
    }
}

fn finish(mut file: FileBuilder, obs: GroupBuilder, var: GroupBuilder, folder: &Folder) -> PathBuf {
    file.add_group(obs.finish());
    file.add_group(var.finish());
    folder.file("made.h5ad", &file.finish().unwrap())
}

#[test]
fn the_sparse_attributes_of_anndata_0_6_are_understood() {
    let folder = Folder::new();
    let mut made = Handmade::usual();
    made.x.set_attr("h5sparse_format", text("csr"));
    made.x
        .set_attr("h5sparse_shape", AttrValue::I64Array(vec![2, 3]));
    made.x.create_dataset("data").with_i64_data(&[4, 5]);
    made.x.create_dataset("indices").with_i64_data(&[2, 0]);
    made.x.create_dataset("indptr").with_i64_data(&[0, 1, 2]);
    let read = read_all(&made.write(&folder), Matrix::X).unwrap();
    assert_eq!(read, [[0.0, 0.0, 4.0], [5.0, 0.0, 0.0]]);
}

#[test]
fn fixed_length_names_and_an_index_of_another_name_are_read() {
    let folder = Folder::new();
    let mut made = Handmade::usual();
    made.var = made.file.create_group("var");
    made.var
        .set_attr("_index", AttrValue::AsciiString("genes".into()));
    let names = made.var.create_dataset("genes");
    names
        .with_ascii_strings(&["TP53", "MDM2", "GAPDH"])
        .unwrap();
    let path = made
        .sparse("csr_matrix", &[], &[], &[0, 0, 0])
        .write(&folder);
    let source = H5adSource::open(&path, Matrix::X).unwrap();
    assert_eq!(source.gene_names(), ["TP53", "MDM2", "GAPDH"]);
}

#[test]
fn symbols_may_be_a_categorical() {
    let folder = Folder::new();
    let ids = ["ENSG00000141510", "ENSG00000135679", "ENSG00000111640"];
    let mut made = Handmade::new(&["s1", "s2"], &ids);
    let mut symbols = made.var.create_group("feature_name");
    symbols.set_attr("encoding-type", text("categorical"));
    symbols.create_dataset("codes").with_i8_data(&[2, 1, -1]);
    symbols
        .create_dataset("categories")
        .with_vlen_strings(&["GAPDH", "MDM2", "TP53"]);
    made.var.add_group(symbols.finish());
    let path = made
        .sparse("csr_matrix", &[], &[], &[0, 0, 0])
        .write(&folder);
    let source = H5adSource::open(&path, Matrix::X).unwrap();
    assert_eq!(source.gene_symbols().unwrap(), ["TP53", "MDM2", ""]);
}

#[test]
fn doubled_sample_names_are_given_as_they_are() {
    let folder = Folder::new();
    let made = Handmade::new(&["s1", "s1"], &["A", "B", "C"]);
    let path = made
        .sparse("csr_matrix", &[], &[], &[0, 0, 0])
        .write(&folder);
    let source = H5adSource::open(&path, Matrix::X).unwrap();
    assert_eq!(source.sample_names(), ["s1", "s1"]);
}

#[test]
fn entries_out_of_order_or_repeated_are_sorted_and_summed() {
    let folder = Folder::new();
    let data = [1.0, 2.0, 3.0, 4.0];
    let rows_first = Handmade::usual().sparse("csr_matrix", &data, &[2, 0, 2, 1], &[0, 3, 4]);
    let expected = [[2.0, 0.0, 4.0], [0.0, 4.0, 0.0]];
    let path = rows_first.write(&folder);
    assert_eq!(read_all(&path, Matrix::X).unwrap(), expected);
    let columns = Handmade::usual().sparse("csc_matrix", &data, &[0, 1, 1, 0], &[0, 1, 1, 4]);
    let path = columns.write(&folder);
    let mut source = H5adSource::open(&path, Matrix::X).unwrap();
    assert_eq!(
        rows(&mut source).unwrap(),
        [[1.0, 0.0, 4.0], [0.0, 0.0, 5.0]]
    );
}

#[test]
fn a_matrix_that_does_not_fit_its_names_is_refused() {
    let folder = Folder::new();
    let made = Handmade::new(&["s1", "s2", "s3"], &["A", "B", "C"]);
    let path = made
        .sparse("csr_matrix", &[], &[], &[0, 0, 0])
        .write(&folder);
    let said = message(&path, Matrix::X);
    assert!(
        said.contains("X: has shape 2 × 3, but obs has 3 rows and var has 3"),
        "{said}"
    );
}

#[test]
fn sparse_arrays_that_contradict_are_refused() {
    let folder = Folder::new();
    let cases: [(&[i32], &[i32], &str); 6] = [
        (
            &[0, 3],
            &[0, 1, 2],
            "X/indices: points at 3, outside the shape (below 3)",
        ),
        (&[0, -1], &[0, 1, 2], "X/indices: points at -1"),
        (&[0, 1], &[0, 2, 1], "X/indptr: does not ascend"),
        (&[0, 1], &[0, 1, 9], "X/indptr: does not ascend"),
        (&[0, 1], &[0, 2], "X/indptr: has 2 entries"),
        (
            &[0],
            &[0, 1, 1],
            "X/indices: has 1 entries where data has 2",
        ),
    ];
    for (indices, indptr, expected) in cases {
        let made = Handmade::usual().sparse("csr_matrix", &[1.0, 2.0], indices, indptr);
        let said = message(&made.write(&folder), Matrix::X);
        assert!(said.contains(expected), "no {expected:?} in: {said}");
    }
}

#[test]
fn matrices_of_no_known_kind_are_refused() {
    let folder = Folder::new();
    let made = Handmade::usual().sparse("coo_matrix", &[], &[], &[0]);
    let said = message(&made.write(&folder), Matrix::X);
    assert!(said.contains("X: has encoding coo_matrix"), "{said}");
    let said = message(&Handmade::usual().write(&folder), Matrix::X);
    assert!(said.contains("does not say its shape"), "{said}");
    let path = Handmade::usual().dense(&folder, |x| {
        x.with_shape(&[2, 3])
            .with_vlen_strings(&["a", "b", "c", "d", "e", "f"]);
    });
    let said = message(&path, Matrix::X);
    assert!(said.contains("not numbers"), "{said}");
    let path = Handmade::usual().dense(&folder, |x| {
        x.with_f32_data(&[0.0; 6]);
    });
    let said = message(&path, Matrix::X);
    assert!(
        said.contains("has shape [6], not samples × genes"),
        "{said}"
    );
}

#[test]
fn a_chunk_of_zeros_that_would_fill_the_memory_is_not_unpacked() {
    let folder = Folder::new();
    let mut file = Handmade::usual();
    file.x.set_attr("encoding-type", text("csr_matrix"));
    file.x.set_attr("shape", AttrValue::I64Array(vec![2, 3]));
    // 480 MB, in a file of half a megabyte; a thousand times as much takes as little work to send.
    let values = vec![0.0_f64; 60_000_000];
    let data = file.x.create_dataset("data").with_f64_data(&values);
    data.with_chunks(&[values.len() as u64]).with_deflate(9);
    file.x.create_dataset("indices").with_i32_data(&[0, 1]);
    file.x.create_dataset("indptr").with_i32_data(&[0, 1, 2]);
    let path = file.write(&folder);
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 600_000, "{size}");
    let found = message(&path, Matrix::X);
    assert!(found.contains("fill the memory"), "{found}");
}
