//! One made-up twin of each file and folder that programs write, read as every command reads them:
//! the same three genes in two cells from all of them. docs/formats.md lists them.

#![allow(clippy::unwrap_used)]

mod tenx_support;

use std::path::PathBuf;

use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};
use refcast_io::{FileKind, ReadOptions, open};
use tenx_support::*;

const IDS: [&str; 3] = ["ENSG00000000003", "ENSG00000141510", "ENSG00000146648"];
const SYMBOLS: [&str; 3] = ["TSPAN6", "TP53", "EGFR"];
const CELLS: [&str; 2] = ["AAAC-1", "CCCG-1"];
/// `[cells][genes]`.
const COUNTS: [[f64; 3]; 2] = [[5.0, 0.0, 2.0], [0.0, 7.0, 1.0]];

const GENES_FIRST: &str =
    "%%MatrixMarket matrix coordinate integer general\n%\n3 2 4\n1 1 5\n3 1 2\n2 2 7\n3 2 1\n";
const CELLS_FIRST: &str =
    "%%MatrixMarket matrix coordinate real general\n2 3 4\n1 1 5.0\n2 2 7.0\n1 3 2.0\n2 3 1.0\n";

/// A folder of files, gzipped where their names say so.
fn folder(files: &[(&str, String)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        let bytes = match name.ends_with(".gz") {
            true => gzipped(text),
            false => text.clone().into_bytes(),
        };
        folder.file(name, &bytes);
    }
    folder
}

