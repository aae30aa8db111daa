//! Reading what anndata 0.7 to 0.13 wrote: values, names and tables.

#![allow(clippy::unwrap_used)]

mod h5ad_support;

use h5ad_support::*;
use refcast_io::SampleSource;
use refcast_io::h5ad::{Column, H5adSource, Matrix};

#[test]
fn dense_matrices_of_every_version_are_read() {
    let folder = Folder::new();
    for version in VERSIONS {
        let path = folder.fixture(&format!("{version}_dense.h5ad"));
        let mut source = H5adSource::open(&path, Matrix::X).unwrap();
        assert_eq!(source.path(), path);
        assert_eq!(source.sample_names(), cells(), "{version}");
        assert_eq!(source.gene_names(), ids(GENES), "{version}");
        assert_eq!(
            source.gene_symbols(),
            Some(&symbols(GENES)[..]),
            "{version}"
        );
        assert_eq!(source.layers().unwrap(), ["counts"]);
        assert_eq!(rows(&mut source).unwrap(), counts(GENES, 1.0), "{version}");
        assert_eq!(source.next_sample().unwrap(), None);
        let counted = read_all(&path, layer("counts")).unwrap();
        assert_eq!(counted, counts(GENES, 1.0), "{version}");
    }
}

#[test]
fn csr_matrices_csc_layers_and_raw_of_every_version_are_read() {
    let folder = Folder::new();
    for version in VERSIONS {
        let path = folder.fixture(&format!("{version}_csr.h5ad"));
        let mut source = H5adSource::open(&path, Matrix::X).unwrap();
        assert_eq!(source.gene_names(), ids(8), "{version}");
        assert_eq!(source.gene_symbols(), Some(&symbols(8)[..]), "{version}");
        assert_eq!(rows(&mut source).unwrap(), counts(8, 1.0), "{version}");
        let turned = read_all(&path, layer("by_gene")).unwrap();
        assert_eq!(turned, counts(8, 1.0), "{version}");
        let mut raw = H5adSource::open(&path, Matrix::Raw).unwrap();
        assert_eq!(raw.gene_names(), ids(GENES), "{version}");
        assert_eq!(rows(&mut raw).unwrap(), counts(GENES, 2.0), "{version}");
    }
}

#[test]
fn csc_matrices_of_every_version_are_read_by_sample() {
    let folder = Folder::new();
    for version in VERSIONS {
        let path = folder.fixture(&format!("{version}_csc.h5ad"));
        let read = read_all(&path, Matrix::X).unwrap();
        assert_eq!(read, counts(GENES, 1.0), "{version}");
    }
}

#[test]
fn lzf_compression_is_read() {
    let folder = Folder::new();
    let path = folder.fixture("0.12_lzf.h5ad");
    assert_eq!(read_all(&path, Matrix::X).unwrap(), counts(GENES, 1.0));
}

#[test]
fn every_number_width_and_byte_order_is_read() {
    let folder = Folder::new();
    let path = folder.fixture("0.12_widths.h5ad");
    let widths = [
        "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "big_i4", "big_f8",
    ];
    for width in widths {
        let read = read_all(&path, layer(width)).unwrap();
        assert_eq!(read, counts(GENES, 1.0), "{width}");
    }
}

#[test]
fn obs_columns_of_every_version_keep_their_type() {
    let folder = Folder::new();
    for version in VERSIONS {
        let path = folder.fixture(&format!("{version}_dense.h5ad"));
        let obs = H5adSource::open(&path, Matrix::X).unwrap().obs().unwrap();
        assert_eq!(obs.names, cells(), "{version}");
        assert!(obs.skipped.is_empty(), "{version}");
        let order: Vec<&str> = obs.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(order, ["donor", "cell_type", "n_genes", "score", "doublet"]);
        let donors = ["d1", "d2", "d1", "d2", "d1"].map(str::to_owned);
        assert_eq!(
            obs.column("donor"),
            Some(&Column::Text(donors.to_vec())),
            "{version}"
        );
        assert_eq!(
            obs.column("cell_type"),
            Some(&Column::Categorical {
                codes: vec![Some(2), Some(0), Some(2), None, Some(1)],
                categories: ["B", "NK", "T"].map(str::to_owned).to_vec(),
                ordered: false,
            }),
            "{version}"
        );
        let n_genes = Column::Integer((10..15).collect());
        assert_eq!(obs.column("n_genes"), Some(&n_genes), "{version}");
        let score = Column::Float(vec![0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(obs.column("score"), Some(&score), "{version}");
        let doublet = Column::Boolean(vec![false, true, false, false, true]);
        assert_eq!(obs.column("doublet"), Some(&doublet), "{version}");
        assert_eq!(obs.column("absent"), None);
    }
}

#[test]
fn masked_columns_keep_what_is_missing() {
    let folder = Folder::new();
    let path = folder.fixture("0.12_masked.h5ad");
    let source = H5adSource::open(&path, Matrix::X).unwrap();
    let obs = source.obs().unwrap();
    let text = |name: &str| -> Vec<Option<String>> {
        let column = obs.column(name).unwrap();
        (0..CELLS)
            .map(|row| column.text(row).map(Into::into))
            .collect()
    };
    let some = |values: [Option<&str>; CELLS]| values.map(|v| v.map(str::to_owned)).to_vec();
    assert_eq!(
        text("batch"),
        some([Some("x"), None, Some("y"), Some("x"), Some("y")])
    );
    assert_eq!(
        text("age"),
        some([Some("1"), None, Some("3"), Some("4"), Some("5")])
    );
    assert_eq!(
        text("treated"),
        some([
            Some("True"),
            None,
            Some("False"),
            Some("True"),
            Some("False")
        ])
    );
}

#[test]
fn indices_of_chunks_of_the_latest_format_of_hdf5_1_14_are_read() {
    let folder = Folder::new();
    let path = folder.fixture("latest_layout4.h5ad");
    for name in ["fixed", "growing", "one_chunk", "allocated", "stored"] {
        let read = read_all(&path, layer(name)).unwrap();
        assert_eq!(read, counts(GENES, 1.0), "{name}");
    }
}
