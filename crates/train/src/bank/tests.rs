//! The bank of a small corpus against `reference.py` beside this file.

use super::examples::example;
use super::*;
use crate::corpus::examples::{axis, conditions, corpus, sample, study};

fn assert_close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() < tolerance,
        "{got} is not {expected}"
    );
}

#[test]
fn conditions_are_the_entries_and_their_cells_the_contexts() {
    let bank = build(&example(), &Labels::default()).expect("a bank");
    let seen: Vec<(usize, usize, &str, u32)> = bank
        .entries()
        .iter()
        .map(|entry| {
            (
                entry.study,
                entry.context,
                entry.condition.as_str(),
                entry.samples,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (0, 0, "A", 4),
            (0, 0, "B", 3),
            (1, 1, "A", 3),
            (1, 1, "B", 2)
        ]
    );
    assert_eq!(bank.studies(), ["pairs", "line"]);
    assert_eq!(bank.contexts().len(), 2);
    // One study lacks the last ten genes.
    assert!(bank.measures(0, 59) && !bank.measures(2, 50) && bank.measures(2, 49));
    assert_eq!(bank.mean(2, 55), None);
}

#[test]
fn mean_and_moderated_deviation_agree_with_numpy() {
    // Printed by reference.py: mean and deviation of genes 3, 20 and 49, by group.
    let expected = [
        [
            0.160_802_8,
            0.163_133_6,
            -0.031_652_6,
            0.718_952_8,
            -0.451_870_7,
            0.596_807_2,
        ],
        [
            0.184_960_4,
            0.476_057_3,
            0.259_539_1,
            0.624_012,
            -0.216_179_4,
            0.476_057_3,
        ],
        [
            0.144_697_7,
            0.325_409_1,
            0.528_823_9,
            0.520_551_3,
            -0.580_607_9,
            0.591_786_5,
        ],
        [
            -0.543_896_6,
            0.132_545_4,
            0.149_075,
            0.239_999_9,
            -0.386_934_3,
            0.193_754_4,
        ],
    ];
    let corpus = example();
    let contrasts = contrasts(&corpus).expect("contrasts");
    let groups = group::groups(&corpus, &contrasts);
    let moments = moderation::moments(&corpus, &groups);
    let bank = build(&corpus, &Labels::default()).expect("a bank");
    for (entry, expected) in expected.iter().enumerate() {
        for (at, gene) in [3, 20, 49].into_iter().enumerate() {
            let (mean, deviation) = (expected[2 * at], expected[2 * at + 1]);
            assert_close(f64::from(moments[entry].mean[gene]), mean, 1e-5);
            assert_close(f64::from(moments[entry].deviation[gene]), deviation, 1e-5);
            // The bank holds three digits.
            assert_close(bank.mean(entry, gene).expect("measured"), mean, 1e-3);
            // and deviations in steps of 4 %.
            assert_close(bank.deviation(entry, gene) / deviation, 1.0, 0.021);
        }
    }
}

#[test]
fn reproducibility_agrees_with_numpy() {
    let bank = build(&example(), &Labels::default()).expect("a bank");
    let expected = [0.961_153_2, 0.349_802_7, 0.966_980_8, 0.85];
    for (entry, expected) in bank.entries().iter().zip(expected) {
        assert_close(entry.reproducibility, expected, 1e-4);
    }
}

#[test]
fn errors_correlate_by_shared_donors_in_pairs_and_by_shared_controls_in_a_line() {
    let bank = build(&example(), &Labels::default()).expect("a bank");
    // A of four donors and B of three of them; then (1/3) / sqrt((1/3 + 1/3) · (1/2 + 1/3)).
    let expected = [
        [1.0, 0.395_452_2, 0.0, 0.0],
        [0.395_452_2, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.447_213_6],
        [0.0, 0.0, 0.447_213_6, 1.0],
    ];
    for (a, row) in expected.iter().enumerate() {
        for (b, expected) in row.iter().enumerate() {
            assert_close(bank.error_correlation(a, b), *expected, 1e-5);
        }
    }
    let scales: Vec<f64> = bank
        .entries()
        .iter()
        .map(|entry| entry.error_scale)
        .collect();
    for (got, expected) in scales.iter().zip([0.25, 1.0 / 3.0, 2.0 / 3.0, 5.0 / 6.0]) {
        assert_close(*got, expected, 1e-12);
    }
}

#[test]
fn covariance_of_true_effects_agrees_with_numpy() {
    let bank = build(&example(), &Labels::default()).expect("a bank");
    let expected = [
        [0.020_640_9, 0.026_322_5, -0.001_631_1, 0.022_207_5],
        [0.026_322_5, 0.011_095_1, 0.018_060_6, 0.029_829_9],
        [-0.001_631_1, 0.018_060_6, 0.079_759_6, 0.059_288_1],
        [0.022_207_5, 0.029_829_9, 0.059_288_1, 0.004_561],
    ];
    for (a, row) in expected.iter().enumerate() {
        for (b, expected) in row.iter().enumerate() {
            assert_close(bank.signal(a, b), *expected, 1e-5);
        }
    }
}

#[test]
fn noise_alone_has_next_to_no_signal_and_does_not_repeat() {
    // Treated samples that differ from their controls by noise only.
    let axis = axis(2000);
    let mut rows = Vec::new();
    for donor in 0..6 {
        rows.push(sample(&format!("c{donor}"), &donor.to_string(), "", ""));
        rows.push(sample(
            &format!("t{donor}"),
            &donor.to_string(),
            "A",
            &format!("c{donor}"),
        ));
    }
    let mut noise = study(&axis, "noise", 2000, rows);
    let random = refcast_core::random::Random::new(4);
    for (at, row) in noise.values.iter_mut().enumerate() {
        for (gene, value) in row.iter_mut().enumerate() {
            let stream = refcast_core::random::RandomStream(250);
            *value = 4.0 + 0.5 * random.normal(stream, at as u64, gene as u32) as f32;
        }
    }
    let table = conditions(&[("noise", "A", "CHEMBL25", "1")]);
    let bank = build(&corpus(axis, vec![noise], table), &Labels::default()).expect("a bank");
    // The mean of six changes of variance 1/2 has variance 1/12; none of it is signal.
    assert_close(bank.signal(0, 0), 0.0, 0.01);
    assert!(bank.entries()[0].reproducibility < 0.9);
    let mean_square: f64 = (0..2000)
        .map(|gene| bank.mean(0, gene).expect("measured").powi(2))
        .sum();
    assert_close(mean_square / 2000.0, 1.0 / 12.0, 0.01);
}

#[test]
fn a_change_is_taken_against_the_samples_own_controls() {
    let corpus = example();
    let contrasts = contrasts(&corpus).expect("contrasts");
    assert_eq!(contrasts.len(), 12);
    let first = &contrasts[0];
    assert_eq!(
        (first.study, first.treated, first.controls.as_slice()),
        (0, 1, [0].as_slice())
    );
    let values = &corpus.studies[0].values;
    assert_close(
        f64::from(first.change[7]),
        f64::from(values[1][7] - values[0][7]),
        1e-6,
    );
    let cultures = &contrasts[7];
    assert_eq!(
        (cultures.study, cultures.controls.as_slice()),
        (1, [0, 1, 2].as_slice())
    );
    let values = &corpus.studies[1].values;
    let mean = (values[0][7] + values[1][7] + values[2][7]) / 3.0;
    assert_close(f64::from(cultures.control[7]), f64::from(mean), 1e-6);
}

#[test]
fn a_treated_sample_without_its_controls_or_left_out_by_the_curator_is_no_contrast() {
    let mut corpus = example();
    let without: Vec<_> = corpus.studies[0].samples.clone();
    corpus.studies[0] = corpus.studies[0].filtered(|sample| sample.id() != "0");
    assert_eq!(without.len(), corpus.studies[0].samples.len() + 1);
    assert_eq!(contrasts(&corpus).expect("contrasts").len(), 10);
    let rows = [
        ("pairs", "A", "CHEMBL25", "1"),
        ("pairs", "B", "CHEMBL1", "0"),
        ("line", "A", "CHEMBL25", "1"),
        ("line", "B", "CHEMBL1", "1"),
    ];
    corpus.conditions = conditions(&rows);
    assert_eq!(contrasts(&corpus).expect("contrasts").len(), 8);
}

#[test]
fn a_single_sample_borrows_the_spread_of_its_study() {
    let mut corpus = example();
    // Of B only one culture is left.
    corpus.studies[1] = corpus.studies[1].filtered(|sample| sample.id() != "7");
    let bank = build(&corpus, &Labels::default()).expect("a bank");
    let (replicated, single) = (&bank.entries()[2], &bank.entries()[3]);
    assert_eq!((replicated.samples, single.samples), (3, 1));
    assert!((single.reproducibility - 0.6).abs() < 1e-12);
    for gene in [3, 20, 49] {
        let (own, borrowed) = (bank.deviation(2, gene), bank.deviation(3, gene));
        // The trend of the replicated condition, of which its own deviation is mostly made.
        assert!(
            borrowed / own > 0.7 && borrowed / own < 1.4,
            "{own} {borrowed}"
        );
    }
}
