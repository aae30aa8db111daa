//! Metrics against scipy and scikit-learn, and where they do not apply.

use super::*;

/// From -0.5 to 0.5, of no pattern that matters.
fn wobble(a: usize, b: usize) -> f64 {
    ((a * 7919 + b * 104_729 + a * b * 31 + a * a * 17) % 1009) as f64 / 1009.0 - 0.5
}

const GENES: usize = 300;

struct Example {
    truth: Vec<f64>,
    predicted: Vec<f64>,
    mean: Vec<f64>,
    changed: Vec<bool>,
}

/// The prediction is half truth, half error; 29 genes are changed.
fn example() -> Example {
    let truth: Vec<f64> = (0..GENES).map(|g| wobble(1, g)).collect();
    Example {
        predicted: (0..GENES)
            .map(|g| 0.5 * wobble(1, g) + 0.5 * wobble(2, g))
            .collect(),
        mean: (0..GENES).map(|g| wobble(3, g)).collect(),
        changed: truth.iter().map(|change| change.abs() > 0.45).collect(),
        truth,
    }
}

impl Example {
    fn scores(&self) -> BTreeMap<String, f64> {
        score(&Scored {
            truth: &self.truth,
            predicted: &self.predicted,
            perturbed_mean: Some(&self.mean),
            changed: Some(&self.changed),
        })
    }
}

fn assert_scores(got: &BTreeMap<String, f64>, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        let got = got.get(*name).unwrap_or(&f64::NAN);
        assert!(
            (got - expected).abs() < 1e-9,
            "{name} is {got}, not {expected}"
        );
    }
}

#[test]
fn scores_agree_with_scipy_and_scikit_learn() {
    // With p, t, m, c for predicted, truth, mean, changed, and top = argsort(-abs(t))[:200]:
    // pearsonr(p, t), pearsonr(p[top], t[top]), 1 - mean((p - t)**2) / mean(t**2),
    // pearsonr(p - m, t - m), mean(sign(p[c]) == sign(t[c])), spearmanr(p[c], t[c]),
    // average_precision_score(c, abs(p)).
    let expected = [
        ("r", 0.703_421_720_034_531_3),
        ("r200", 0.765_169_317_749_713_4),
        ("EV", 0.494_798_178_040_030_8),
        ("r_vs_perturbed", 0.858_291_826_979_429_5),
        ("direction", 1.0),
        ("spearman", 0.687_192_118_226_600_8),
        ("auprc", 0.197_851_463_946_593_1),
    ];
    assert_scores(&example().scores(), &expected);
}

#[test]
fn tied_predictions_get_mean_ranks_and_pass_a_threshold_together() {
    // The same with p rounded to quarters: mean(where(p[c] == 0, 0.5, sign(p[c]) == sign(t[c]))).
    let mut example = example();
    for change in &mut example.predicted {
        *change = (*change * 4.0).round_ties_even() / 4.0;
    }
    let expected = [
        ("direction", 0.862_068_965_517_241_3),
        ("spearman", 0.681_285_161_623_981_5),
        ("auprc", 0.122_508_451_656_524_07),
    ];
    assert_scores(&example.scores(), &expected);
    // average_precision_score([1, 0, 1, 0, 0, 1], [0.9, 0.8, 0.8, 0.3, 0.3, 0.3])
    let scored = [0.9, 0.8, 0.8, 0.3, 0.3, 0.3].into_iter();
    let wanted = [true, false, true, false, false, true];
    let got = ranking::average_precision(scored.zip(wanted));
    assert_eq!(got, Some(0.722_222_222_222_222_2));
}

#[test]
fn saying_nothing_scores_what_chance_does() {
    let mut example = example();
    for says in [0.0, 0.1] {
        example.predicted = vec![says; GENES];
        let scores = example.scores();
        let constant = [("r", 0.0), ("r200", 0.0), ("spearman", 0.0)];
        assert_scores(&scores, &constant);
        // By chance: the share of changed genes.
        assert_scores(&scores, &[("auprc", 29.0 / 300.0)]);
    }
    example.predicted = vec![0.0; GENES];
    assert_scores(&example.scores(), &[("EV", 0.0), ("direction", 0.5)]);
}

#[test]
fn the_mean_of_the_perturbed_says_nothing_beyond_itself() {
    let mut example = example();
    // As it comes back from a model: rounded to f32.
    example.predicted = example.mean.iter().map(|&x| f64::from(x as f32)).collect();
    assert_scores(&example.scores(), &[("r_vs_perturbed", 0.0)]);
}

#[test]
fn a_perfect_prediction_has_the_best_of_every_score() {
    let mut example = example();
    example.predicted = example.truth.clone();
    let best = [
        "r",
        "r200",
        "EV",
        "r_vs_perturbed",
        "direction",
        "spearman",
        "auprc",
    ];
    assert_scores(&example.scores(), &best.map(|name| (name, 1.0)));
}

