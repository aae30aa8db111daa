//! Small corpora for the tests: a table of samples, and counts that a formula gives.

#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;

use refcast_bench::benchmark::Benchmark;
use refcast_core::{Gene, GeneAxis, Modality};
use refcast_train::corpus::{Conditions, Corpus, Expression, Study, StudyKind};

pub const GENES: usize = 40;

/// A sample: id, replicate, condition (empty for a control), controls, time.
pub type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// A row of the curated table: study, condition, entities, type, background.
pub type Curated = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// A corpus of studies (name, genes measured, samples) whose counts are `count(study, sample, gene)`.
pub fn corpus(
    studies: &[(&str, usize, &[Row])],
    curated: &[Curated],
    count: &dyn Fn(&str, &str, usize) -> f64,
) -> Corpus {
    let gene = |number: usize| Gene {
        id: format!("ENSG{:011}", number + 1).parse().expect("an id"),
        symbol: format!("G{number}"),
    };
    let axis = GeneAxis::new((0..GENES).map(gene).collect()).expect("an axis");
    let studies = studies.iter().map(|(name, measured, rows)| {
        let study = Study {
            name: (*name).to_owned(),
            kind: StudyKind::Perturbation,
            genes: axis.genes()[..*measured]
                .iter()
                .map(|gene| gene.id)
                .collect(),
            samples: rows.iter().map(annotation).collect(),
            counts: rows
                .iter()
                .map(|row| {
                    (0..*measured)
                        .map(|gene| count(name, row.0, gene) as f32)
                        .collect()
                })
                .collect(),
            libraries: None,
            pools: false,
        };
        Expression::on(&axis, &study, Modality::Bulk).expect("counts on the axis")
    });
    let studies = studies.collect();
    Corpus {
        modality: Modality::Bulk,
        pool_error: 1.0,
        axis,
        studies,
        conditions: conditions(curated),
        footprints: Vec::new(),
    }
}

fn annotation(row: &Row) -> BTreeMap<String, String> {
    let (id, replicate, condition, controls, time) = *row;
    let kind = if condition.is_empty() {
        "control"
    } else {
        "compound"
    };
    let cells = [
        ("sample_id", id),
        ("replicate", replicate),
        ("condition", condition),
        ("perturbation_type", kind),
        ("control_samples", controls),
        ("perturbation_time", time),
        ("cell_type_ontology_id", "CL:0000235"),
    ];
    let given = cells.into_iter().filter(|(_, cell)| !cell.is_empty());
    given
        .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
        .collect()
}

fn conditions(curated: &[Curated]) -> Conditions {
    let mut text = "study\tcondition\tentities\ttype\tbackground\tdose\ttime\tuse\n".to_owned();
    for (study, condition, entities, kind, background) in curated {
        text += &format!("{study}\t{condition}\t{entities}\t{kind}\t{background}\t\t\t1\n");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("conditions.tsv");
    std::fs::write(&path, text).expect("writes");
    Conditions::read(&path).expect("a table of conditions")
}

/// A benchmark of a split.
pub fn benchmark(split: &str) -> Benchmark {
    let text = format!(
        "name = \"example\"\ntitle = \"\"\nquestion = \"\"\nmethods = [\"mean\"]\nmetrics = [\"r\"]\nquick = []\n[split]\n{split}"
    );
    Benchmark::parse("example", &text).expect("a benchmark")
}

/// The corpus beside the repository, if there is one; says that a test is skipped otherwise.
pub fn real_corpus(test: &str) -> Option<std::path::PathBuf> {
    let beside = std::env::var_os("REFCAST_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), std::path::PathBuf::from);
    if beside.is_dir() {
        return Some(beside);
    }
    println!("SKIPPED {test}: no corpus beside the repository");
    None
}

/// The repository.
pub fn root() -> std::path::PathBuf {
    std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
