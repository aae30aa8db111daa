//! Text tables: what is read, and what is refused with which words.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use refcast_io::{Orientation, RawSample, ReadOptions, SampleSource, check_sample, open};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Sample names, gene names, symbols, and the values sample by sample.
type Table = (Vec<String>, Vec<String>, Option<Vec<String>>, Vec<Vec<f64>>);

fn drain(mut source: Box<dyn SampleSource>) -> refcast_io::Result<Table> {
    let mut values = Vec::new();
    while let Some(raw) = source.next_sample()? {
        match raw {
            RawSample::Dense(sample) => values.push(sample),
            RawSample::Sparse { .. } => panic!("a text table is dense"),
        }
    }
    let symbols = source.gene_symbols().map(<[String]>::to_vec);
    Ok((
        source.sample_names().to_vec(),
        source.gene_names().to_vec(),
        symbols,
        values,
    ))
}

fn read_as(
    name: &str,
    content: impl AsRef<[u8]>,
    orientation: Orientation,
) -> Result<Table, String> {
    let folder = Folder::new();
    let path = folder.file(name, content);
    let options = ReadOptions {
        orientation,
        ..ReadOptions::default()
    };
    let shown = path.parent().unwrap().display().to_string();
    open(&path, &options)
        .and_then(drain)
        .map_err(|error| error.to_string().replace(&shown, ""))
}

fn read(name: &str, content: impl AsRef<[u8]>) -> Result<Table, String> {
    read_as(name, content, Orientation::GenesInRows)
}

fn refused(name: &str, content: impl AsRef<[u8]>, says: &[&str]) {
    let message = read(name, content).unwrap_err();
    for words in says {
        assert!(message.contains(words), "{words:?} is not in {message:?}");
    }
}

const SMALL: &str = "gene_id\ta\tb\nG1\t1\t2\nG2\t3\t4\n";

fn small() -> Table {
    let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    (
        words(["a", "b"]),
        words(["G1", "G2"]),
        None,
        vec![vec![1.0, 3.0], vec![2.0, 4.0]],
    )
}

#[test]
fn every_dialect_of_a_table_reads_the_same() {
    let commas = SMALL.replace('\t', ",");
    for (name, content) in [
        ("a.tsv", SMALL.to_owned()),
        ("a.csv", commas.clone()),
        ("a.txt", SMALL.to_owned()),
        ("a.txt", commas.clone()),
        ("a.txt", SMALL.replace('\t', ";")),
        ("a.txt", SMALL.replace('\t', " ")),
        ("a.tsv", commas.clone()),
        ("a", SMALL.to_owned()),
        ("a.tsv", SMALL.replace('\n', "\r\n")),
        ("a.tsv", SMALL.trim_end().to_owned()),
        ("a.csv", format!("\u{feff}{commas}")),
        (
            "a.csv",
            "\"gene_id\",\"a\",\"b\"\n\"G1\",1,2\n\"G2\",3,4\n".to_owned(),
        ),
        ("a.tsv", format!("# made by a program\n\n{SMALL}\n")),
        ("a.tsv", "a\tb\nG1\t1\t2\nG2\t3\t4\n".to_owned()),
        (
            "a.tsv",
            "gene_id\ta\tb\nG1\t1.0\t2\nG2\t3\t4e0\n".to_owned(),
        ),
    ] {
        assert_eq!(
            read(name, &content).unwrap(),
            small(),
            "{name}: {content:?}"
        );
    }
}

#[test]
fn gzip_is_told_by_its_bytes_not_by_its_name() {
    assert_eq!(read("a.tsv.gz", gzip(SMALL)).unwrap(), small());
    assert_eq!(read("a.tsv", gzip(SMALL)).unwrap(), small());
    assert_eq!(read("a.tsv.gz", SMALL).unwrap(), small());
    assert_eq!(
        read("a.csv.gz", gzip(&SMALL.replace('\t', ","))).unwrap(),
        small()
    );
}

#[test]
fn a_file_of_several_gzip_members_is_read_whole() {
    let (head, tail) = SMALL.split_at(20);
    assert_eq!(
        read("a.tsv.gz", [gzip(head), gzip(tail)].concat()).unwrap(),
        small()
    );
}

#[test]
fn columns_of_annotation_are_not_samples() {
    let table =
        "Gene ID\tGene.Name\tDescription\ta\tb\nG1\tTP53\ttumour\t1\t2\nG2\tMYC\tproto\t3\t4\n";
    let (samples, _, symbols, values) = read("a.tsv", table).unwrap();
    assert_eq!(samples, ["a", "b"]);
    assert_eq!(symbols.unwrap(), ["TP53", "MYC"]);
    assert_eq!(values, small().3);
    let feature_counts = "# Program:featureCounts\nGeneid\tChr\tStart\tEnd\tStrand\tLength\ta\tb\nG1\t1\t5\t9\t+\t4\t1\t2\nG2\t1\t5\t9\t+\t4\t3\t4\n";
    assert_eq!(read("counts.txt", feature_counts).unwrap(), small());
}