#[test]
fn what_does_not_apply_is_absent() {
    let Example {
        truth, predicted, ..
    } = example();
    let names = |case: &Scored<'_>| score(case).into_keys().collect::<Vec<_>>();
    let bare = Scored {
        truth: &truth,
        predicted: &predicted,
        perturbed_mean: None,
        changed: None,
    };
    assert_eq!(names(&bare), ["EV", "r", "r200"]);
    let nine: Vec<bool> = (0..GENES).map(|g| g < 9).collect();
    let few = Scored {
        changed: Some(&nine),
        ..bare
    };
    assert_eq!(names(&few), ["EV", "auprc", "r", "r200"]);
    for all in [false, true] {
        let changed = vec![all; GENES];
        let one_class = Scored {
            changed: Some(&changed),
            ..bare
        };
        assert!(!names(&one_class).contains(&"auprc".to_owned()));
    }
    let no_truth = Scored {
        truth: &[0.0; GENES],
        ..bare
    };
    assert!(names(&no_truth).is_empty());
    let empty = Scored {
        truth: &[],
        predicted: &[],
        perturbed_mean: Some(&[]),
        changed: Some(&[]),
    };
    assert!(names(&empty).is_empty());
    let broken = Scored {
        predicted: &[f64::NAN; GENES],
        ..bare
    };
    assert!(names(&broken).is_empty());
}

#[test]
fn every_score_is_in_the_list_of_metrics() {
    let mut listed: Vec<String> = all()
        .into_iter()
        .map(|metric| metric.described.name)
        .collect();
    listed.retain(|name| ![DISCRIMINATION, ENERGY].contains(&name.as_str()));
    listed.sort();
    assert_eq!(example().scores().into_keys().collect::<Vec<_>>(), listed);
}

#[test]
fn discrimination_is_the_share_of_the_wrong_that_are_farther() {
    let candidates = [1.0, 2.0, 4.0, 8.0].map(|x| vec![x, 0.0]);
    let of = |prediction: f64, right| {
        discrimination(&[prediction, 0.0], right, &candidates, Distance::L1)
    };
    assert_eq!(of(1.9, 1), Some(1.0));
    assert_eq!(of(1.9, 0), Some(2.0 / 3.0));
    assert_eq!(of(1.9, 3), Some(0.0));
    // As far from the first as from the second.
    assert_eq!(of(1.5, 1), Some(2.5 / 3.0));
    assert_eq!(of(1.5, 4), None);
    assert_eq!(discrimination(&[1.0], 0, &[vec![1.0]], Distance::L1), None);
}

#[test]
fn distances_are_told_apart() {
    let prediction = [1.0, 1.0];
    // Nearest by L1, by L2, by the angle.
    let candidates = [vec![1.0, -0.1], vec![0.4, 0.3], vec![3.0, 3.0]];
    let best = |distance| {
        (0..3).find(|&right| discrimination(&prediction, right, &candidates, distance) == Some(1.0))
    };
    assert_eq!(best(Distance::L1), Some(0));
    assert_eq!(best(Distance::L2), Some(1));
    assert_eq!(best(Distance::Cosine), Some(2));
    // Without a direction no candidate is nearer than another.
    assert_eq!(
        discrimination(&[0.0, 0.0], 0, &candidates, Distance::Cosine),
        Some(0.5)
    );
}

fn profiles(seeds: std::ops::Range<usize>, shift: f64) -> Vec<Vec<f64>> {
    seeds
        .map(|seed| (0..50).map(|g| wobble(seed, g) + shift).collect())
        .collect()
}

#[test]
fn energy_agrees_with_scipy() {
    // 2 * cdist(X, Y).mean() - pdist(X).mean() - pdist(Y).mean()
    let got = energy(&profiles(10..13, 0.0), &profiles(20..24, 0.3));
    let expected = 1.597_951_141_614_580_2;
    assert!(
        got.is_some_and(|got| (got - expected).abs() < 1e-9),
        "{got:?}"
    );
}

#[test]
fn energy_sees_profiles_that_are_all_alike() {
    let real = profiles(20..24, 0.0);
    let mean: Vec<f64> = (0..50)
        .map(|g| real.iter().map(|profile| profile[g]).sum::<f64>() / 4.0)
        .collect();
    let alike = energy(&vec![mean; 4], &real);
    let spread = energy(&profiles(10..14, 0.0), &real);
    assert!(spread < alike, "{spread:?} {alike:?}");
}

#[test]
fn energy_needs_two_profiles_on_each_side() {
    assert_eq!(energy(&profiles(10..11, 0.0), &profiles(20..24, 0.0)), None);
    assert_eq!(energy(&profiles(10..12, 0.0), &profiles(20..21, 0.0)), None);
    assert_eq!(energy(&[], &[]), None);
}