fn lines(values: &[&str]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// A line a gene, from its id and symbol.
fn genes(line: impl Fn(&str, &str) -> String) -> String {
    let both = IDS.iter().zip(SYMBOLS);
    both.map(|(id, symbol)| line(id, symbol) + "\n").collect()
}

/// Reads `path` and checks the counts; the genes' names come back with what was read.
fn expect_counts(path: &std::path::Path) -> Whole {
    let found = read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(found.counts, COUNTS, "{}", path.display());
    assert_eq!(found.cells, CELLS, "{}", path.display());
    found
}

#[test]
fn folders_of_every_program_are_read() {
    let with_type = || genes(|id, symbol| format!("{id}\t{symbol}\tGene Expression"));
    let two_columns = || genes(|id, symbol| format!("{id}\t{symbol}"));
    let barcodes = || lines(&CELLS);
    let (by_gene, by_cell) = (|| GENES_FIRST.to_owned(), || CELLS_FIRST.to_owned());
    let programs: [(&str, Vec<(&str, String)>); 14] = [
        (
            "Cell Ranger 3 on",
            vec![
                ("matrix.mtx.gz", by_gene()),
                ("features.tsv.gz", with_type()),
                ("barcodes.tsv.gz", barcodes()),
            ],
        ),
        (
            "Cell Ranger 2, STARsolo",
            vec![
                ("matrix.mtx", by_gene()),
                ("genes.tsv", two_columns()),
                ("barcodes.tsv", barcodes()),
            ],
        ),
        (
            "STARsolo raw, with estimates beside the counts",
            vec![
                ("matrix.mtx", by_gene()),
                ("UniqueAndMult-EM.mtx", String::new()),
                ("features.tsv", with_type()),
                ("barcodes.tsv", barcodes()),
            ],
        ),
        (
            "GEO, with a prefix",
            vec![
                ("GSM1_a_matrix.mtx.gz", by_gene()),
                ("GSM1_a_features.tsv.gz", with_type()),
                ("GSM1_a_barcodes.tsv.gz", barcodes()),
            ],
        ),
        (
            "kb count",
            vec![
                ("cells_x_genes.mtx", by_cell()),
                ("cells_x_genes.genes.txt", lines(&IDS)),
                ("cells_x_genes.genes.names.txt", lines(&SYMBOLS)),
                ("cells_x_genes.barcodes.txt", barcodes()),
            ],
        ),
        (
            "kb count with nascent molecules, summed",
            vec![
                ("cells_x_genes.total.mtx", by_cell()),
                ("cells_x_genes.mature.mtx", String::new()),
                ("cells_x_genes.nascent.mtx", String::new()),
                ("cells_x_genes.ambiguous.mtx", String::new()),
                ("cells_x_genes.genes.txt", lines(&IDS)),
                ("cells_x_genes.barcodes.txt", barcodes()),
            ],
        ),
        (
            "alevin-fry",
            vec![
                ("quants_mat.mtx", by_cell()),
                ("quants_mat_rows.txt", barcodes()),
                ("quants_mat_cols.txt", lines(&IDS)),
            ],
        ),
        (
            "Parse",
            vec![
                ("count_matrix.mtx", by_cell()),
                (
                    "all_genes.csv",
                    format!(
                        "gene_id,gene_name,genome\n{}",
                        genes(|id, symbol| format!("{id},{symbol},hg38"))
                    ),
                ),
                (
                    "cell_metadata.csv",
                    format!(
                        "bc_wells,sample,gene_count\n{}",
                        lines(&["AAAC-1,a,2", "CCCG-1,\"b, c\",2"])
                    ),
                ),
            ],
        ),
        (
            "Parse before 1.1",
            vec![
                ("DGE.mtx", by_cell()),
                (
                    "all_genes.csv",
                    format!(
                        "gene_id,gene_name,genome\n{}",
                        genes(|id, symbol| format!("{id},{symbol},hg38"))
                    ),
                ),
                (
                    "cell_metadata.csv",
                    format!("bc_wells,sample\n{}", lines(&["AAAC-1,a", "CCCG-1,b"])),
                ),
            ],
        ),
        (
            "BD Rhapsody",
            vec![
                ("matrix.mtx.gz", by_gene()),
                (
                    "features.tsv.gz",
                    genes(|id, symbol| format!("{symbol}\t{id}\tGene Expression")),
                ),
                ("barcodes.tsv.gz", barcodes()),
            ],
        ),
        (
            "Seeker",
            vec![
                ("S1_MoleculesPerMatchedBead.mtx", by_gene()),
                ("S1_genes.tsv", lines(&IDS)),
                ("S1_barcodes.tsv", barcodes()),
            ],
        ),
        (
            "the Single Cell Expression Atlas",
            vec![
                ("E-MTAB-1.aggregated_filtered_counts.mtx", by_gene()),
                (
                    "E-MTAB-1.aggregated_filtered_counts.mtx_rows",
                    genes(|id, _| format!("{id}\t{id}")),
                ),
                ("E-MTAB-1.aggregated_filtered_counts.mtx_cols", barcodes()),
            ],
        ),
        (
            "lists that R wrote",
            vec![
                ("counts.mtx", by_gene()),
                (
                    "rownames.csv",
                    format!(
                        "\"\",\"x\"\n{}",
                        lines(
                            &[0, 1, 2]
                                .map(|i| format!("\"{}\",\"{}\"", i + 1, IDS[i]))
                                .each_ref()
                                .map(String::as_str)
                        )
                    ),
                ),
                (
                    "colnames.csv",
                    "\"\",\"x\"\n\"1\",\"AAAC-1\"\n\"2\",\"CCCG-1\"\n".to_owned(),
                ),
            ],
        ),
        (
            "a header and more columns in genes.tsv",
            vec![
                ("matrix.mtx", by_gene()),
                (
                    "genes.tsv",
                    format!(
                        "ENSEMBL\tSYMBOL\tCHR\tSTART\n{}",
                        genes(|id, symbol| format!("{id}\t{symbol}\tX\t1000"))
                    ),
                ),
                ("barcodes.tsv", barcodes()),
            ],
        ),
    ];
    for (program, files) in programs {
        let folder = folder(&files);
        let by_folder = expect_counts(folder.0.path());
        assert_eq!(by_folder.genes, IDS, "{program}");
        if !by_folder.symbols.is_empty() && by_folder.symbols != IDS {
            assert_eq!(by_folder.symbols, SYMBOLS, "{program}");
        }
        assert!(
            !by_folder
                .notes
                .iter()
                .any(|note| note.contains("was read so")),
            "{program}: {:?}",
            by_folder.notes
        );
        // The name of the matrix does as well as that of its folder.
        let by_file = expect_counts(&folder.path(files[0].0));
        assert_eq!(by_file.genes, by_folder.genes, "{program}");
    }
}

#[test]
fn a_matrix_on_its_side_is_read_by_the_lengths_of_its_lists_and_it_is_said() {
    let folder = folder(&[
        ("matrix.mtx", CELLS_FIRST.to_owned()),
        (
            "features.tsv",
            genes(|id, symbol| format!("{id}\t{symbol}\tGene Expression")),
        ),
        ("barcodes.tsv", lines(&CELLS)),
    ]);
    let found = expect_counts(folder.0.path());
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("cells × genes")),
        "{:?}",
        found.notes
    );
}

#[test]
fn doubles_in_a_list_of_symbols_are_kept_to_be_added_up() {
    let folder = folder(&[
        ("matrix.mtx", GENES_FIRST.to_owned()),
        ("features.tsv", lines(&["TSPAN6", "TP53", "TSPAN6"])),
        ("barcodes.tsv", lines(&CELLS)),
    ]);
    assert_eq!(
        expect_counts(folder.0.path()).genes,
        ["TSPAN6", "TP53", "TSPAN6"]
    );
}

