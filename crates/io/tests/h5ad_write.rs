//! Writing h5ad files: that they read back, here and in anndata, and that errors leave nothing.

#![allow(clippy::unwrap_used)]

mod h5ad_support;

use std::process::Command;

use h5ad_support::{Folder, count, ids, layer, message, rows, symbols};
use refcast_io::SampleSource;
use refcast_io::h5ad::{
    AnnData, Column, Embedding, Frame, H5adSource, Matrix, Uns, Values, write_h5ad,
};

const CELLS: usize = 40;
const GENES: usize = 300;

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn sample() -> AnnData {
    let dense = (0..CELLS).flat_map(|c| (0..GENES).map(move |g| count(c, g)));
    let (mut indptr, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..CELLS {
        for gene in (0..GENES).filter(|&gene| count(cell, gene) > 0.0) {
            genes.push(gene as u32);
            values.push(count(cell, gene) as i32);
        }
        indptr.push(values.len());
    }
    let kind = |c: usize| (c % 4 != 3).then(|| ["control", "compound"][c % 2]);
    let obs = Frame {
        names: (0..CELLS).map(|c| format!("céll {c}")).collect(),
        columns: vec![
            (
                "reference".into(),
                Column::Text((0..CELLS).map(|c| format!("ref{c}")).collect()),
            ),
            ("type".into(), Column::categorical((0..CELLS).map(kind))),
            (
                "grade".into(),
                Column::Categorical {
                    codes: (0..CELLS).map(|c| Some(c as u32 % 2)).collect(),
                    categories: texts(&["low", "high"]),
                    ordered: true,
                },
            ),
            (
                "seed".into(),
                Column::Integer((0..CELLS as i64).map(|c| c * 10).collect()),
            ),
            (
                "support".into(),
                Column::Float((0..CELLS).map(|c| c as f64 / 8.0).collect()),
            ),
            (
                "seen".into(),
                Column::Boolean((0..CELLS).map(|c| c % 3 == 0).collect()),
            ),
        ],
        ..Frame::default()
    };
    let model = vec![
        ("version".into(), "gem-1".into()),
        ("seed".into(), 7i64.into()),
        ("kept".into(), 0.5.into()),
        ("deterministic".into(), true.into()),
        ("missing".into(), Uns::Texts(texts(&["A", "β"]))),
        ("sizes".into(), Uns::Integers(vec![1, 2])),
        ("weights".into(), Uns::Floats(vec![0.25])),
        ("none".into(), Uns::Texts(Vec::new())),
        (
            "query".into(),
            Uns::Dict(vec![("dose".into(), "10 µM".into())]),
        ),
    ];
    AnnData {
        obs,
        var: Frame {
            names: ids(GENES),
            columns: vec![("gene_symbol".into(), Column::Text(symbols(GENES)))],
            ..Frame::default()
        },
        x: Values::DenseI32(dense.clone().map(|v| v as i32).collect()),
        layers: vec![
            (
                "effect".into(),
                Values::DenseF32(dense.map(|v| v as f32 / 4.0).collect()),
            ),
            (
                "counts".into(),
                Values::CsrI32 {
                    indptr,
                    genes,
                    values,
                },
            ),
        ],
        obsm: vec![(
            "X_latent".into(),
            Embedding {
                columns: 3,
                values: (0..CELLS * 3).map(|i| i as f32 / 2.0).collect(),
            },
        )],
        uns: vec![
            ("model".into(), Uns::Dict(model)),
            ("empty".into(), Uns::Dict(Vec::new())),
        ],
    }
}

#[test]
fn what_is_written_reads_back() {
    let folder = Folder::new();
    let path = folder.path("out.h5ad");
    let data = sample();
    write_h5ad(&path, data.clone()).unwrap();
    let expected: Vec<Vec<f64>> = (0..CELLS)
        .map(|cell| (0..GENES).map(|gene| count(cell, gene)).collect())
        .collect();
    let mut source = H5adSource::open(&path, Matrix::X).unwrap();
    assert_eq!(source.gene_names(), ids(GENES));
    assert_eq!(source.gene_symbols(), Some(&symbols(GENES)[..]));
    assert_eq!(rows(&mut source).unwrap(), expected);
    assert_eq!(source.obs().unwrap(), data.obs);
    assert_eq!(source.var().unwrap(), data.var);
    assert_eq!(source.layers().unwrap(), ["counts", "effect"]);
    let mut stored = H5adSource::open(&path, layer("counts")).unwrap();
    assert_eq!(rows(&mut stored).unwrap(), expected);
    let mut effect = H5adSource::open(&path, layer("effect")).unwrap();
    let quarter = |row: &Vec<f64>| row.iter().map(|v| v / 4.0).collect::<Vec<_>>();
    let quarters: Vec<Vec<f64>> = expected.iter().map(quarter).collect();
    assert_eq!(rows(&mut effect).unwrap(), quarters);
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let folder = Folder::new();
    let (first, second) = (folder.path("first.h5ad"), folder.path("second.h5ad"));
    write_h5ad(&first, sample()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    write_h5ad(&second, sample()).unwrap();
    assert!(std::fs::read(first).unwrap() == std::fs::read(second).unwrap());
}

#[test]
fn no_samples_no_genes_and_no_columns_are_written() {
    let folder = Folder::new();
    for (samples, genes) in [(0, 0), (0, 3), (3, 0)] {
        let empty = AnnData {
            obs: Frame {
                names: (0..samples).map(|s| format!("s{s}")).collect(),
                ..Frame::default()
            },
            var: Frame {
                names: ids(genes),
                ..Frame::default()
            },
            x: Values::DenseI32(Vec::new()),
            layers: Vec::new(),
            obsm: Vec::new(),
            uns: Vec::new(),
        };
        let path = folder.path("empty.h5ad");
        write_h5ad(&path, empty).unwrap();
        let mut source = H5adSource::open(&path, Matrix::X).unwrap();
        assert_eq!(source.sample_names().len(), samples);
        assert_eq!(source.gene_names().len(), genes);
        assert_eq!(rows(&mut source).unwrap().len(), samples);
    }
}

/// Asserts that writing `data` fails with all of `parts` and leaves an earlier file alone.
fn refuse(data: AnnData, parts: &[&str]) {
    let folder = Folder::new();
    let path = folder.file("out.h5ad", b"earlier");
    let message = write_h5ad(&path, data).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
    assert_eq!(folder.listing(), ["out.h5ad"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"earlier");
}

#[test]
fn parts_that_disagree_are_refused_and_nothing_is_written() {
    let mut data = sample();
    data.layers[0].1 = Values::DenseF32(vec![1.0; 7]);
    refuse(
        data,
        &[
            "out.h5ad",
            "layers/effect",
            "has 7 values where 12000 are expected",
        ],
    );
    let mut data = sample();
    data.obs
        .columns
        .push(("short".into(), Column::Integer(vec![1])));
    refuse(data, &["obs/short"]);
    let mut data = sample();
    data.obsm[0].1.columns = 4;
    refuse(data, &["obsm/X_latent"]);
    let mut data = sample();
    if let Values::CsrI32 { genes, .. } = &mut data.layers[1].1 {
        genes[0] = GENES as u32;
    }
    refuse(data, &["layers/counts/indices"]);
    let mut data = sample();
    if let Values::CsrI32 { indptr, .. } = &mut data.layers[1].1 {
        indptr[1] = usize::MAX;
    }
    refuse(data, &["layers/counts/indptr"]);
}

#[test]
fn names_that_hdf5_cannot_hold_are_refused() {
    let mut data = sample();
    data.obs.columns[0].0 = "dose/time".into();
    refuse(data, &["obs", "\"dose/time\""]);
    let mut data = sample();
    data.uns.push(("empty".into(), 1i64.into()));
    refuse(data, &["uns", "\"empty\" twice"]);
    let mut data = sample();
    data.obs.names[3] = "a\0b".into();
    refuse(data, &["obs/_index", "NUL"]);
}

#[test]
fn a_folder_that_does_not_exist_is_an_error_of_writing() {
    let folder = Folder::new();
    let path = folder.path("absent/out.h5ad");
    let message = write_h5ad(&path, sample()).unwrap_err().to_string();
    assert!(
        message.contains("absent/out.h5ad: cannot be written"),
        "{message}"
    );
    assert!(folder.listing().is_empty());
}

#[test]
fn a_written_file_cut_short_is_refused_on_reading() {
    let folder = Folder::new();
    let path = folder.path("out.h5ad");
    write_h5ad(&path, sample()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let cut = folder.file("cut.h5ad", &bytes[..bytes.len() - 100]);
    assert!(message(&cut, Matrix::X).contains("is truncated"));
}

/// The reference reader agrees on types and values. Needs a Python with anndata, named by the
/// environment variable `REFCAST_PYTHON`.
#[test]
fn anndata_reads_what_is_written() {
    let Ok(python) = std::env::var("REFCAST_PYTHON") else {
        println!("SKIPPED anndata_reads_what_is_written: REFCAST_PYTHON names no Python");
        return;
    };
    let folder = Folder::new();
    let path = folder.path("out.h5ad");
    write_h5ad(&path, sample()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/h5ad/check.py");
    let output = Command::new(python)
        .arg(script)
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
