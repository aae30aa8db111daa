//! Tables as tools, spreadsheets and portals write them: a small twin of each, and what is read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use refcast_io::{RawSample, ReadOptions, SampleSource, TranscriptGenes, open, open_all};

/// Genes with counts as a library has them: a third silent, the rest over four orders of magnitude.
const GENES: usize = 600;

fn id(gene: usize) -> String {
    format!("ENSG{:011}", gene + 1)
}

/// The count of a gene in a sample; samples share their silent genes.
fn count(gene: usize, sample: usize) -> u64 {
    let level = (gene * 7919 + 11) % 601;
    if level < 200 {
        return u64::from((gene * 31 + sample * 17).is_multiple_of(97));
    }
    let base = 10f64.powf((level as f64 - 200.0) / 100.0);
    let jitter = 0.8 + ((gene * 13 + sample * 101) % 41) as f64 / 100.0;
    (base * jitter).round() as u64
}

fn counts(sample: usize) -> Vec<f64> {
    (0..GENES).map(|gene| count(gene, sample) as f64).collect()
}

/// A table: a header and a line for each gene.
fn table(header: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = format!("{header}\n");
    for gene in 0..GENES {
        let _ = writeln!(text, "{}", line(gene));
    }
    text
}

fn three(gene: usize) -> String {
    format!("{}\t{}\t{}", count(gene, 0), count(gene, 1), count(gene, 2))
}

fn wanting(samples: &[&str]) -> ReadOptions {
    ReadOptions {
        samples: samples.iter().map(|name| (*name).to_owned()).collect(),
        ..ReadOptions::default()
    }
}

struct Read {
    samples: Vec<String>,
    genes: Vec<String>,
    notes: Vec<String>,
    values: Vec<Vec<f64>>,
}

fn drain(mut source: Box<dyn SampleSource>) -> Read {
    let mut values = Vec::new();
    while let Some(raw) = source.next_sample().unwrap() {
        match raw {
            RawSample::Dense(sample) => values.push(sample),
            RawSample::Sparse { .. } => panic!("a text table is dense"),
        }
    }
    Read {
        samples: source.sample_names().to_vec(),
        genes: source.gene_names().to_vec(),
        notes: source.notes().to_vec(),
        values,
    }
}

fn written<T>(name: &str, text: impl AsRef<[u8]>, then: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    then(&path)
}

fn read(name: &str, text: impl AsRef<[u8]>) -> Read {
    written(name, text, |path| {
        drain(open(path, &ReadOptions::default()).unwrap())
    })
}

fn refused(name: &str, text: impl AsRef<[u8]>) -> String {
    written(name, text, |path| {
        open(path, &ReadOptions::default())
            .err()
            .unwrap()
            .to_string()
    })
}

/// What is read has these samples, every gene, and their counts.
fn holds(read: &Read, samples: &[&str]) {
    assert_eq!(read.samples, samples);
    let genes: Vec<String> = (0..GENES).map(id).collect();
    assert_eq!(read.genes, genes);
    for (sample, values) in read.values.iter().enumerate() {
        assert_eq!(values, &counts(sample), "sample {sample}");
    }
}

#[test]
fn htseq_without_a_header_keeps_its_first_gene_and_is_named_after_the_file() {
    let mut text = table("", |gene| format!("{}\t{}", id(gene), count(gene, 0)));
    text = text.trim_start().to_owned() + "__no_feature\t2103\n__ambiguous\t102\n";
    let read = read("s7.htseq.counts.txt", text);
    assert_eq!(read.samples, ["s7"]);
    assert_eq!(read.genes[0], id(0));
    assert_eq!(read.values[0][..GENES], counts(0));
}

#[test]
fn star_is_read_by_its_unstranded_column_or_the_one_that_is_asked_for() {
    let mut text =
        "N_unmapped\t1203\t1203\t1203\nN_multimapping\t34\t34\t34\nN_noFeature\t21\t381\t29\n\
                    N_ambiguous\t19\t1\t9\n"
            .to_owned();
    text += table("", |gene| format!("{}\t{}", id(gene), three(gene))).trim_start();
    let unstranded = read("s7_ReadsPerGene.out.tab", &text);
    assert_eq!(unstranded.samples, ["s7"]);
    assert_eq!(unstranded.values[0][4..], counts(0));
    let second = written("s7_ReadsPerGene.out.tab", &text, |path| {
        drain(open(path, &wanting(&["stranded_second"])).unwrap())
    });
    assert_eq!(second.samples, ["stranded_second"]);
    assert_eq!(second.values[0][4..], counts(2));
}