#[test]
fn types_broken_into_words_are_types() {
    let features = "ENSG00000000003\tTSPAN6\tGene\tExpression\nENSG00000141510\tTP53\tGene\tExpression\nCD3\tCD3\tAntibody\tCapture\n";
    let folder = folder(&[
        ("matrix.mtx", GENES_FIRST.to_owned()),
        ("features.tsv", features.to_owned()),
        ("barcodes.tsv", lines(&CELLS)),
    ]);
    let found = read(folder.0.path()).unwrap();
    assert_eq!(found.genes, IDS[..2]);
    assert_eq!(
        found.notes,
        ["1 of its 3 features are no genes and were left out: `Antibody Capture` (1)"]
    );
}

#[test]
fn human_genes_of_a_mixture_are_read_and_the_others_named() {
    let features = "GRCh38_ENSG00000000003\tGRCh38_TSPAN6\tGene Expression\n\
        mm10___ENSMUSG00000059552\tmm10___Trp53\tGene Expression\n\
        GRCh38_ENSG00000146648\tGRCh38_EGFR\tGene Expression\n";
    let folder = folder(&[
        ("matrix.mtx", GENES_FIRST.to_owned()),
        ("features.tsv", features.to_owned()),
        ("barcodes.tsv", lines(&CELLS)),
    ]);
    let found = read(folder.0.path()).unwrap();
    assert_eq!(found.genes, [IDS[0], IDS[2]]);
    assert_eq!(found.symbols, ["TSPAN6", "EGFR"]);
    assert_eq!(found.counts, [[5.0, 2.0], [0.0, 1.0]]);
    assert!(found.notes[0].contains("`mm10` (1)"), "{:?}", found.notes);
}

#[test]
fn spliced_and_ambiguous_counts_of_alevin_fry_are_added_up() {
    let genes: Vec<String> = ["", "-U", "-A"]
        .iter()
        .flat_map(|suffix| IDS.iter().map(move |id| format!("{id}{suffix}")))
        .collect();
    let genes: Vec<&str> = genes.iter().map(String::as_str).collect();
    let matrix = "%%MatrixMarket matrix coordinate real general\n2 9 6\n1 1 3\n1 7 2\n1 3 2\n1 4 50\n2 8 7\n2 9 1\n";
    let folder = folder(&[
        ("quants_mat.mtx", matrix.to_owned()),
        ("quants_mat_rows.txt", lines(&CELLS)),
        ("quants_mat_cols.txt", lines(&genes)),
    ]);
    let found = expect_counts(folder.0.path());
    assert_eq!(found.genes, IDS);
    assert!(found.notes[0].contains("unspliced"), "{:?}", found.notes);
}

#[test]
fn fractions_pass_through_every_reader_of_text() {
    let matrix = GENES_FIRST
        .replace("integer", "real")
        .replace("1 1 5", "1 1 1.1387");
    let folder = folder(&[
        ("matrix.mtx", matrix),
        (
            "features.tsv",
            genes(|id, symbol| format!("{id}\t{symbol}")),
        ),
        ("barcodes.tsv", lines(&CELLS)),
    ]);
    assert_eq!(read(folder.0.path()).unwrap().counts[0][0], 1.1387);
}

#[test]
fn spliced_and_unspliced_matrices_alone_are_refused_with_what_to_pass() {
    let files = [
        "spliced.mtx",
        "unspliced.mtx",
        "ambiguous.mtx",
        "features.tsv",
        "barcodes.tsv",
    ];
    let names: Vec<String> = files
        .iter()
        .map(|name| format!("Solo.out/Velocyto/filtered/{name}"))
        .collect();
    let empty: Vec<(&str, String)> = names
        .iter()
        .map(|name| (name.as_str(), GENES_FIRST.to_owned()))
        .collect();
    let star = folder(&empty);
    for path in [
        "Solo.out/Velocyto/filtered",
        "Solo.out/Velocyto/filtered/spliced.mtx",
    ] {
        expect(
            &star.path(path),
            1,
            &[
                "spliced.mtx, unspliced.mtx",
                "Gene/filtered",
                "GeneFull/filtered",
            ],
        );
    }
    let kb = folder(&[
        ("cells_x_genes.mature.mtx", CELLS_FIRST.to_owned()),
        ("cells_x_genes.nascent.mtx", CELLS_FIRST.to_owned()),
        ("cells_x_genes.ambiguous.mtx", CELLS_FIRST.to_owned()),
    ]);
    expect(kb.0.path(), 1, &["cells_x_genes.mature.mtx", "--sum=total"]);
    kb.file("older/spliced.mtx", b"");
    kb.file("older/spliced.genes.txt", b"");
    expect(&kb.path("older"), 1, &["--sum=total"]);
}

