//! Outcomes made up by hand, for tests of what is made from them.

use std::collections::BTreeMap;

use crate::outcome::{
    CaseScores, Comparison, Definition, Finding, MetricInfo, Outcome, Report, Requirement,
};

pub(super) fn defined(name: &str, definition: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        definition: definition.to_owned(),
    }
}

fn metric(name: &str, definition: &str, higher_is_better: bool) -> MetricInfo {
    MetricInfo {
        described: defined(name, definition),
        higher_is_better,
    }
}

const METHODS: [(&str, f64); 4] = [
    ("model", 0.0),
    ("mean", -0.06),
    ("shrunk mean", -0.03),
    ("ceiling: replicates", 0.1),
];

/// A case whose scores follow from a base and the method.
fn case(group: &str, sample: usize, base: f64) -> CaseScores {
    let scores = METHODS.iter().map(|&(method, shift)| {
        let ev = base - 0.1 + shift + 0.01 * (sample as f64);
        let metrics = [
            ("r", base + shift / 2.0),
            ("EV", ev),
            ("RMSE", 0.5 - ev / 2.0),
        ];
        let metrics = metrics.map(|(name, value)| (name.to_owned(), value));
        (method.to_owned(), BTreeMap::from(metrics))
    });
    CaseScores {
        group: group.to_owned(),
        study: format!("{group}_study"),
        sample: format!("s{sample}"),
        perturbation: "dexamethasone, 100 nM, 18 h".to_owned(),
        scores: scores.collect(),
    }
}

fn comparison(metric: &str, against: &str, group: Option<&str>, difference: f64) -> Comparison {
    let width = 0.01;
    Comparison {
        metric: metric.to_owned(),
        method: "model".to_owned(),
        against: against.to_owned(),
        group: group.map(str::to_owned),
        difference,
        interval: (difference - width, difference + width),
        interval_over_groups: group
            .is_none()
            .then_some((difference - 2.0 * width, difference + 2.0 * width)),
    }
}

/// Two groups, three baselines and metrics, everything that an outcome can hold.
pub(super) fn donors() -> Outcome {
    let cases = vec![
        case("airway", 1, 0.52),
        case("airway", 2, 0.54),
        case("IFN-γ → MDM_interferons", 1, 0.9),
    ];
    let mut comparisons = Vec::new();
    for (metric, difference) in [("r", 0.015), ("EV", 0.03)] {
        comparisons.push(comparison(metric, "shrunk mean", None, difference));
        for group in ["airway", "IFN-γ → MDM_interferons"] {
            comparisons.push(comparison(metric, "shrunk mean", Some(group), difference));
        }
        comparisons.push(comparison(metric, "mean", None, 2.0 * difference));
    }
    Outcome {
        name: "donors".to_owned(),
        title: "Held-out donors".to_owned(),
        question: "One donor is left out of training. What does its treated sample look like?"
            .to_owned(),
        methods: vec![
            defined("model", "What is measured."),
            defined("mean", "Mean change of the other donors."),
            defined("shrunk mean", "The same, shrunk by gene."),
            defined("ceiling: replicates", "Another replicate."),
        ],
        metrics: vec![
            metric("r", "Pearson correlation of change.", true),
            metric("EV", "1 − Σ(y − ŷ)² / Σy².", true),
            metric("RMSE", "√ of the mean squared error.", false),
        ],
        cases,
        comparisons,
        findings: vec![Finding {
            described: defined("cases answered", "Fraction of cases with an answer."),
            value: 1.0,
        }],
        requirements: vec![
            Requirement {
                asked: "EV above every baseline".to_owned(),
                found: "0.590 against 0.560".to_owned(),
                holds: true,
            },
            Requirement {
                asked: "EV of 0.7".to_owned(),
                found: "0.590".to_owned(),
                holds: false,
            },
        ],
    }
}

