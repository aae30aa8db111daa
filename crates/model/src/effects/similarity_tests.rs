//! The rules by which time, dose and background make two treatments unlike.

use refcast_core::{Dose, Duration};

use super::SimilarityParameters;
use super::similarity::Side;

const NOTHING: Side<'static> = Side {
    time: None,
    doses: &[],
    background: None,
    cells: false,
};

fn time(text: &str) -> Side<'static> {
    Side {
        time: Some(text.parse::<Duration>().expect("a time")),
        ..NOTHING
    }
}

fn doses(text: &str) -> Vec<Dose> {
    Dose::parse_joined(text).expect("doses")
}

fn of_doses(one: &str, other: &str) -> f64 {
    let (one, other) = (doses(one), doses(other));
    let side = |doses| Side { doses, ..NOTHING };
    SimilarityParameters::default().of_treatment(side(&one), side(&other))
}

fn of_times(one: &str, other: &str) -> f64 {
    SimilarityParameters::default().of_treatment(time(one), time(other))
}

fn assert_close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
}

#[test]
fn the_same_time_in_any_unit_is_the_same() {
    assert_close(of_times("24 h", "1 day"), 1.0);
    assert_close(
        SimilarityParameters::default().of_treatment(NOTHING, NOTHING),
        1.0,
    );
}

#[test]
fn likeness_falls_with_the_ratio_of_times_either_way() {
    // python: 2 ** -0.3, 48 ** -0.4
    assert_close(of_times("12 h", "24 h"), 0.757858283255199);
    assert_close(of_times("24 h", "12 h"), 0.757858283255199);
    assert_close(of_times("48 h", "1 h"), 0.21257075010429846);
}

#[test]
fn below_half_an_hour_times_are_not_told_apart() {
    assert_close(of_times("1 min", "30 min"), 1.0);
    assert_close(of_times("0 h", "30 min"), 1.0);
    assert_close(of_times("0 h", "1 h"), of_times("30 min", "1 h"));
}

#[test]
fn a_time_that_one_side_does_not_state_costs_a_little() {
    let relation = SimilarityParameters::default();
    assert_close(relation.of_treatment(time("24 h"), NOTHING), 0.9);
    assert_close(relation.of_treatment(NOTHING, time("24 h")), 0.9);
}

#[test]
fn likeness_falls_with_the_ratio_of_doses_of_one_dimension() {
    assert_close(of_doses("1000 nM", "1 uM"), 1.0);
    // python: 10 ** -0.15
    assert_close(of_doses("10 uM", "1 uM"), 0.707_945_784_384_137_9);
    assert_close(of_doses("1 uM", "10000 nM"), 0.707_945_784_384_137_9);
    assert!(of_doses("100 uM", "1 uM") < of_doses("10 uM", "1 uM"));
}

#[test]
fn doses_that_cannot_be_compared_say_nothing() {
    assert_close(of_doses("10 uM", "10 ng/ml"), 1.0);
    assert_close(of_doses("0 uM", "10 uM"), 1.0);
    assert_close(of_doses("1 uM; 1 uM", "10 uM; 10 uM"), 1.0);
    let given = doses("10 uM");
    let side = Side {
        doses: &given,
        ..NOTHING
    };
    assert_close(
        SimilarityParameters::default().of_treatment(side, NOTHING),
        1.0,
    );
}

#[test]
fn another_background_costs_and_all_costs_multiply() {
    let relation = SimilarityParameters::default();
    let on = |background| Side {
        background,
        ..time("12 h")
    };
    assert_close(
        relation.of_treatment(on(Some("IFNG")), on(Some("IFNG"))),
        1.0,
    );
    assert_close(relation.of_treatment(on(Some("IFNG")), on(None)), 0.7);
    assert_close(
        relation.of_treatment(on(Some("IFNG")), on(Some("TNF"))),
        0.7,
    );
    let later = Side {
        background: None,
        ..time("24 h")
    };
    let both = 0.7 * 0.757858283255199;
    assert_close(relation.of_treatment(on(Some("IFNG")), later), both);
}

#[test]
fn cells_of_one_kind_count_as_the_same() {
    let relation = SimilarityParameters::default();
    assert_close(relation.nearness(0.78), 1.0);
    assert_close(relation.nearness(1.0), 1.0);
    // python: (0.39 / 0.78) ** 2
    assert_close(relation.nearness(0.39), 0.25);
    assert_close(relation.nearness(-0.5), 0.0);
    assert_close(relation.of_contexts(0.39), 0.35 + 0.65 * 0.25);
}