#[test]
fn folders_above_a_matrix_name_the_folder_to_pass() {
    let folder = folder(&[
        ("Solo.out/Gene/filtered/matrix.mtx", GENES_FIRST.to_owned()),
        ("Solo.out/Gene/raw/matrix.mtx", GENES_FIRST.to_owned()),
        (
            "Solo.out/Velocyto/filtered/spliced.mtx",
            GENES_FIRST.to_owned(),
        ),
        (
            "kb/counts_unfiltered/cells_x_genes.mtx",
            CELLS_FIRST.to_owned(),
        ),
        ("af_quant/alevin/quants_mat.mtx", CELLS_FIRST.to_owned()),
        ("salmon/quants_mat.gz", String::new()),
    ]);
    for (path, part) in [
        ("Solo.out", "Solo.out/Gene/filtered, which is in it"),
        ("kb", "kb/counts_unfiltered, which is in it"),
        ("af_quant", "af_quant/alevin, which is in it"),
        ("salmon", "--dumpMtx"),
    ] {
        expect(&folder.path(path), 1, &[part]);
    }
}

#[test]
fn archives_and_objects_of_r_are_named_with_what_to_do() {
    let folder = Folder::new();
    let mut tar = vec![0u8; 1536];
    tar[..17].copy_from_slice(b"GSM1_matrix.mtx.g");
    tar[156] = b'0';
    tar[257..262].copy_from_slice(b"ustar");
    let rds = b"X\n\0\0\0\x03\0\x04\x03\x01";
    for (name, bytes, part) in [
        ("a.tar", tar.clone(), "tar archive of GSM1_matrix.mtx.g"),
        ("a.rds", rds.to_vec(), "anndataR::write_h5ad(readRDS("),
    ] {
        expect(&folder.file(name, &bytes), 1, &[part]);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &bytes).unwrap();
        let packed = folder.file(&format!("{name}.gz"), &encoder.finish().unwrap());
        expect(&packed, 1, &[part]);
    }
}

/// Text as a dataset.
fn text(group: &mut GroupBuilder, name: &str, values: &[&str]) {
    group.create_dataset(name).with_vlen_strings(values);
}

fn table(group: &mut GroupBuilder, index: &[&str], columns: &[(&str, &[&str])]) {
    group.set_attr("_index", AttrValue::VarLenString("_index".to_owned()));
    text(group, "_index", index);
    for (name, values) in columns {
        text(group, name, values);
    }
}

/// The counts as CSR, under `name`.
fn csr(group: &mut GroupBuilder, name: &str, factor: f32) {
    let mut inner = group.create_group(name);
    inner.set_attr(
        "encoding-type",
        AttrValue::VarLenString("csr_matrix".to_owned()),
    );
    inner.set_attr("shape", AttrValue::I64Array(vec![2, 3]));
    let values: Vec<f32> = COUNTS
        .iter()
        .flatten()
        .filter(|&&v| v > 0.0)
        .map(|&v| v as f32 * factor)
        .collect();
    inner.create_dataset("data").with_f32_data(&values);
    inner.create_dataset("indices").with_i32_data(&[0, 2, 1, 2]);
    inner.create_dataset("indptr").with_i32_data(&[0, 2, 4]);
    group.add_group(inner.finish());
}

/// An AnnData with `x` and further layers, each the counts times a factor.
fn anndata(group: &mut GroupBuilder, x: f32, layers: &[(&str, f32)]) {
    csr(group, "X", x);
    let mut inner = group.create_group("layers");
    for &(name, factor) in layers {
        csr(&mut inner, name, factor);
    }
    group.add_group(inner.finish());
    let mut obs = group.create_group("obs");
    table(&mut obs, &CELLS, &[]);
    group.add_group(obs.finish());
    let mut var = group.create_group("var");
    table(&mut var, &SYMBOLS, &[("gene_ids", &IDS)]);
    group.add_group(var.finish());
}