/// As large as benchmarks get: groups and samples without end, many baselines, some far off.
pub(super) fn large(groups: usize, samples: usize) -> Outcome {
    let mut outcome = donors();
    outcome.cases.clear();
    outcome.comparisons.clear();
    for baseline in ["no change", "nearest study", "mean of the tissue", "ridge"] {
        outcome.methods.insert(3, defined(baseline, "A baseline."));
    }
    let names = [
        "airway",
        "IFN-γ → MDM_interferons",
        "TOP2i",
        "macrophage IFN-γ, Salmonella",
        "dexamethasone and something else with a long name → HPPT_cytokines_Jankowski",
    ];
    for sample in 0..samples {
        let place = sample % groups;
        let name = match place / names.len() {
            0 => names[place].to_owned(),
            more => format!("{} {more}", names[place % names.len()]),
        };
        // Numbers without order, the same everywhere.
        let noise = |stream: usize| {
            let x = (sample * 7919 + stream * 104_729 + 12_345) as u64;
            let x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ((x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / f64::from(1 << 24)
        };
        let mut case = case(
            &name,
            0,
            0.55 + 0.35 * (place as f64) / (groups as f64) + 0.1 * noise(0),
        );
        let model = case.scores["model"].clone();
        for (stream, method) in outcome.methods.iter().enumerate() {
            let shift = match method.name.as_str() {
                "no change" => -0.9,
                "mean" => -0.6 * noise(99).powi(6),
                "ceiling: replicates" => 0.08,
                _ => -0.03 * stream as f64,
            };
            let scores = model.iter().map(|(metric, value)| {
                let change = shift + 0.12 * (noise(stream + 1) - 0.5);
                let sign = if metric == "RMSE" { -1.0 } else { 1.0 };
                (metric.clone(), (value + sign * change).min(1.0))
            });
            case.scores.insert(method.name.clone(), scores.collect());
        }
        outcome.cases.push(case);
    }
    let groups: Vec<String> = outcome.groups().into_iter().map(str::to_owned).collect();
    for metric in outcome.metrics.clone() {
        let name = &metric.described.name;
        let Some((baseline, mean)) = outcome.best_baseline(&metric) else {
            continue;
        };
        let baseline = baseline.to_owned();
        let mut comparisons = Vec::new();
        for group in &groups {
            let value = |method| outcome.mean_in(group, method, name).unwrap_or(0.0);
            let difference = value("model") - value(&baseline);
            comparisons.push(comparison(name, &baseline, Some(group), difference));
        }
        let difference = outcome.mean("model", name).unwrap_or(0.0) - mean;
        comparisons.push(comparison(name, &baseline, None, difference));
        outcome.comparisons.extend(comparisons);
    }
    outcome
}

/// Coverage by level of evidence, and support.
pub(super) fn calibration() -> Outcome {
    let mut outcome = large(3, 240);
    outcome.name = "calibration".to_owned();
    outcome.title = "Calibration".to_owned();
    for percent in ["90", "50", "80", "95"] {
        outcome.metrics.push(metric(
            &format!("covered {percent} %"),
            "Fraction covered.",
            true,
        ));
    }
    outcome
        .metrics
        .push(metric("support", "Score of support.", true));
    for (place, case) in outcome.cases.iter_mut().enumerate() {
        let level = place % 3;
        case.group = ["strong", "moderate", "weak"][level].to_owned();
        let Some(scores) = case.scores.get_mut("model") else {
            continue;
        };
        for percent in [50.0, 80.0, 90.0, 95.0] {
            let found = percent / 100.0 - 0.06 * level as f64 + 0.02;
            scores.insert(format!("covered {percent} %"), found);
        }
        let support = scores["EV"] * 1.4 - 0.35 - 0.1 * level as f64;
        scores.insert("support".to_owned(), support.clamp(0.0, 1.0));
    }
    outcome
}

/// A report of [`donors`].
pub(super) fn report() -> Report {
    Report {
        model: "gem-1-bulk".to_owned(),
        command: "cargo benchmark --corpus ../shared/corpus".to_owned(),
        quick: false,
        outcomes: vec![donors()],
    }
}