#[test]
fn samples_in_rows_read_as_the_transposed_table() {
    let table = "sample,G1,G2\na,1,3\nb,2,4\n";
    assert_eq!(
        read_as("a.csv", table, Orientation::SamplesInRows).unwrap(),
        small()
    );
    assert_eq!(
        read_as("a.csv", "G1,G2\na,1,3\nb,2,4\n", Orientation::SamplesInRows).unwrap(),
        small()
    );
    let ragged = read_as(
        "a.csv",
        "sample,G1,G2\na,1,3\nb,2\n",
        Orientation::SamplesInRows,
    )
    .unwrap_err();
    assert!(ragged.contains(":3: has 2 columns where 3"), "{ragged}");
    let twice = read_as(
        "a.csv",
        "sample,G1,G2\na,1,3\na,2,4\n",
        Orientation::SamplesInRows,
    )
    .unwrap_err();
    assert!(twice.contains("`a`"), "{twice}");
    let text = read_as("a.csv", "sample,G1,G2\na,1,x\n", Orientation::SamplesInRows).unwrap_err();
    assert!(text.contains(":2: column `G2`"), "{text}");
}

#[test]
fn a_table_on_its_side_is_recognised() {
    refused(
        "a.tsv",
        "sample\tENSG00000141510\tENSG00000000003\na\t1\t2\n",
        &["--samples-in-rows"],
    );
}

#[test]
fn an_empty_file_and_a_lone_header_are_refused() {
    refused("a.tsv", "", &["a.tsv: is empty"]);
    refused("a.tsv", "\n\n", &["is empty"]);
    refused("a.tsv.gz", gzip(""), &["is empty"]);
    refused("a.tsv", "gene_id\ta\n", &["a header and no row"]);
    refused("a.tsv", "gene_id\nG1\n", &["single column"]);
    refused(
        "a.tsv",
        "gene_id\tsymbol\nG1\tTP53\n",
        &["no column of counts"],
    );
}

#[test]
fn a_ragged_row_is_named_by_its_line() {
    refused(
        "a.tsv",
        "g\ta\tb\nG1\t1\t2\nG2\t3\n",
        &["a.tsv:3: has 2 columns where 3"],
    );
    refused(
        "a.tsv",
        "# made\ng\ta\tb\nG1\t1\t2\nG2\t3\t4\t5\n",
        &["a.tsv:4: has 4 columns where 3"],
    );
    refused("a.tsv", "g\ta\tb\nG1\t1\n", &[":2: has 2 columns where 3"]);
}

#[test]
fn a_truncated_or_corrupt_gzip_is_said_to_be_that() {
    let rows: String = (0..20_000)
        .map(|i| format!("G{i}\t{}\t{}\n", i * 7919 % 1009, i * 104_729 % 997))
        .collect();
    let whole = gzip(&format!("gene_id\ta\tb\n{rows}"));
    for length in [5, whole.len() / 2, whole.len() - 3] {
        refused(
            "a.tsv.gz",
            &whole[..length],
            &["a.tsv.gz: the gzip stream ends early", "truncated"],
        );
    }
    let mut corrupt = whole.clone();
    let middle = whole.len() / 2;
    corrupt[middle..middle + 50].fill(0xff);
    assert!(read("a.tsv.gz", &corrupt).is_err());
    let mut checksum = whole;
    let crc = checksum.len() - 6;
    checksum[crc] ^= 1;
    refused("a.tsv.gz", &checksum, &["corrupt"]);
}

#[test]
fn foreign_files_are_recognised() {
    refused("a.tsv", b"\x89HDF\r\n\x1a\n000", &["HDF5", "damaged"]);
    refused("a.csv", b"PK\x03\x04000", &["Excel"]);
    refused("a.tsv", b"BZh91AY", &["bzip2"]);
    refused("a.tsv", b"\x00\x01\x02\x03", &["binary"]);
    refused("a.csv", b"g,a\xff\nG1,1\n", &[":1: ", "not UTF-8"]);
}

#[test]
fn a_sample_named_twice_or_not_at_all_is_refused() {
    refused(
        "a.tsv",
        "g\ta\tb\ta\nG1\t1\t2\t3\n",
        &["a.tsv: sample names occur more than once: `a`;"],
    );
    refused(
        "a.tsv",
        "g\ta\t\nG1\t1\t2\n",
        &["sample 2 of 2 has no name"],
    );
}

#[test]
fn a_cell_that_is_no_number_is_named_by_line_and_column() {
    refused(
        "a.tsv",
        "g\ta\tb\nG1\t1\t2\nG2\tx\t4\n",
        &["a.tsv:3: column `a`: `x` is not a number"],
    );
    refused(
        "a.tsv",
        "g\ta\tb\nG1\t1\tNA\n",
        &[":2: column `b`: `NA` is not a count", "leave a gene"],
    );
    refused(
        "a.tsv",
        "g\ta\tb\nG1\t1\t\n",
        &[":2: column `b`: `` is not a count"],
    );
    let (samples, ..) = read("a.tsv", "g\tlocus\tb\nG1\tchr1\t1\n").unwrap();
    assert_eq!(samples, ["b"], "a column of text is no sample");
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    let error = open("missing.tsv".as_ref(), &ReadOptions::default())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("missing.tsv: cannot be read") && error.contains("check the path"),
        "{error}"
    );
}

#[test]
fn values_that_are_not_counts_reach_the_check_as_they_are() {
    for (cell, says) in [("-1", "negative"), ("NaN", "NaN"), ("inf", "inf")] {
        let (_, genes, _, values) = read("a.tsv", format!("g\ta\nG1\t7\nG2\t{cell}\n")).unwrap();
        let raw = RawSample::Dense(values[0].clone());
        let error = check_sample("a.tsv".as_ref(), "a", &genes, raw)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a.tsv: sample `a`, gene `G2`") && error.contains(says),
            "{error}"
        );
    }
}
