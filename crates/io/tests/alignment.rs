//! Alignment: the same sample comes out however its genes are named and ordered.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use refcast_core::{Counts, Gene, GeneAxis, GeneId};
use refcast_io::align::{GeneResolution, LeftOutCause, Rewriting, Unmatched};
use refcast_io::{Alignment, GeneNames, GeneResolver, SampleCounts};

fn id(number: usize) -> GeneId {
    format!("ENSG{number:011}").parse().unwrap()
}

/// An axis of genes 1 to `n`, with symbols SYM1 to SYMn.
fn axis(n: usize) -> GeneAxis {
    GeneAxis::new(
        (1..=n)
            .map(|i| Gene {
                id: id(i),
                symbol: format!("SYM{i}"),
            })
            .collect(),
    )
    .unwrap()
}

fn resolver(n: usize) -> GeneResolver {
    let named = |names: &[(&str, usize)]| {
        names
            .iter()
            .map(|&(name, gene)| (name.to_owned(), id(gene)))
            .collect()
    };
    GeneResolver::new(
        axis(n),
        GeneNames {
            symbols: named(&[("OFF", 900), ("C1orf1", 1), ("TAKEN", 901)]),
            former: named(&[("FIRST", 1), ("SEPT2", 2), ("MARCH1", 1), ("MARC1", 2)]),
            aliases: named(&[
                ("FIRST", 2),
                ("7105", 3),
                ("OLD1", 1),
                ("OLD2", 2),
                ("SHARED", 1),
                ("SHARED", 2),
                ("TAKEN", 3),
                ("GONE", 902),
                ("SYM4", 5),
            ]),
            entrez: named(&[("7157", 1), ("60", 2), ("3458", 3), ("10", 4)]),
        },
    )
}