#[test]
fn the_gdc_is_read_by_its_unstranded_column() {
    let mut text = "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\tstranded_first\t\
                    stranded_second\ttpm_unstranded\tfpkm_unstranded\nN_unmapped\t\t\t12\t12\t12\t\t\n"
        .to_owned();
    text += table("", |gene| {
        format!(
            "{}.3\tG{gene}\tprotein_coding\t{}\t1.5\t0.7",
            id(gene),
            three(gene)
        )
    })
    .trim_start();
    let read = read("b1.rna_seq.augmented_star_gene_counts.tsv", text);
    assert_eq!(read.samples, ["unstranded"]);
    assert_eq!(read.values[0][1..], counts(0));
}

#[test]
fn rsem_salmon_and_kallisto_are_read_by_their_column_of_counts() {
    let rsem = table(
        "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM",
        |gene| {
            format!(
                "{}\tENST00000000001\t2100.00\t1950.33\t{}.00\t1.5\t0.7",
                id(gene),
                count(gene, 0)
            )
        },
    );
    holds(&read("s1.genes.results", rsem), &["s1"]);
    let salmon = table("Name\tLength\tEffectiveLength\tTPM\tNumReads", |gene| {
        format!("{}\t2100\t1950.3\t1.5\t{}.000", id(gene), count(gene, 0))
    });
    holds(&read("run/S7/quant.genes.sf", salmon), &["S7"]);
    let kallisto = table("target_id\tlength\teff_length\test_counts\ttpm", |gene| {
        format!("{}\t2100\t1950.3\t{}\t1.5", id(gene), count(gene, 0))
    });
    holds(&read("run/S8/abundance.tsv", kallisto), &["S8"]);
    let tximport = table(
        "\"\",\"abundance.A\",\"abundance.B\",\"counts.A\",\"counts.B\",\"length.A\",\"length.B\",\"countsFromAbundance\"",
        |gene| {
            format!(
                "\"{}\",1.5,2.5,{},{},2100,2101,\"no\"",
                id(gene),
                count(gene, 0),
                count(gene, 1)
            )
        },
    );
    holds(&read("txi.csv", tximport), &["A", "B"]);
}

#[test]
fn a_gct_of_gtex_and_one_of_version_1_3_are_read() {
    let mut gct = format!("#1.2\n{GENES}\t3\n");
    gct += &table("Name\tDescription\ta\tb\tc", |gene| {
        format!("{}\tSYM{gene}\t{}", id(gene), three(gene))
    });
    holds(&read("gene_reads_lung.gct", gct), &["a", "b", "c"]);
    let mut newer = format!("#1.3\n{GENES}\t3\t1\t1\n");
    newer += "id\tDescription\ta\tb\tc\ntissue\tna\tlung\tlung\tliver\n";
    newer += table("", |gene| {
        format!("{}\tSYM{gene}\t{}", id(gene), three(gene))
    })
    .trim_start();
    holds(&read("matrix.gct", newer), &["a", "b", "c"]);
}

#[test]
fn remarks_titles_and_headers_behind_a_mark_are_told_apart() {
    for before in [
        "# gene_id\ta\tb\tc\n",
        "#gene_id\ta\tb\tc\n",
        "#DGE\tVERSION:1.1\tUEI:abc\nGENE\ta\tb\tc\n",
        "# made by a program; Command:\"count\" \"-a\"\ngene_id\ta\tb\tc\n",
        "Supplementary Table 3. Raw counts\n\ngene_id\ta\tb\tc\n",
        "sep=\t\ngene_id\ta\tb\tc\n",
        "a\tb\tc\n",
        "gene_id\t\"a\"\t\"b\"\tc\n",
    ] {
        let text = table(before.trim_end(), |gene| {
            format!("{}\t{}", id(gene), three(gene))
        });
        holds(&read("counts.txt", text), &["a", "b", "c"]);
    }
    let commas = table("sep=;\ngene_id;a;b;c", |gene| {
        format!("{};{}", id(gene), three(gene).replace('\t', ";"))
    });
    holds(&read("counts.csv", commas), &["a", "b", "c"]);
}

