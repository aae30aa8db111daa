use refcast_core::MetadataField;
use refcast_model::NORMAL;

use super::annotated_samples::{AnnotatedCorpusSample, annotated_samples};
use super::folds::donor_folds;
use super::shifts::{decades, sex, slopes};
use crate::corpus::Corpus;
use crate::corpus::examples::{axis, conditions, corpus, sample, study};
use crate::table::Row;

fn annotated(id: &str, cells: &[(&str, &str)]) -> Row {
    let mut row = sample(id, id, "", "");
    row.insert("cell_type_ontology_id".to_owned(), String::new());
    for (name, cell) in cells {
        row.insert((*name).to_owned(), (*cell).to_owned());
    }
    row
}

fn one_study(rows: Vec<Row>) -> Corpus {
    let axis = axis(2);
    let own = study(&axis, "s", 2, rows);
    corpus(axis, vec![own], conditions(&[]))
}

fn value<'a>(sample: &'a AnnotatedCorpusSample<'_>, field: MetadataField) -> Option<&'a str> {
    sample.metadata.get(field)
}

#[test]
fn what_a_sample_type_rules_out_is_none_and_other_blanks_stay_unknown() {
    let corpus = one_study(vec![
        annotated("tissue", &[("sample_type", "primary tissue")]),
        annotated("line", &[("sample_type", "cell line")]),
        annotated("normal", &[("disease", "normal (adjacent tissue)")]),
        annotated("odd", &[("sex", "both")]),
    ]);
    let samples = annotated_samples(&corpus);
    assert_eq!(value(&samples[0], MetadataField::CellType), Some("none"));
    assert_eq!(value(&samples[0], MetadataField::CellLine), Some("none"));
    assert_eq!(value(&samples[0], MetadataField::Disease), None);
    assert_eq!(value(&samples[1], MetadataField::CellLine), None);
    assert_eq!(value(&samples[2], MetadataField::Disease), Some(NORMAL));
    assert_eq!(value(&samples[3], MetadataField::Sex), None);
}

#[test]
fn a_line_of_one_or_two_samples_is_a_donor_and_no_line() {
    let line = |id: &str, line: &str| annotated(id, &[("cell_line_ontology_id", line)]);
    let rows = ["a", "b", "c"].map(|id| line(id, "CVCL_0030"));
    let corpus = one_study(rows.into_iter().chain([line("d", "CVCL_7508")]).collect());
    let samples = annotated_samples(&corpus);
    assert_eq!(
        value(&samples[0], MetadataField::CellLine),
        Some("CVCL_0030")
    );
    assert_eq!(value(&samples[3], MetadataField::CellLine), None);
}

#[test]
fn no_donor_is_in_two_folds() {
    let rows = (0..20).map(|at| {
        let donor = format!("d{}", at % 7);
        annotated(&format!("s{at}"), &[("donor_id", &donor)])
    });
    let corpus = one_study(rows.collect());
    let samples = annotated_samples(&corpus);
    let own: Vec<&AnnotatedCorpusSample<'_>> = samples.iter().collect();
    let folds = donor_folds(&own);
    for (a, fold) in own.iter().zip(&folds) {
        for (b, other) in own.iter().zip(&folds) {
            assert!(a.donor != b.donor || fold == other);
        }
    }
}

#[test]
fn a_slope_is_that_of_least_squares_within_strata() {
    let row = |id: &str, sex: &str, age: &str| annotated(id, &[("sex", sex), ("age_years", age)]);
    let mut corpus = one_study(vec![
        row("a", "male", "40"),
        row("b", "female", "60"),
        row("c", "male", "50"),
        row("d", "female", "80"),
        row("e", "", "30"),
    ]);
    // The second stratum lies higher; that must not matter.
    for (values, level) in corpus.studies[0]
        .values
        .iter_mut()
        .zip([2.0, 1.0, 7.0, 5.0, 9.0])
    {
        values[0] = level;
    }
    let samples = annotated_samples(&corpus);
    let strata = vec![vec![0, 1], vec![2, 3, 4]];
    let sexes = slopes(&corpus, &samples, &strata, sex);
    // (2 − 1 + 7 − 5) / 2; the sample without a sex is left out.
    assert!((sexes.slope[0] - 1.5).abs() < 1e-6);
    // python: x = [-1, 1, -1/3, 8/3, -7/3], y = [.5, -.5, 0, -2, 2]; (x*y).sum() / (x*x).sum()
    let ages = slopes(&corpus, &samples, &strata, decades);
    assert!(
        (ages.slope[0] + 11.0 / (2.0 + 38.0 / 3.0)).abs() < 1e-6,
        "{}",
        ages.slope[0]
    );
}
