//! Written tables: read back as they were, the same bytes every time, nothing left on failure.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use refcast_core::{Counts, Gene, GeneAxis};
use refcast_io::{AlignedReader, GeneNames, GeneResolver, ReadOptions, open, write_counts};

fn axis() -> GeneAxis {
    let gene = |id: &str, symbol: &str| Gene {
        id: id.parse().unwrap(),
        symbol: symbol.into(),
    };
    GeneAxis::new(vec![
        gene("ENSG00000141510", "TP53"),
        gene("ENSG00000136997", "MYC"),
        gene("ENSG00000000003", "TSPAN6"),
    ])
    .unwrap()
}

fn samples() -> [Counts; 2] {
    let mask = [true, false, true];
    [vec![1, 0, 2], vec![0, 0, 3_000_000_000]].map(|values| Counts::new(values, mask).unwrap())
}

#[test]
fn a_written_table_reads_back_as_the_same_counts() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = samples();
    for name in ["a.tsv", "a.csv", "a.tsv.gz", "a.csv.gz"] {
        let path = folder.path().join(name);
        write_counts(&path, &axis(), &[("one", &one), ("two, again", &two)]).unwrap();
        let source = open(&path, &ReadOptions::default()).unwrap();
        let resolver = GeneResolver::new(axis(), GeneNames::default());
        let mut reader = AlignedReader::new(source, &resolver).unwrap();
        assert_eq!(reader.sample_names(), ["one", "two, again"]);
        for expected in [&one, &two] {
            let (_, sample) = reader.next_sample().unwrap().unwrap();
            assert_eq!(&sample.counts, expected, "{name}");
        }
        assert!(reader.next_sample().unwrap().is_none());
        assert_eq!(reader.report().fraction_of_counts_kept, [1.0, 1.0]);
    }
}

#[test]
fn the_same_counts_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = samples();
    let bytes = |name: &str| {
        let path = folder.path().join(name);
        write_counts(&path, &axis(), &[("one", &one), ("two", &two)]).unwrap();
        fs::read(path).unwrap()
    };
    let first = bytes("a.tsv.gz");
    assert_eq!(first, bytes("b.tsv.gz"));
    assert_eq!(&first[..2], b"\x1f\x8b");
    // Bytes 4 to 8 of a gzip header are the time.
    assert_eq!(&first[4..8], [0; 4]);
    assert_eq!(
        String::from_utf8(bytes("a.tsv")).unwrap(),
        "gene_id\tgene_symbol\tone\ttwo\nENSG00000141510\tTP53\t1\t0\nENSG00000000003\tTSPAN6\t2\t3000000000\n"
    );
}

#[test]
fn a_gene_that_only_some_samples_measured_is_na_in_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let [one, _] = samples();
    let full = Counts::fully_observed(vec![7, 8, 9]).unwrap();
    write_counts(&path, &axis(), &[("one", &one), ("full", &full)]).unwrap();
    assert!(
        fs::read_to_string(path)
            .unwrap()
            .contains("ENSG00000136997,MYC,NA,8\n")
    );
}

#[test]
fn a_failed_write_leaves_the_folder_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tsv");
    fs::write(&path, "old").unwrap();
    let short = Counts::fully_observed(vec![1]).unwrap();
    let error = write_counts(&path, &axis(), &[("short", &short)])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("short: has 1 genes; the axis has 3"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_of_other_genes_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mouse.tsv");
    fs::write(&path, "id\ta\nENSMUSG00000059552\t3\n").unwrap();
    let source = open(&path, &ReadOptions::default()).unwrap();
    let resolver = GeneResolver::new(axis(), GeneNames::default());
    let error = AlignedReader::new(source, &resolver)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("mouse.tsv: the file has 0 of the model's 3 genes"),
        "{error}"
    );
}