#[test]
fn several_columns_without_a_header_are_refused_with_what_to_add() {
    let text = table("", |gene| format!("{}\t{}", id(gene), three(gene)));
    let message = refused("counts.txt", text.trim_start());
    assert!(
        message.contains(":1: the first line holds values") && message.contains("`gene_id`"),
        "{message}"
    );
}

#[test]
fn numbers_that_are_no_samples_are_passed_over_whatever_their_name_and_place() {
    let length = |gene: usize| 200 + (gene * 7919) % 11_000;
    let entrez = |gene: usize| 1_000 + gene * 37;
    let total = |gene: usize| (0..3).map(|sample| count(gene, sample)).sum::<u64>();
    for name in ["gene_length", "Length", "bp", "whatever", "S4"] {
        let text = table(&format!("gene_id\t{name}\ta\tb\tc"), |gene| {
            format!("{}\t{}\t{}", id(gene), length(gene), three(gene))
        });
        let found = read("counts.tsv", text);
        holds(&found, &["a", "b", "c"]);
        assert!(
            found.notes.iter().any(|note| note.contains(name)),
            "{:?}",
            found.notes
        );
    }
    for (name, value) in [
        (
            "level",
            &(|gene: usize| 1 + gene % 3) as &dyn Fn(usize) -> usize,
        ),
        ("entrezgene", &entrez),
        ("x2", &entrez),
        ("Total", &|gene| total(gene) as usize),
        ("all", &|gene| total(gene) as usize),
        ("taxid", &|_| 9606),
    ] {
        let text = table(&format!("gene_id\ta\tb\tc\t{name}"), |gene| {
            format!("{}\t{}\t{}", id(gene), three(gene), value(gene))
        });
        holds(&read("counts.tsv", text), &["a", "b", "c"]);
    }
}

#[test]
fn a_sample_that_is_named_like_annotation_is_a_sample() {
    for names in [
        ["Start", "Mid", "End"],
        ["Length", "Total", "b"],
        ["1", "2", "3"],
        ["start", "end", "level"],
    ] {
        let text = table(&format!("gene_id\t{}", names.join("\t")), |gene| {
            format!("{}\t{}", id(gene), three(gene))
        });
        holds(&read("counts.tsv", text), &names);
    }
    // And one that is passed over can be asked for.
    let text = table("gene_id\tlength\ta\tb\tc", |gene| {
        format!("{}\t{}\t{}", id(gene), 500 + gene, three(gene))
    });
    let asked = written("counts.tsv", text, |path| {
        drain(open(path, &wanting(&["length"])).unwrap())
    });
    assert_eq!(asked.samples, ["length", "a", "b", "c"]);
}

#[test]
fn a_filtered_table_without_a_zero_keeps_its_samples_and_loses_its_lengths() {
    let expressed: Vec<usize> = (0..GENES)
        .filter(|&gene| (0..3).all(|s| count(gene, s) > 4))
        .collect();
    let mut text = "gene_id\tgene_length\ta\tb\tc\n".to_owned();
    for &gene in &expressed {
        let length = 200 + (gene * 104_729) % 9_000;
        let _ = writeln!(text, "{}\t{length}\t{}", id(gene), three(gene));
    }
    assert_eq!(read("counts.tsv", text).samples, ["a", "b", "c"]);
}

#[test]
fn a_filtered_table_keeps_its_samples_where_one_alone_has_zeros() {
    let expressed: Vec<usize> = (0..GENES)
        .filter(|&gene| (0..9).all(|s| count(gene, s) > 4))
        .collect();
    let names: Vec<String> = (0..9).map(|sample| format!("s{sample}")).collect();
    let mut text = format!("gene_id\t{}\n", names.join("\t"));
    for (row, &gene) in expressed.iter().enumerate() {
        let _ = write!(text, "{}", id(gene));
        for sample in 0..9 {
            let shallow = sample == 4 && row % 12 == 0;
            let value = if shallow { 0 } else { count(gene, sample) };
            let _ = write!(text, "\t{value}");
        }
        text.push('\n');
    }
    assert_eq!(read("counts.tsv", text).samples, names);
}

