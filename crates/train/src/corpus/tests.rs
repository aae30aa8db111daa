use super::examples::{axis, conditions, corpus, sample, study};
use super::*;

fn ids(corpus: &Corpus, study: usize) -> Vec<&str> {
    corpus.studies[study]
        .samples
        .iter()
        .map(SampleAnnotation::id)
        .collect()
}

fn held(study: &str, donor: &str) -> HeldOut {
    HeldOut {
        study: study.to_owned(),
        donor: donor.to_owned(),
    }
}

/// Study `pairs`: a control for each donor. Study `line`: cultures that share their controls.
fn example() -> Corpus {
    let axis = axis(3);
    let pairs = vec![
        sample("p1c", "1", "", ""),
        sample("p1t", "1", "A", "p1c"),
        sample("p2c", "2", "", ""),
        sample("p2t", "2", "A", "p2c"),
        sample("p2u", "2", "B", "p2c"),
    ];
    let line = vec![
        sample("lc1", "1", "", ""),
        sample("lc2", "2", "", ""),
        sample("lt1", "1", "A", "lc1|lc2"),
        sample("lt2", "2", "A", "lc1|lc2"),
    ];
    let mut studies = vec![
        study(&axis, "pairs", 3, pairs),
        study(&axis, "line", 2, line),
    ];
    for study in &mut studies {
        for (at, row) in study.values.iter_mut().enumerate() {
            row[0] = at as f32;
            study.library_sizes[at] = 100.0 + at as f64;
        }
    }
    let table = conditions(&[
        ("pairs", "A", "CHEMBL25", "1"),
        ("pairs", "B", "CHEMBL1", "1"),
        ("line", "A", "CHEMBL25", "1"),
    ]);
    corpus(axis, studies, table)
}

#[test]
fn without_a_donor_nothing_of_the_donor_is_left() {
    let left = example().without(&[held("pairs", "2")]);
    assert_eq!(ids(&left, 0), ["p1c", "p1t"]);
    for sample in &left.studies[0].samples {
        assert_ne!(sample.get("replicate"), "2");
    }
}

#[test]
fn a_donor_of_the_same_name_in_another_study_stays() {
    let left = example().without(&[held("pairs", "1")]);
    assert_eq!(ids(&left, 0), ["p2c", "p2t", "p2u"]);
    assert_eq!(ids(&left, 1), ["lc1", "lc2", "lt1", "lt2"]);
}

#[test]
fn controls_that_others_share_stay_and_the_treated_culture_goes() {
    let left = example().without(&[held("line", "1")]);
    assert_eq!(ids(&left, 1), ["lc1", "lc2", "lt2"]);
    // With every culture held out nobody needs the controls.
    let left = example().without(&[held("line", "1"), held("line", "2")]);
    assert_eq!(ids(&left, 1), [""; 0]);
}

#[test]
fn a_treated_sample_of_the_donor_goes_even_if_another_names_it_as_control() {
    // B on top of A, against A alone.
    let mut example = example();
    let rows = vec![
        sample("a1", "1", "A", "c1"),
        sample("a2", "2", "A", "c2"),
        sample("c1", "1", "", ""),
        sample("c2", "2", "", ""),
        sample("b2", "2", "B", "a1|a2"),
    ];
    example.studies[0] = study(&example.axis, "pairs", 3, rows);
    let left = example.without(&[held("pairs", "1")]);
    assert_eq!(ids(&left, 0), ["a2", "c2", "b2"]);
}

#[test]
fn what_is_left_keeps_its_values_mask_and_library_sizes() {
    let left = example().without(&[held("pairs", "1"), held("line", "2")]);
    let pairs = &left.studies[0];
    let first: Vec<f32> = pairs.values.iter().map(|row| row[0]).collect();
    assert_eq!(first, [2.0, 3.0, 4.0]);
    assert_eq!(pairs.library_sizes, [102.0, 103.0, 104.0]);
    assert_eq!(left.studies[1].measured, [true, true, false]);
    assert_eq!(pairs.position("p2u"), Some(2));
}

#[test]
fn a_study_on_the_axis_is_in_ln_of_one_and_cpm_and_masks_what_it_lacks() {
    let axis = axis(4);
    let source = Study {
        name: "s".to_owned(),
        kind: StudyKind::Perturbation,
        // The last gene is not on the axis: its counts are in no library size.
        genes: ["ENSG00000000003", "ENSG00000000001", "ENSG00000000099"]
            .map(|id| id.parse().expect("an id"))
            .to_vec(),
        samples: vec![sample("x", "1", "", "")],
        counts: vec![vec![30.0, 10.0, 5000.0]],
        libraries: None,
        pools: false,
    };
    let on = Expression::on(&axis, &source, Modality::Bulk).expect("counts on the axis");
    assert_eq!(on.measured, [true, false, true, false]);
    assert_eq!(on.library_sizes, [40.0]);
    // python: math.log1p(250000), math.log1p(750000)
    for (got, expected) in on.values[0]
        .iter()
        .zip([12.429_22_f32, 0.0, 13.527_83, 0.0])
    {
        assert!((got - expected).abs() < 1e-4, "{got}");
    }
    let empty = Study {
        counts: vec![vec![0.0, 0.0, 5000.0]],
        ..source
    };
    let message = Expression::on(&axis, &empty, Modality::Bulk)
        .expect_err("no count")
        .to_string();
    assert!(
        message.contains("sample x has no count on the axis"),
        "{message}"
    );
}

#[test]
fn a_treated_sample_takes_its_condition_from_the_table_and_one_left_out_takes_none() {
    let mut example = example();
    example.conditions = conditions(&[
        ("pairs", "A", "CHEMBL25|CHEMBL1", "0.5"),
        ("pairs", "B", "CHEMBL2", "0"),
    ]);
    let of = |at: usize| {
        let sample = &example.studies[0].samples[at];
        example.conditions.of("pairs", sample)
    };
    assert_eq!(of(0).expect("a control"), None);
    let treatment = of(1).expect("curated").expect("treated");
    assert_eq!((treatment.entities.len(), treatment.weight), (2, 0.5));
    assert_eq!(of(4).expect("curated"), None);
    let message = example
        .conditions
        .of("line", &example.studies[1].samples[2]);
    let message = message.expect_err("no row").to_string();
    assert!(
        message.contains("line") && message.contains("\"A\""),
        "{message}"
    );
}