fn mudata(folder: &Folder, modalities: &[&str]) -> PathBuf {
    let mut file = FileBuilder::new();
    for name in ["obs", "var"] {
        let group = file.create_group(name);
        file.add_group(group.finish());
    }
    let mut all = file.create_group("mod");
    for name in modalities {
        let mut modality = all.create_group(name);
        match *name {
            "prot" => {
                let mut var = modality.create_group("var");
                table(&mut var, &["CD3", "CD4"], &[]);
                modality.add_group(var.finish());
            }
            _ => anndata(&mut modality, 0.5, &[("counts", 1.0)]),
        }
        all.add_group(modality.finish());
    }
    file.add_group(all.finish());
    folder.file("a.h5mu", &file.finish().unwrap())
}

fn layer(name: &str) -> ReadOptions {
    ReadOptions {
        matrix: refcast_io::h5ad::Matrix::Layer(name.to_owned()),
        ..ReadOptions::default()
    }
}

#[test]
fn the_modality_of_genes_in_a_mudata_is_read_and_it_is_said() {
    let folder = Folder::new();
    for (modalities, chosen) in [
        (["rna", "prot"], "rna"),
        (["GEX", "prot"], "GEX"),
        (["cells", "prot"], "cells"),
    ] {
        let path = mudata(&folder, &modalities);
        assert_eq!(FileKind::of(&path).unwrap(), FileKind::MuData);
        let mut source = open(&path, &layer("counts")).unwrap();
        assert_eq!(source.gene_names(), IDS);
        assert_eq!(source.sample_names(), CELLS);
        assert_eq!(
            source.notes(),
            [format!(
                "read the modality {chosen} of the MuData; left out: prot"
            )]
        );
        assert!(source.next_sample().unwrap().is_some());
    }
    let path = mudata(&folder, &["a", "b"]);
    expect(&path, 1, &["modalities a, b", "mudata.read"]);
    // The field is named as it is in the file.
    let missing = open(&mudata(&folder, &["rna"]), &layer("x"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        missing.contains("mod/rna/layers/x: is not in the file"),
        "{missing}"
    );
}

#[test]
fn a_loom_file_is_read_by_cell() {
    let folder = Folder::new();
    let mut file = FileBuilder::new();
    let turned: Vec<f32> = (0..3)
        .flat_map(|gene| COUNTS.map(|cell| cell[gene] as f32))
        .collect();
    file.create_dataset("matrix")
        .with_shape(&[3, 2])
        .with_f32_data(&turned);
    let mut rows = file.create_group("row_attrs");
    text(&mut rows, "Gene", &SYMBOLS);
    text(&mut rows, "Accession", &IDS);
    file.add_group(rows.finish());
    let mut columns = file.create_group("col_attrs");
    text(&mut columns, "CellID", &CELLS);
    file.add_group(columns.finish());
    let mut layers = file.create_group("layers");
    layers
        .create_dataset("spliced")
        .with_shape(&[3, 2])
        .with_f32_data(&[1.0; 6]);
    file.add_group(layers.finish());
    let path = folder.file("a.loom", &file.finish().unwrap());
    assert_eq!(FileKind::of(&path).unwrap(), FileKind::Loom);
    let found = expect_counts(&path);
    assert_eq!(found.genes, IDS);
    assert_eq!(found.symbols, SYMBOLS);
    assert!(open(&path, &layer("spliced")).is_ok());
    let missing = open(&path, &layer("x")).err().unwrap().to_string();
    assert!(missing.contains("the layers spliced"), "{missing}");
}

#[test]
fn an_h5ad_whose_x_holds_no_counts_names_the_flag_that_reads_them() {
    let folder = Folder::new();
    let mut file = FileBuilder::new();
    let mut root = file.create_group("a");
    anndata(
        &mut root,
        -0.7,
        &[("scaled", 1.3), ("umis", 1.0), ("spliced", 2.0)],
    );
    file.add_group(root.finish());
    // The library has no way to fill the root from a group: a modality is an AnnData too.
    let mut all = file.create_group("mod");
    let mut rna = all.create_group("rna");
    anndata(
        &mut rna,
        -0.7,
        &[("scaled", 1.3), ("umis", 1.0), ("spliced", 2.0)],
    );
    all.add_group(rna.finish());
    file.add_group(all.finish());
    let path = folder.file("a.h5mu", &file.finish().unwrap());
    let mut source = open(&path, &ReadOptions::default()).unwrap();
    let raw = source.next_sample().unwrap().unwrap();
    let error =
        refcast_io::check_sample(source.path(), CELLS[0], source.gene_names(), raw).unwrap_err();
    let message = source.explain(error).to_string();
    for part in [
        "mod/rna/X: holds no counts (sample `AAAC-1`",
        "layer umis holds whole numbers: read it with `--layer umis`, or layer spliced",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("scaled"), "{message}");
}