#[test]
fn ids_are_found_wherever_they_stand() {
    for (header, line) in [
        (
            "\tgene_id\ta\tb\tc",
            &(|gene| format!("{gene}\t{}\t{}", id(gene), three(gene))) as &dyn Fn(usize) -> String,
        ),
        ("gene_name\tgene_id\ta\tb\tc", &|gene| {
            format!("SYM{gene}\t{}\t{}", id(gene), three(gene))
        }),
        ("Chr\tGeneID\tStart\tStop\tCodingLength\ta\tb\tc", &|gene| {
            format!(
                "chr{}\t{}\t{}\t{}\t900\t{}",
                gene % 22,
                id(gene),
                gene * 1000,
                gene * 1000 + 900,
                three(gene)
            )
        }),
        ("gene_id\tdescription\tbiotype\ta\tb\tc", &|gene| {
            format!(
                "{}\ta \"gene {gene}\tprotein_coding\t{}",
                id(gene),
                three(gene)
            )
        }),
    ] {
        holds(&read("counts.tsv", table(header, line)), &["a", "b", "c"]);
    }
    let symbols = read(
        "counts.csv",
        table(",gene,a,b", |gene| {
            format!("{gene},SYM{gene},{},{}", count(gene, 0), count(gene, 1))
        }),
    );
    assert_eq!(symbols.genes[5], "SYM5");
    assert_eq!(symbols.samples, ["a", "b"]);
}

#[test]
fn spreadsheets_write_numbers_in_many_ways() {
    let grouped = |value: u64, mark: &str| {
        let digits = value.to_string();
        let parts: Vec<&str> = digits
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|part| std::str::from_utf8(part).unwrap())
            .collect();
        parts.join(mark)
    };
    for (mark, decimal) in [
        (",", ""),
        (".", ""),
        ("'", ""),
        (" ", ""),
        ("\u{a0}", ""),
        ("", ",00"),
        (".", ",00"),
        (",", ".00"),
    ] {
        let cell = |gene, sample| format!("\"{}{decimal}\"", grouped(count(gene, sample), mark));
        let text = table("\u{feff}gene_id;a;b;c", |gene| {
            format!(
                "{};{};{};{}",
                id(gene),
                cell(gene, 0),
                cell(gene, 1),
                cell(gene, 2)
            )
        });
        holds(
            &read("counts.csv", text.replace('\n', "\r\n")),
            &["a", "b", "c"],
        );
    }
}

#[test]
fn text_of_windows_and_of_old_macs_is_read_and_lines_are_counted_right() {
    let text = table("gene_id\ta\tb\tc", |gene| {
        format!("{}\t{}", id(gene), three(gene))
    });
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}")
            .replace('\n', "\r\n")
            .encode_utf16()
            .flat_map(order)
            .collect()
    };
    holds(
        &read("counts.txt", utf16(u16::to_le_bytes)),
        &["a", "b", "c"],
    );
    holds(
        &read("counts.txt", utf16(u16::to_be_bytes)),
        &["a", "b", "c"],
    );
    holds(
        &read("counts.txt", text.replace('\n', "\r")),
        &["a", "b", "c"],
    );
    let blank = text.trim_end().replace('\n', ",,\n").replace('\t', ",") + ",,\n,,,,\n,,,,\n";
    holds(&read("counts.csv", blank), &["a", "b", "c"]);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[99] = format!("{}\t1\t2\tx", id(98));
    let bad = lines.join("\n");
    for end in ["\n", "\r\n", "\r"] {
        let message = refused("counts.tsv", bad.replace('\n', end));
        assert!(
            message.contains("counts.tsv:100: column `c`: `x`"),
            "{message}"
        );
        assert!(!message.contains("remove"), "{message}");
    }
}

#[test]
fn commas_in_the_names_of_samples_separate_nothing() {
    let text = table(
        "gene_id\tmock, 24h, A\tmock, 24h, B\tIL13, 24h, A",
        |gene| format!("{}\t{}", id(gene), three(gene)),
    );
    holds(
        &read("counts.txt", text),
        &["mock, 24h, A", "mock, 24h, B", "IL13, 24h, A"],
    );
}

