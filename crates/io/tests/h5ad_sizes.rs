//! Files of the size that users get, opened by the newest anndata and by an old one: every dataset
//! is read, and every value is what was written.

#![allow(clippy::unwrap_used)]

mod h5ad_support;

use std::path::Path;
use std::process::Command;

use h5ad_support::Folder;
use refcast_io::SampleSource;
use refcast_io::h5ad::{AnnData, Column, Embedding, Frame, H5adSource, Matrix, Values, write_h5ad};

/// A value that `fixtures/h5ad/check_sizes.py` computes too.
fn value(row: usize, column: usize) -> usize {
    (row * 7 + column * 5) % 11
}

/// Which genes of a row a sparse matrix stores.
fn is_stored(row: usize, column: usize) -> bool {
    (row + column).is_multiple_of(20)
}

fn dense(rows: usize, columns: usize) -> Values {
    let cell = |i: usize| value(i / columns, i % columns) as i32;
    Values::DenseI32((0..rows * columns).map(cell).collect())
}

fn halves(rows: usize, columns: usize) -> Values {
    let cell = |i: usize| value(i / columns, i % columns) as f32 / 2.0;
    Values::DenseF32((0..rows * columns).map(cell).collect())
}

fn sparse(rows: usize, columns: usize) -> Values {
    let (mut indptr, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in 0..rows {
        for column in (0..columns).filter(|&column| is_stored(row, column)) {
            genes.push(column as u32);
            values.push(value(row, column) as i32 + 1);
        }
        indptr.push(values.len());
    }
    Values::CsrI32 {
        indptr,
        genes,
        values,
    }
}

/// A table with a column of each type, as long as the axis.
fn frame(kind: &str, rows: usize) -> Frame {
    let text = |row: usize| format!("{kind} {row} µ");
    Frame {
        names: (0..rows).map(|row| format!("{kind}{row}")).collect(),
        columns: vec![
            ("text".into(), Column::Text((0..rows).map(text).collect())),
            (
                "category".into(),
                Column::categorical(
                    (0..rows).map(|row| (row % 7 != 3).then(|| format!("c{}", row % 300))),
                ),
            ),
            (
                "integer".into(),
                Column::Integer((0..rows as i64).collect()),
            ),
            (
                "float".into(),
                Column::Float((0..rows).map(|row| row as f64 / 4.0).collect()),
            ),
            (
                "boolean".into(),
                Column::Boolean((0..rows).map(|row| row.is_multiple_of(3)).collect()),
            ),
        ],
        skipped: Vec::new(),
    }
}

fn embedding(rows: usize, columns: usize) -> Embedding {
    let cell = |i: usize| value(i / columns, i % columns) as f32 / 4.0;
    Embedding {
        columns,
        values: (0..rows * columns).map(cell).collect(),
    }
}

fn write(path: &Path, rows: usize, columns: usize, x: Values, layers: Vec<(String, Values)>) {
    let data = AnnData {
        obs: frame("cell", rows),
        var: frame("gene", columns),
        x,
        layers,
        obsm: vec![
            ("X_one".into(), embedding(rows, 1)),
            ("X_three".into(), embedding(rows, 3)),
        ],
        uns: Vec::new(),
    };
    write_h5ad(path, data).unwrap();
}

/// Rows and columns of each file, and whether its `X` is sparse.
const SIZES: [(usize, usize, bool); 6] = [
    (70_000, 40, true),
    (70_000, 3, false),
    (1, 70_000, false),
    (1, 70_000, true),
    (65_536, 20, true),
    (600, 500, false),
];

fn write_all(folder: &Folder) -> Vec<String> {
    let mut names = Vec::new();
    for (rows, columns, is_sparse) in SIZES {
        let name = format!("{rows}_{columns}_{is_sparse}.h5ad");
        let path = folder.path(&name);
        if is_sparse {
            write(&path, rows, columns, sparse(rows, columns), Vec::new());
        } else {
            let layers = vec![
                ("halves".to_owned(), halves(rows, columns)),
                ("stored".to_owned(), sparse(rows, columns)),
            ];
            write(&path, rows, columns, dense(rows, columns), layers);
        }
        names.push(name);
    }
    names
}

fn opened_by(variable: &str, test: &str) {
    let Ok(python) = std::env::var(variable) else {
        println!("SKIPPED {test}: {variable} names no Python; `cargo xtask test` makes one");
        return;
    };
    let folder = Folder::new();
    let names = write_all(&folder);
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/h5ad/check_sizes.py"
    );
    let output = Command::new(python)
        .arg(script)
        .args(&names)
        .current_dir(folder.0.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn files_of_real_size_open_in_the_newest_anndata() {
    opened_by(
        "REFCAST_PYTHON",
        "files_of_real_size_open_in_the_newest_anndata",
    );
}

#[test]
fn files_of_real_size_open_in_an_old_anndata() {
    opened_by(
        "REFCAST_PYTHON_OLD",
        "files_of_real_size_open_in_an_old_anndata",
    );
}

#[test]
fn files_of_real_size_are_read_back() {
    let folder = Folder::new();
    for name in write_all(&folder) {
        let mut source = H5adSource::open(&folder.path(&name), Matrix::X).unwrap();
        let mut samples = 0;
        while source.next_sample().unwrap().is_some() {
            samples += 1;
        }
        assert_eq!(samples, source.sample_names().len(), "{name}");
    }
}
