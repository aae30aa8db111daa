//! The paired bootstrap on cases whose answer is known.

use std::collections::BTreeMap;

use super::*;

const DRAWS: usize = 1000;

/// A case in which the model beats the baseline by `difference`.
fn case(group: &str, difference: f64) -> CaseScores {
    let scored = |value: f64| BTreeMap::from([("r".to_owned(), value)]);
    CaseScores {
        group: group.to_owned(),
        study: String::new(),
        sample: String::new(),
        perturbation: String::new(),
        scores: BTreeMap::from([
            ("model".to_owned(), scored(0.5 + difference)),
            ("mean".to_owned(), scored(0.5)),
        ]),
    }
}

fn found(cases: &[CaseScores], group: Option<&str>, seed: u64) -> Comparison {
    compare(cases, "r", ("model", "mean"), group, DRAWS, seed).expect("cases with both scores")
}

fn assert_close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() < tolerance,
        "{got} is not {expected}"
    );
}

#[test]
fn groups_weigh_the_same_whatever_their_size() {
    let mut cases = vec![case("small", 0.3)];
    cases.extend((0..9).map(|_| case("large", 0.1)));
    let all = found(&cases, None, 1);
    assert_close(all.difference, 0.2, 1e-12);
    // Nothing varies within groups, and groups drawn are one, the other, or both.
    assert_close(all.interval.0, 0.2, 1e-12);
    assert_close(all.interval.1, 0.2, 1e-12);
    let over = all.interval_over_groups.expect("two groups");
    assert_close(over.0, 0.1, 1e-12);
    assert_close(over.1, 0.3, 1e-12);
}

#[test]
fn one_group_is_compared_alone() {
    let cases = [case("a", 0.1), case("b", 0.3), case("a", 0.2)];
    let of_a = found(&cases, Some("a"), 1);
    assert_eq!(of_a.group.as_deref(), Some("a"));
    assert_close(of_a.difference, 0.15, 1e-12);
    assert_close(of_a.interval.0, 0.1, 1e-12);
    assert_close(of_a.interval.1, 0.2, 1e-12);
    assert_eq!(of_a.interval_over_groups, None);
}

#[test]
fn cases_without_both_scores_are_left_out() {
    let mut lacks_metric = case("a", 9.0);
    lacks_metric
        .scores
        .insert("mean".to_owned(), BTreeMap::new());
    let mut lacks_method = case("b", 9.0);
    lacks_method.scores.remove("model");
    let cases = [case("a", 0.1), lacks_metric, lacks_method];
    let all = found(&cases, None, 1);
    assert_close(all.difference, 0.1, 1e-12);
    // The second group has no case left.
    assert_eq!(all.interval_over_groups, None);
    assert_eq!(
        compare(&cases[1..], "r", ("model", "mean"), None, DRAWS, 1),
        None
    );
    assert_eq!(
        compare(&cases, "r", ("model", "mean"), Some("c"), DRAWS, 1),
        None
    );
    assert_eq!(compare(&cases, "r", ("model", "mean"), None, 0, 1), None);
}

#[test]
fn the_interval_is_that_of_the_mean() {
    // Differences 0.00 to 0.99: the standard error of the mean is √((n² − 1) / 12) / 100 / √n.
    let cases: Vec<CaseScores> = (0..100).map(|i| case("a", f64::from(i) / 100.0)).collect();
    let error = (9999.0f64 / 12.0).sqrt() / 1000.0;
    let all = compare(&cases, "r", ("model", "mean"), None, 20_000, 3).expect("cases");
    assert_close(all.difference, 0.495, 1e-12);
    assert_close(all.interval.0, 0.495 - 1.96 * error, 0.05 * error);
    assert_close(all.interval.1, 0.495 + 1.96 * error, 0.05 * error);
}

#[test]
fn the_seed_alone_decides_the_draws() {
    let cases: Vec<CaseScores> = (0..20)
        .map(|i| case(["a", "b", "c"][i % 3], (i * i % 7) as f64))
        .collect();
    let with_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
        pool.expect("a pool").install(|| found(&cases, None, 5))
    };
    assert_eq!(with_threads(1), with_threads(3));
    assert_ne!(
        found(&cases, None, 5).interval,
        found(&cases, None, 6).interval
    );
}

/// Whether an interval holds the true difference 0.2 of groups that differ by `between`, of cases
/// that differ by 1: as shares of 300 simulated benchmarks, over cases and over groups.
fn coverage(groups: u32, cases: u32, between: f64) -> (f64, f64) {
    let random = Random::new(11);
    let (mut over_cases, mut over_groups) = (0.0, 0.0);
    for trial in 0..300 {
        let simulated: Vec<CaseScores> = (0..groups)
            .flat_map(|group| {
                let own = 0.2 + between * random.normal(RandomStream(1), trial, group);
                (0..cases).map(move |at| {
                    let difference = own + random.normal(RandomStream(2), trial, group * 100 + at);
                    case(&group.to_string(), difference)
                })
            })
            .collect();
        let got = compare(&simulated, "r", ("model", "mean"), None, 400, trial).expect("cases");
        let holds = |(low, high): (f64, f64)| f64::from(u8::from(low <= 0.2 && 0.2 <= high));
        over_cases += holds(got.interval) / 300.0;
        over_groups += holds(got.interval_over_groups.expect("groups")) / 300.0;
    }
    (over_cases, over_groups)
}

#[test]
fn the_interval_holds_the_truth_as_often_as_it_says() {
    let (over_cases, over_groups) = coverage(4, 25, 0.0);
    assert!((0.90..0.98).contains(&over_cases), "{over_cases}");
    // Groups that do not differ are no reason for doubt, and drawing them makes wider intervals.
    assert!(over_groups > 0.85, "{over_groups}");
}

#[test]
fn groups_that_differ_need_to_be_drawn_too() {
    let (over_cases, over_groups) = coverage(15, 8, 1.0);
    assert!(over_cases < 0.6, "{over_cases}");
    assert!((0.88..0.98).contains(&over_groups), "{over_groups}");
}