#[test]
fn what_is_no_table_of_counts_is_named() {
    let results = table(
        "gene_id\tbaseMean\tlog2FoldChange\tlfcSE\tstat\tpvalue\tpadj",
        |gene| format!("{}\t{}\t0.5\t0.1\t5\t0.001\tNA", id(gene), count(gene, 0)),
    );
    assert!(refused("results.csv", results.replace('\t', ",")).contains("differential expression"));
    let summary = "Status\ta.bam\tb.bam\nAssigned\t123\t456\nUnassigned_Unmapped\t7\t8\n";
    assert!(refused("counts.txt.summary", summary).contains("featureCounts"));
    let library: f64 = counts(0).iter().sum();
    let tpm = table("gene_id\ta\tb", |gene| {
        let scaled = |sample| (count(gene, sample) as f64 * 1e6 / library).round();
        format!("{}\t{}\t{}", id(gene), scaled(0), scaled(0))
    });
    assert!(refused("tpm.tsv", tpm).contains("TPM or CPM"));
}

#[test]
fn columns_beside_the_counts_that_hold_another_unit_are_passed_over() {
    let text = table(
        "gene_id\tA_count\tA_TPM\tA_FPKM\tlog2FoldChange\tpvalue",
        |gene| format!("{}\t{}\t1.5\t0.7\t-0.3\tNA", id(gene), count(gene, 0)),
    );
    let read = read("GSE1_counts.txt", text);
    holds(&read, &["A_count"]);
    assert!(
        read.notes.iter().any(|note| note.contains("A_TPM")),
        "{:?}",
        read.notes
    );
}

#[test]
fn files_of_one_sample_each_make_one_matrix() {
    let folder = tempfile::tempdir().unwrap();
    let file = |sample: usize, reversed: bool| {
        let line = |gene: usize| {
            let gene = if reversed { GENES - 1 - gene } else { gene };
            format!(
                "{}\tENST1\t2100.00\t1950.33\t{}.00\t1.5\t0.7",
                id(gene),
                count(gene, sample)
            )
        };
        table(
            "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM",
            line,
        )
    };
    let paths =
        [("s0", 0, false), ("s1", 1, true), ("s2", 2, false)].map(|(name, sample, reversed)| {
            let path = folder.path().join(format!("{name}.genes.results"));
            fs::write(&path, file(sample, reversed)).unwrap();
            path
        });
    holds(
        &drain(open_all(&paths, &ReadOptions::default()).unwrap()),
        &["s0", "s1", "s2"],
    );
    holds(
        &drain(open(folder.path(), &ReadOptions::default()).unwrap()),
        &["s0", "s1", "s2"],
    );
    fs::write(
        &paths[1],
        file(1, false).replacen(&id(5), "ENSG00000099999", 1),
    )
    .unwrap();
    let message = open_all(&paths, &ReadOptions::default())
        .err()
        .unwrap()
        .to_string();
    assert!(
        message.contains("s1.genes.results") && message.contains("one annotation"),
        "{message}"
    );
}

#[test]
fn transcripts_are_added_up_to_their_genes_by_a_table() {
    let transcript = |gene: usize, form: usize| format!("ENST{:011}.{}", gene * 2 + form, form + 1);
    let mut quant = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n".to_owned();
    let mut pairs = "TXNAME\tGENEID\n".to_owned();
    for gene in 0..GENES {
        for form in 0..2 {
            let _ = writeln!(
                quant,
                "{}\t900\t800.5\t1.5\t{}.25",
                transcript(gene, form),
                count(gene, form)
            );
            let _ = writeln!(pairs, "{}\t{}.4", transcript(gene, form), id(gene));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (table, path) = (
        folder.path().join("tx2gene.tsv"),
        folder.path().join("quant.sf"),
    );
    fs::write(&table, pairs).unwrap();
    fs::write(&path, quant).unwrap();
    let options = ReadOptions {
        transcripts: Some((TranscriptGenes::read(&table).unwrap(), table)),
        ..ReadOptions::default()
    };
    let read = drain(open_all(&[path], &options).unwrap());
    assert_eq!(read.genes[2], format!("{}.4", id(1)));
    assert_eq!(read.genes[3], read.genes[2]);
    assert_eq!(read.values[0][3], count(1, 1) as f64 + 0.25);
    assert!(
        read.notes
            .iter()
            .any(|note| note.contains("1200 transcripts")),
        "{:?}",
        read.notes
    );
}
