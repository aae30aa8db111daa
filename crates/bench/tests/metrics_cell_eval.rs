//! The metrics that cell-eval has too, on one small simulated case: the same numbers as
//! `metrics_cell_eval/golden.py` got from it. cell-eval brings 1.2 GB of packages and needs Python
//! 3.11 or later, too much for every run of the tests, so that its answers are kept.
//!
//! What differs, and why:
//! - discrimination: cell-eval divides the rank by the number of candidates, the right one among
//!   them, so that its worst score is 1/n; ours is 0. It breaks ties by order, ours count half. It
//!   leaves out a gene that a perturbation is named after, which no name here is.
//! - direction: a predicted change of 0 is wrong to cell-eval and counts half here.
//! - auprc: cell-eval ranks genes by the false discovery rate of the predicted cells, we by
//!   |predicted change|, as a predicted mean has no such rate. The script gives it rates that fall
//!   with |predicted change|.
//! - which genes changed: Mann and Whitney's test over cells there, moderated t over samples here.
//!   The script gives it the genes.
//! - its energy distance is between treated and control, compared over perturbations by Pearson's
//!   correlation; ours is between predicted and real. Its overlaps and its mean errors are not ours.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use refcast_bench::metrics::{Distance, Scored, discrimination, score};

const PERTURBATIONS: usize = 12;
const GENES: usize = 60;
const SAMPLES: usize = 4;
const CONTROLS: usize = 5;

/// The same in both languages: from -0.5 to 0.5, of no pattern that matters.
fn wobble(a: usize, b: usize) -> f64 {
    ((a * 7919 + b * 104_729 + a * b * 31 + a * a * 17) % 1009) as f64 / 1009.0 - 0.5
}

/// Mean ln(1 + CPM) of `samples` from `seed` on.
fn mean_profile(seed: usize, samples: usize, change: impl Fn(usize) -> f64) -> Vec<f64> {
    let mean_noise = |gene: usize| -> f64 {
        let noise = (seed..seed + samples).map(|sample| 0.2 * wobble(sample, gene));
        noise.sum::<f64>() / samples as f64
    };
    (0..GENES)
        .map(|gene| 2.0 + 0.05 * gene as f64 + change(gene) + mean_noise(gene))
        .collect()
}

fn minus(a: Vec<f64>, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// True and predicted change of every perturbation, `[perturbations][genes]`.
fn simulated() -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let control = mean_profile(900, CONTROLS, |_| 0.0);
    (0..PERTURBATIONS)
        .map(|p| {
            let shared = |g| wobble(301, g);
            let own = |g| wobble(400 + p, g);
            let error = |g| 0.2 * p as f64 * wobble(500 + p, g);
            let truth = mean_profile(10 * p, SAMPLES, |g| shared(g) + own(g));
            let said = |g| shared(g) + 0.2 * own(g) + error(g);
            let predicted = mean_profile(200 + 10 * p, SAMPLES, said);
            (minus(truth, &control), minus(predicted, &control))
        })
        .unzip()
}

fn golden() -> BTreeMap<String, Vec<f64>> {
    let text = include_str!("metrics_cell_eval/golden.json");
    let golden: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    let numbers = |value| serde_json::from_value(value).ok();
    golden
        .into_iter()
        .filter_map(|(name, value)| Some((name, numbers(value)?)))
        .collect()
}

fn assert_same(name: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (p, (got, expected)) in got.iter().zip(expected).enumerate() {
        // cell-eval holds changes and rates as f32.
        assert!(
            (got - expected).abs() < 1e-6,
            "{name} of p{p}: {got} is not {expected}"
        );
    }
}

#[test]
fn scores_of_one_perturbation_are_those_of_cell_eval() {
    let (truth, predicted) = simulated();
    let golden = golden();
    let scores: Vec<BTreeMap<String, f64>> = truth
        .iter()
        .zip(&predicted)
        .map(|(truth, predicted)| {
            let changed: Vec<bool> = truth.iter().map(|change| change.abs() > 0.25).collect();
            score(&Scored {
                truth,
                predicted,
                perturbed_mean: None,
                changed: Some(&changed),
            })
        })
        .collect();
    for (ours, theirs) in [
        ("r", "pearson_delta"),
        ("direction", "de_direction_match"),
        ("spearman", "de_spearman_lfc_sig"),
        ("auprc", "pr_auc"),
    ] {
        let got: Vec<f64> = scores.iter().map(|scores| scores[ours]).collect();
        assert_same(ours, &got, &golden[theirs]);
    }
    let explained: Vec<f64> = golden["mse_delta"]
        .iter()
        .zip(&golden["mse_delta_of_no_change"])
        .map(|(error, size)| 1.0 - error / size)
        .collect();
    let got: Vec<f64> = scores.iter().map(|scores| scores["EV"]).collect();
    assert_same("EV", &got, &explained);
}

#[test]
fn discrimination_is_that_of_cell_eval_with_the_worst_at_zero() {
    let (truth, predicted) = simulated();
    let golden = golden();
    for (distance, theirs) in [
        (Distance::L1, "discrimination_score_l1"),
        (Distance::L2, "discrimination_score_l2"),
        (Distance::Cosine, "discrimination_score_cosine"),
    ] {
        let got: Vec<f64> = (0..PERTURBATIONS)
            .map(|p| discrimination(&predicted[p], p, &truth, distance).unwrap())
            .collect();
        let n = PERTURBATIONS as f64;
        let scaled: Vec<f64> = golden[theirs]
            .iter()
            .map(|score| 1.0 - (1.0 - score) * n / (n - 1.0))
            .collect();
        assert_same(theirs, &got, &scaled);
    }
}
