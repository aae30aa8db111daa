//! Small corpora for the tests.

use refcast_core::{Gene, GeneAxis, Modality};

use super::{Conditions, Corpus, Expression, Study, StudyKind};
use crate::table::Row;

/// A row of `samples.tsv`: id, donor, condition (none for a control) and the ids of its controls.
pub fn sample(id: &str, donor: &str, condition: &str, controls: &str) -> Row {
    let kind = if condition.is_empty() {
        "control"
    } else {
        "compound"
    };
    let cells = [
        ("sample_id", id),
        ("replicate", donor),
        ("condition", condition),
        ("perturbation_type", kind),
        ("control_samples", controls),
        ("cell_type_ontology_id", "CL:0000235"),
    ];
    let given = cells.into_iter().filter(|(_, cell)| !cell.is_empty());
    given
        .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
        .collect()
}

/// An axis of so many genes.
pub fn axis(genes: usize) -> GeneAxis {
    let gene = |number: usize| Gene {
        id: format!("ENSG{number:011}").parse().expect("an id"),
        symbol: format!("G{number}"),
    };
    GeneAxis::new((1..=genes).map(gene).collect()).expect("an axis")
}

/// A study of the perturbation part that measures the first genes of the axis. Every count is 1,
/// for tests to set the values that they need.
pub fn study(axis: &GeneAxis, name: &str, measured: usize, samples: Vec<Row>) -> Expression {
    let study = Study {
        name: name.to_owned(),
        kind: StudyKind::Perturbation,
        genes: axis.genes()[..measured]
            .iter()
            .map(|gene| gene.id)
            .collect(),
        counts: vec![vec![1.0; measured]; samples.len()],
        samples,
        libraries: None,
        pools: false,
    };
    Expression::on(axis, &study, Modality::Bulk).expect("counts on the axis")
}

/// A table of conditions, all compounds: study, condition, entities and use.
pub fn conditions(rows: &[(&str, &str, &str, &str)]) -> Conditions {
    let mut text = "study\tcondition\tentities\ttype\tbackground\tdose\ttime\tuse\n".to_owned();
    for (study, condition, entities, used) in rows {
        text += &format!("{study}\t{condition}\t{entities}\tcompound\t\t\t\t{used}\n");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("conditions.tsv");
    std::fs::write(&path, text).expect("writes");
    Conditions::read(&path).expect("a table of conditions")
}

/// A corpus of studies.
pub fn corpus(axis: GeneAxis, studies: Vec<Expression>, conditions: Conditions) -> Corpus {
    Corpus {
        modality: Modality::Bulk,
        pool_error: 1.0,
        axis,
        studies,
        conditions,
        footprints: Vec::new(),
    }
}