fn names<S: ToString>(names: impl IntoIterator<Item = S>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

fn align(
    genes: &[String],
    symbols: Option<&[String]>,
    counts: &[u64],
    n: usize,
) -> (Counts, Alignment) {
    let alignment = Alignment::new(genes, symbols, &resolver(n)).unwrap();
    let dense = SampleCounts::Dense(counts.iter().map(|&count| count as f64).collect());
    let sample = alignment
        .align_sample(Path::new("a.tsv"), "s", &dense)
        .unwrap();
    (sample.counts, alignment)
}

/// A fixed shuffle: multiplication by a number coprime to the length.
fn shuffled<T: Clone>(items: &[T]) -> Vec<T> {
    (0..items.len())
        .map(|i| items[i * 37 % items.len()].clone())
        .collect()
}

#[test]
fn order_versions_and_symbols_do_not_change_the_counts() {
    let n = 100;
    let counts: Vec<u64> = (0..n as u64).map(|i| i * i % 71).collect();
    let ids = names((1..=n).map(id));
    let (expected, _) = align(&ids, None, &counts, n);
    assert_eq!(expected.values(), counts);

    let versioned = names(ids.iter().map(|id| format!("{id}.7")));
    let barred = names(
        ids.iter()
            .enumerate()
            .map(|(i, id)| format!("{id}.7|SYM{}", i + 1)),
    );
    let symbols = names((1..=n).map(|i| format!("SYM{i}")));
    let mixed = names((0..n).map(|i| {
        if i % 2 == 0 {
            ids[i].clone()
        } else {
            symbols[i].clone()
        }
    }));
    for (what, genes) in [
        ("ids", &ids),
        ("versions", &versioned),
        ("bars", &barred),
        ("symbols", &symbols),
        ("mixed", &mixed),
    ] {
        assert_eq!(align(genes, None, &counts, n).0, expected, "{what}");
        assert_eq!(
            align(&shuffled(genes), None, &shuffled(&counts), n).0,
            expected,
            "{what}, shuffled"
        );
    }
    let unknown = names((1..=n).map(|i| format!("row{i}")));
    assert_eq!(
        align(&unknown, Some(&symbols), &counts, n).0,
        expected,
        "symbols beside the names"
    );
}

#[test]
fn sparse_and_dense_samples_align_the_same() {
    let genes = names((1..=4).map(id));
    let alignment = Alignment::new(&genes, None, &resolver(4)).unwrap();
    let sparse = SampleCounts::Sparse {
        gene: vec![3, 1],
        count: vec![5.0, 2.0],
    };
    let dense = SampleCounts::Dense(vec![0.0, 2.0, 0.0, 5.0]);
    let align = |counts| alignment.align_sample(Path::new("a"), "s", counts).unwrap();
    assert_eq!(align(&sparse), align(&dense));
}

#[test]
fn genes_that_the_file_lacks_are_unobserved() {
    let (counts, alignment) = align(&names([id(3), id(1)]), None, &[7, 0], 4);
    assert_eq!(counts.values(), [0, 0, 7, 0]);
    assert_eq!(counts.observed().as_ref(), [true, false, true, false]);
    let report = alignment.report();
    assert_eq!(
        (
            report.file_genes,
            report.axis_genes,
            report.matched,
            report.missing
        ),
        (2, 4, 2, 2)
    );
}

#[test]
fn the_same_gene_twice_is_summed() {
    let genes = names([
        "ENSG00000000001.3",
        "ENSG00000000001.3_PAR_Y",
        "ENSG00000000002",
        "SYM2",
    ]);
    let (counts, alignment) = align(&genes, None, &[1, 2, 3, 4], 2);
    assert_eq!(counts.values(), [3, 7]);
    let report = alignment.report();
    assert_eq!(
        (report.duplicates_summed, report.by_id, report.by_symbol),
        (2, 3, 1)
    );
}

#[test]
fn an_alias_answers_where_it_means_one_gene_and_nothing_surer_does() {
    let resolver = resolver(6);
    let at = |gene| resolver.axis().index_of(id(gene)).unwrap();
    assert_eq!(resolver.resolve("OLD1"), GeneResolution::Alias(at(1)));
    assert_eq!(
        resolver.resolve("FIRST"),
        GeneResolution::Former(at(1)),
        "a former symbol wins over an alias"
    );
    assert_eq!(
        resolver.resolve("7105"),
        GeneResolution::Unmatched(Unmatched::Number),
        "a number is no alias"
    );
    assert_eq!(resolver.resolve("C1ORF1"), GeneResolution::Symbol(at(1)));
    assert_eq!(
        resolver.resolve("SHARED"),
        GeneResolution::Ambiguous(vec![id(1), id(2)], None)
    );
    assert_eq!(
        resolver.resolve("SYM4"),
        GeneResolution::Symbol(at(4)),
        "the approved symbol wins"
    );
    assert_eq!(
        resolver.resolve("TAKEN"),
        GeneResolution::Unmatched(Unmatched::NotOnAxis),
        "the symbol of a gene off the axis wins too"
    );
    assert_eq!(
        resolver.resolve("GONE"),
        GeneResolution::Unmatched(Unmatched::NotOnAxis)
    );
    assert_eq!(
        resolver.resolve("Sym1"),
        GeneResolution::Unmatched(Unmatched::Unknown),
        "the mouse writes its genes so"
    );

    for genes in [["OLD1", "SYM1", "SYM2"], ["SYM1", "OLD1", "SYM2"]] {
        let counts = if genes[0] == "OLD1" {
            [10, 1, 2]
        } else {
            [1, 10, 2]
        };
        let (aligned, alignment) = align(&names(genes), None, &counts, 2);
        assert_eq!(aligned.values(), [1, 2]);
        assert_eq!(alignment.report().unmatched_examples, ["OLD1"]);
    }
}

#[test]
fn names_that_programs_rewrote_are_read_where_they_mean_one_gene() {
    let resolver = resolver(6);
    let at = |gene| resolver.axis().index_of(id(gene)).unwrap();
    for (name, rewriting) in [
        ("GRCh38_SYM2", Rewriting::Prefix),
        ("gene:SYM2", Rewriting::Prefix),
        ("SYM2|7105", Rewriting::Joined),
        ("SYM2 (7105)", Rewriting::Joined),
        ("2-Sep", Rewriting::Date),
        ("02.09.2021", Rewriting::Date),
    ] {
        let expected = GeneResolution::Restored(at(2), rewriting);
        assert_eq!(resolver.resolve(name), expected, "{name}");
    }
    for name in ["SYM2_ENSG00000000002", "GRCh38_ENSG00000000002.4"] {
        assert_eq!(resolver.resolve(name), GeneResolution::Id(at(2)), "{name}");
    }
    assert_eq!(
        resolver.resolve("1-Mar"),
        GeneResolution::Ambiguous(vec![id(1), id(2)], Some(Rewriting::Date))
    );
    assert_eq!(
        resolver.resolve("SYM1|SYM2"),
        GeneResolution::Ambiguous(vec![id(1), id(2)], Some(Rewriting::Joined))
    );
    assert_eq!(
        resolver.resolve("mm10___SYM2"),
        GeneResolution::Unmatched(Unmatched::OtherSpecies)
    );
    let genes = names(["SYM1", "SYM1.1", "SYM2", "45171", "SYM900-1"]);
    let many: Vec<String> = (3..200).map(|gene| format!("SYM{gene}")).collect();
    let genes = [genes, many].concat();
    let (counts, alignment) = align(&genes, None, &vec![1; genes.len()], 300);
    assert_eq!(counts.values()[..2], [2, 2]);
    let report = alignment.report();
    let causes: Vec<_> = report.left_out.iter().map(|l| (l.cause, l.genes)).collect();
    assert_eq!(
        causes,
        [(LeftOutCause::Unknown, 1)],
        "SYM900 is not in the file"
    );
}

#[test]
fn numbers_are_ids_of_ncbi_where_most_are_known_and_they_do_not_count_rows() {
    let (counts, alignment) = align(&names([7157, 60, 10, 9999]), None, &[1, 2, 3, 4], 4);
    assert_eq!(counts.values(), [1, 2, 0, 3]);
    assert!(alignment.report().entrez);
    let rows: Vec<String> = (1..=60).map(|row| row.to_string()).collect();
    let refused = Alignment::new(&rows, None, &resolver(4)).unwrap_err();
    assert!(refused.to_string().contains("numbers"), "{refused}");
}

#[test]
fn ambiguous_names_are_dropped_and_reported() {
    let (counts, alignment) = align(&names(["SHARED", "SYM2", "SYM1"]), None, &[9, 2, 1], 2);
    assert_eq!(counts.values(), [1, 2]);
    let report = alignment.report();
    assert_eq!(report.ambiguous.len(), 1);
    assert_eq!(report.ambiguous[0].name, "SHARED");
    assert_eq!(report.ambiguous[0].candidates, [id(1), id(2)]);
}

#[test]
fn a_retired_id_is_rescued_by_the_symbol_beside_it_but_never_counted_twice() {
    let genes = names([id(800), id(2), id(801)]);
    let symbols = names(["SYM1", "SYM2", "SYM2"]);
    let (counts, alignment) = align(&genes, Some(&symbols), &[5, 6, 100], 2);
    assert_eq!(counts.values(), [5, 6]);
    assert_eq!(alignment.report().unmatched, 1);
}

#[test]
fn the_fraction_kept_counts_genes_only() {
    let genes = names(["SYM1", "SYM2", "OFF", "__no_feature", "N_unmapped"]);
    let alignment = Alignment::new(&genes, None, &resolver(2)).unwrap();
    let counts = SampleCounts::Dense(vec![1.0, 2.0, 1.0, 1e3, 1e3]);
    let sample = alignment
        .align_sample(Path::new("a"), "s", &counts)
        .unwrap();
    assert_eq!(sample.fraction_kept, 0.75);
    assert_eq!(alignment.report().summary_lines, 2);
}

#[test]
fn a_panel_of_a_hundred_genes_passes_and_says_what_part_of_the_counts_it_has() {
    let resolver = resolver(2_000);
    let panel = names((1..=100).map(id));
    let shares = vec![1.0 / 2_000.0; 2_000];
    for alignment in [
        Alignment::new(&panel, None, &resolver).unwrap(),
        Alignment::of_query(&panel, &resolver).unwrap(),
    ] {
        let report = alignment.with_shares(&shares).report().clone();
        assert_eq!((report.matched, report.missing), (100, 1_900));
        let part = report.expected_fraction_of_counts.unwrap();
        assert!((part - 0.05).abs() < 1e-6, "{part}");
    }
}

#[test]
fn fewer_than_a_hundred_genes_are_refused_with_examples_and_advice() {
    let refused = |genes: &[String]| {
        Alignment::new(genes, None, &resolver(2_000))
            .unwrap_err()
            .to_string()
    };
    let message = refused(&names((1..=99).map(id)));
    assert!(
        message.contains("99 of the model's 2000 genes")
            && message.contains("100 are the least")
            && message.contains("all genes that were measured"),
        "{message}"
    );
    for (prefix, advice) in [
        ("ENSMUSG0000000000", "another species"),
        ("ENST0000000000", "transcripts"),
        ("671", "Entrez"),
        ("Donor", "samples in rows"),
    ] {
        let message = refused(&names((0..8).map(|i| format!("{prefix}{i}"))));
        assert!(
            message.contains(advice) && message.contains(&format!("`{prefix}0`")),
            "{message}"
        );
        assert!(message.contains("ENSG00000000001 (SYM1)"), "{message}");
    }
}

#[test]
fn a_table_of_another_species_with_some_names_in_common_is_refused() {
    // The mouse and man share the names of some genes: C3, H19.
    let mut genes = names((1..=120).map(id));
    genes.extend((0..20_000).map(|i| format!("Gene{i}Rik")));
    let message = Alignment::new(&genes, None, &resolver(2_000))
        .unwrap_err()
        .to_string();
    assert!(message.contains("another species"), "{message}");
}

#[test]
fn a_refusal_of_a_query_speaks_of_no_file() {
    let refused = Alignment::of_query(&names(["none"]), &resolver(10)).unwrap_err();
    let message = refused.to_string();
    assert!(
        !message.contains("file") && !message.contains("--"),
        "{message}"
    );
}

#[test]
fn a_sample_without_counts_on_the_axis_is_refused() {
    let alignment = Alignment::new(&names(["SYM1", "SYM2", "OFF"]), None, &resolver(2)).unwrap();
    let counts = SampleCounts::Dense(vec![0.0, 0.0, 5.0]);
    let error = alignment
        .align_sample(Path::new("a.tsv"), "s1", &counts)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("a.tsv: sample `s1`: has no count"),
        "{error}"
    );
}

#[test]
fn a_sample_of_another_file_is_refused_not_misread() {
    let alignment = Alignment::new(&names(["SYM1", "SYM2"]), None, &resolver(2)).unwrap();
    for counts in [
        SampleCounts::Dense(vec![1.0, 2.0, 3.0]),
        SampleCounts::Sparse {
            gene: vec![2],
            count: vec![1.0],
        },
    ] {
        assert!(
            alignment
                .align_sample(Path::new("a"), "s", &counts)
                .is_err()
        );
    }
}

#[test]
fn counts_that_overflow_are_refused() {
    let alignment = Alignment::new(&names(["SYM1", "SYM1", "SYM2"]), None, &resolver(2)).unwrap();
    let counts = SampleCounts::Dense(vec![1e19, 1e19, 1.0]);
    assert!(
        alignment
            .align_sample(Path::new("a"), "s", &counts)
            .is_err()
    );
}
