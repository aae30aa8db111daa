//! Count matrices, read as every command reads them: opened, told apart, each sample checked and
//! moved to an axis.

use std::path::Path;
use std::sync::LazyLock;

use refcast_core::{Gene, GeneAxis, GeneNameRank};
use refcast_io::h5ad::Matrix;
use refcast_io::{
    Alignment, CountShares, GeneNames, GeneResolver, Orientation, ReadOptions, TranscriptGenes,
    check_sample, open, open_all,
};

use crate::scratch::Scratch;
use crate::sections;

/// A few genes, with names of every rank: what seeds call theirs.
static RESOLVER: LazyLock<GeneResolver> = LazyLock::new(|| {
    let gene = |(id, symbol): (&str, &str)| Gene {
        id: id.parse().expect("an id"),
        symbol: symbol.to_owned(),
    };
    let axis = GeneAxis::new(GENES.map(gene).to_vec()).expect("an axis");
    let names = [
        ("HSPC009", "ENSG00000000005", GeneNameRank::Former),
        ("TNMD1", "ENSG00000000005", GeneNameRank::Alias),
        ("X", "ENSG00000000003", GeneNameRank::Alias),
        ("X", "ENSG00000000419", GeneNameRank::Alias),
        ("7157", "ENSG00000141510", GeneNameRank::Entrez),
        ("7105", "ENSG00000000003", GeneNameRank::Entrez),
    ];
    let names = names.map(|(name, id, rank)| (name.to_owned(), id.parse().expect("an id"), rank));
    GeneResolver::new(axis, GeneNames::from_iter(names))
});

const GENES: [(&str, &str); 6] = [
    ("ENSG00000000003", "TSPAN6"),
    ("ENSG00000000005", "TNMD"),
    ("ENSG00000000419", "DPM1"),
    ("ENSG00000141510", "TP53"),
    ("ENSG00000206503", "HLA-A"),
    ("ENSG00000184640", "SEPTIN9"),
];

/// Tables of text, with genes in rows and with samples in rows.
pub fn tables(input: &[u8]) {
    let scratch = Scratch::new();
    let path = scratch.file("counts.tsv", input);
    for orientation in [Orientation::GenesInRows, Orientation::SamplesInRows] {
        let options = ReadOptions {
            orientation,
            samples: vec!["s1".to_owned()],
            ..ReadOptions::default()
        };
        read_through(&path, &options);
    }
}

/// A matrix and its lists, or several tables, as a folder.
pub fn market(input: &[u8]) {
    let scratch = Scratch::new();
    for (name, content) in sections::split(input) {
        scratch.file(&name, &content);
    }
    read_through(scratch.path(), &ReadOptions::default());
}

/// AnnData and MuData.
pub fn h5ad(input: &[u8]) {
    let scratch = Scratch::new();
    let path = scratch.file("cells.h5ad", input);
    for matrix in [Matrix::X, Matrix::Layer("counts".to_owned()), Matrix::Raw] {
        let options = ReadOptions {
            matrix,
            ..ReadOptions::default()
        };
        read_through(&path, &options);
    }
}

/// Matrices of Cell Ranger.
pub fn tenx(input: &[u8]) {
    let scratch = Scratch::new();
    let path = scratch.file("matrix.h5", input);
    read_through(&path, &ReadOptions::default());
}

/// Loom files.
pub fn loom(input: &[u8]) {
    let scratch = Scratch::new();
    let path = scratch.file("cells.loom", input);
    read_through(&path, &ReadOptions::default());
}

/// The genes of transcripts, applied to a table of them.
pub fn transcripts(input: &[u8]) {
    let scratch = Scratch::new();
    let path = scratch.file("transcripts.gtf", input);
    match TranscriptGenes::read(&path) {
        Ok(genes) => {
            let table = scratch.file("quant.sf", TRANSCRIPTS.as_bytes());
            let options = ReadOptions {
                transcripts: Some((genes, path)),
                ..ReadOptions::default()
            };
            read_through(&table, &options);
        }
        Err(error) => drop(error.to_string()),
    }
}

const TRANSCRIPTS: &str = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n\
    ENST00000373020.9\t3768\t3500\t1.5\t12.5\n\
    ENST00000373031\t1339\t1100\t0\t0\n\
    ENST00000413082\t1075\t900\t3\t7\n";

/// Reads a matrix to its end, or to its first fault.
fn read_through(path: &Path, options: &ReadOptions) {
    let opened = match &options.transcripts {
        Some(_) => open_all(&[path.to_owned()], options),
        None => open(path, options),
    };
    let mut source = match opened {
        Ok(source) => source,
        Err(error) => return drop(error.to_string()),
    };
    let (names, symbols) = (source.gene_names(), source.gene_symbols());
    assert!(symbols.is_none_or(|symbols| symbols.len() == names.len()));
    let alignment = Alignment::new(names, symbols, &RESOLVER).map_err(|error| error.to_string());
    let mut shares = CountShares::default();
    let mut samples = 0;
    loop {
        let raw = match source.next_sample() {
            Ok(Some(raw)) => raw,
            Ok(None) => break,
            Err(error) => return drop(error.to_string()),
        };
        let name = source.sample_names().get(samples).cloned();
        let name = name.expect("a sample without a name");
        samples += 1;
        match check_sample(path, &name, source.gene_names(), raw) {
            Ok(counts) => {
                if let Ok(alignment) = &alignment {
                    match alignment.align_sample(path, &name, &counts) {
                        Ok(aligned) => shares.add(&aligned),
                        Err(error) => drop(error.to_string()),
                    }
                }
            }
            // As commands do: one sample that is none ends the reading.
            Err(error) => return drop(source.explain(error).to_string()),
        }
    }
    assert_eq!(samples, source.sample_names().len(), "samples and names");
    if let Ok(alignment) = &alignment {
        drop(shares.report(alignment));
    }
}
