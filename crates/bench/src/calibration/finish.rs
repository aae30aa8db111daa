//! From the held-out samples to what the benchmark found.

use std::collections::BTreeMap;

use refcast_core::SupportLevel;
use refcast_model::generate::{Calibration, Factors};

use super::fit::{HALF, NINETY};
use super::rank::ranks;
use super::sample::{BINS, Sample};
use crate::benchmark::{Benchmark, Calibrated, Promise};
use crate::outcome::{CaseScores, Described, Finding, MetricInfo, Outcome, Requirement};
use crate::run::{MODEL, Options};

/// The levels, the strongest first: the groups of the tables.
const LEVELS: [SupportLevel; 4] = [
    SupportLevel::Strong,
    SupportLevel::Moderate,
    SupportLevel::Weak,
    SupportLevel::None,
];
/// Where nothing is known to change, the prediction may have this part of the size of a real effect.
const NO_CHANGE: f64 = 0.1;
/// Factors of a recipe that are farther from those of the fit than this are of another model.
const STALE: f64 = 0.05;

/// All that the outcome is made from.
pub struct Found<'a> {
    pub benchmark: &'a Benchmark,
    pub split: &'a Calibrated,
    pub samples: &'a [Sample],
    /// The factors of each sample, fitted without its study.
    pub factors: &'a [Factors],
    /// The factors fitted on all samples.
    pub fitted: &'a Calibration,
    /// Those of the recipe.
    pub shipped: &'a Calibration,
    pub refused: usize,
    pub options: &'a Options,
}

pub fn outcome(found: &Found<'_>) -> Outcome {
    let mut cases: Vec<CaseScores> = found
        .samples
        .iter()
        .zip(found.factors)
        .map(|(sample, factors)| scores(sample, factors))
        .collect();
    let place = |case: &CaseScores| {
        LEVELS
            .iter()
            .position(|level| level.to_string() == case.group)
    };
    cases.sort_by(|a, b| {
        (place(a), &a.study, &a.perturbation, &a.sample).cmp(&(
            place(b),
            &b.study,
            &b.perturbation,
            &b.sample,
        ))
    });
    let mut outcome = Outcome {
        name: found.benchmark.name.clone(),
        title: found.benchmark.title.clone(),
        question: found.benchmark.question.clone(),
        methods: vec![Described {
            name: MODEL.to_owned(),
            definition: "The recipe's model, trained without what is held out: the mean estimate \
                         on the mean of the sample's controls, with its intervals."
                .to_owned(),
        }],
        metrics: metrics(found.benchmark),
        cases,
        comparisons: Vec::new(),
        findings: Vec::new(),
        requirements: Vec::new(),
    };
    coverage(found, &mut outcome);
    support(found, &mut outcome);
    nothing(found, &mut outcome);
    factors(found, &mut outcome);
    let refused = "Held-out samples whose query the model refused; they have no interval.";
    add(&mut outcome, "refused", refused, found.refused as f64);
    outcome
}

fn scores(sample: &Sample, factors: &Factors) -> CaseScores {
    let found = [
        (covered_name(NINETY), sample.bins[0].within(factors.ninety)),
        (covered_name(HALF), sample.bins[0].within(factors.half)),
        (
            "width of 90 %".to_owned(),
            Some(2.0 * factors.ninety * sample.deviation),
        ),
        ("support".to_owned(), Some(f64::from(sample.support.score))),
        ("EV".to_owned(), sample.ev),
        ("expected EV".to_owned(), Some(sample.expected_ev)),
        ("relative error".to_owned(), sample.relative_error()),
    ];
    let scores: BTreeMap<String, f64> = found
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    CaseScores {
        group: sample.support.level.to_string(),
        study: sample.study.clone(),
        sample: sample.id.clone(),
        perturbation: sample.perturbation.clone(),
        scores: BTreeMap::from([(MODEL.to_owned(), scores)]),
    }
}

/// The metrics that the benchmark names, in its order.
fn metrics(benchmark: &Benchmark) -> Vec<MetricInfo> {
    let all = [
        (
            "covered 90 %",
            "Share of the scored genes whose true change lies in the 90 % interval: |truth − \
             prediction| ≤ factor · deviation, the factor fitted without the sample's study. Right \
             is 0.9, not more.",
            true,
        ),
        (
            "covered 50 %",
            "The same for the 50 % interval. Right is 0.5.",
            true,
        ),
        (
            "width of 90 %",
            "Mean width of the 90 % interval over the scored genes, ln(1 + CPM).",
            false,
        ),
        (
            "support",
            "Score of support, 0 to 1: the part of the effect's variance that the evidence is \
             expected to explain.",
            true,
        ),
        (
            "EV",
            "Explained fraction, 1 − MSE(prediction) / MSE(no change), over the scored genes.",
            true,
        ),
        (
            "expected EV",
            "What the prediction itself expects of EV: its mean square over the sum of that and the \
             mean square of the deviation. 0 where no change is predicted.",
            true,
        ),
        (
            "relative error",
            "Root mean square error relative to that of no change, √(1 − EV).",
            false,
        ),
    ];
    let info = |name: &String| {
        let (name, definition, higher_is_better) =
            all.into_iter().find(|(known, ..)| known == name)?;
        Some(MetricInfo {
            described: Described {
                name: name.to_owned(),
                definition: definition.to_owned(),
            },
            higher_is_better,
        })
    };
    benchmark.metrics.iter().filter_map(info).collect()
}

fn covered_name(covered: f64) -> String {
    format!("covered {:.0} %", 100.0 * covered)
}

fn factor_name(covered: f64, explained: f64) -> String {
    format!("factor {:.0} %, explained {explained}", 100.0 * covered)
}

/// The section of a recipe that holds the factors fitted on all samples of an outcome.
pub fn section(outcome: &Outcome) -> String {
    let value = |name: &str| {
        let mut findings = outcome.findings.iter();
        findings
            .find(|finding| finding.described.name == name)
            .map(|finding| finding.value)
    };
    let prefix = factor_name(HALF, 0.0);
    let prefix = prefix.trim_end_matches('0');
    let knots = outcome.findings.iter().filter_map(|finding| {
        let explained: f64 = finding.described.name.strip_prefix(prefix)?.parse().ok()?;
        let half = finding.value;
        let ninety = value(&factor_name(NINETY, explained))?;
        Some(format!(
            "    {{ explained = {explained:.2}, half = {half:.3}, ninety = {ninety:.3} }},\n"
        ))
    });
    format!(
        "# Half-widths of intervals, in deviations, by the part explained:\n\
         # cargo run --release -p refcast-bench --example calibrate\n\
         [calibration]\nknots = [\n{}]\n",
        knots.collect::<String>()
    )
}

fn add(outcome: &mut Outcome, name: &str, definition: &str, value: f64) {
    outcome.findings.push(Finding {
        described: Described {
            name: name.to_owned(),
            definition: definition.to_owned(),
        },
        value,
    });
}

fn factor(factors: &Factors, covered: f64) -> f64 {
    if covered > HALF {
        factors.ninety
    } else {
        factors.half
    }
}

/// Mean over studies of the mean over their samples.
fn over_studies<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> Option<f64> {
    let mut studies: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (study, value) in values {
        let (sum, n) = studies.entry(study).or_default();
        *sum += value;
        *n += 1.0;
    }
    let n = studies.len() as f64;
    let sum: f64 = studies.values().map(|(sum, n)| sum / n).sum();
    (n > 0.0).then(|| sum / n)
}

/// Coverage over all levels by set of genes, and what is promised of it.
fn coverage(found: &Found<'_>, outcome: &mut Outcome) {
    for promise in &found.split.promises {
        let mut overall = None;
        for (bin, name) in BINS.iter().enumerate() {
            let covered =
                found
                    .samples
                    .iter()
                    .zip(found.factors)
                    .filter_map(|(sample, factors)| {
                        let covered = sample.bins[bin].within(factor(factors, promise.covered))?;
                        Some((sample.study.as_str(), covered))
                    });
            let Some(covered) = over_studies(covered) else {
                continue;
            };
            overall = overall.or(Some(covered));
            let definition = format!(
                "Coverage of the {:.0} % interval over these genes of a sample; mean over studies \
                 of the mean over their samples.",
                100.0 * promise.covered
            );
            let name = format!("{}, {name}", covered_name(promise.covered));
            add(outcome, &name, &definition, covered);
        }
        let all = overall.map(|covered| (covered, String::new()));
        outcome
            .requirements
            .push(kept(promise, "on unseen studies", all));
        let levels: Vec<(f64, String)> = outcome
            .groups()
            .into_iter()
            .filter_map(|level| {
                let covered = outcome.mean_in(level, MODEL, &covered_name(promise.covered))?;
                Some((covered, format!(" where support is {level}")))
            })
            .collect();
        // The level that is farthest off speaks for all.
        let off = |covered: f64| (covered - promise.covered).abs();
        let worst = levels
            .into_iter()
            .max_by(|a, b| off(a.0).total_cmp(&off(b.0)));
        let each = kept(promise, "at each level of support", worst);
        outcome.requirements.push(each);
    }
}

fn kept(promise: &Promise, place: &str, found: Option<(f64, String)>) -> Requirement {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    Requirement {
        asked: format!(
            "{:.0} % intervals cover {:.0} to {:.0} % {place}",
            100.0 * promise.covered,
            100.0 * promise.least,
            100.0 * promise.most
        ),
        holds: found
            .as_ref()
            .is_some_and(|(covered, _)| (promise.least..=promise.most).contains(covered)),
        found: found.map_or_else(
            || "nothing to judge it on".to_owned(),
            |(covered, place)| percent(covered) + &place,
        ),
    }
}

type Figure = fn(&Sample) -> Option<f64>;

/// Whether support ranks the errors.
fn support(found: &Found<'_>, outcome: &mut Outcome) {
    let pairs = |one: Figure, other: Figure| -> Vec<(f64, f64)> {
        let samples = found.samples.iter();
        samples
            .filter_map(|sample| Some((one(sample)?, other(sample)?)))
            .collect()
    };
    let score: Figure = |sample| Some(f64::from(sample.support.score));
    let ev: Figure = |sample| sample.ev;
    let seed = found.options.seed;
    let asked = "score of support ranks the errors: Spearman's correlation with EV is above 0";
    let mut requirement = Requirement {
        asked: asked.to_owned(),
        found: "nothing to judge it on".to_owned(),
        holds: false,
    };
    if let Some((rho, (low, high))) = ranks(&pairs(score, ev), seed) {
        requirement.found = format!("{rho:.3}, 95 % interval {low:.3} to {high:.3}");
        requirement.holds = low > 0.0;
        correlation(outcome, ("support", "EV"), (rho, (low, high)));
    }
    outcome.requirements.push(requirement);
    if let Some(rho) = ranks(&pairs(score, Sample::relative_error), seed) {
        correlation(outcome, ("support", "relative error"), rho);
    }
    if let Some(rho) = ranks(&pairs(|sample| Some(sample.expected_ev), ev), seed) {
        correlation(outcome, ("expected EV", "EV"), rho);
    }
    for level in LEVELS.map(|level| level.to_string()) {
        if let Some(ev) = outcome.mean_in(&level, MODEL, "EV") {
            let definition = "Mean explained fraction over the samples of this level.";
            add(outcome, &format!("EV, support {level}"), definition, ev);
        }
    }
}

fn correlation(
    outcome: &mut Outcome,
    (of, with): (&str, &str),
    (rho, (low, high)): (f64, (f64, f64)),
) {
    let name = format!("Spearman of {of} and {with}");
    let definition = format!("Spearman's correlation of {of} and {with} over samples.");
    add(outcome, &name, &definition, rho);
    let definition = "End of its 95 % interval by bootstrap over samples.";
    add(outcome, &format!("{name}, low"), definition, low);
    add(outcome, &format!("{name}, high"), definition, high);
}

/// What is predicted where nothing is known to change.
fn nothing(found: &Found<'_>, outcome: &mut Outcome) {
    let (nothing, beside) = (&found.split.nothing, &found.split.beside);
    let of = |is: fn(&Sample) -> bool| -> Vec<&Sample> {
        found.samples.iter().filter(|sample| is(sample)).collect()
    };
    let (own, other) = (of(|sample| sample.is.0), of(|sample| sample.is.1));
    let mean = |samples: &[&Sample]| {
        let sum: f64 = samples.iter().map(|sample| sample.predicted.0).sum();
        sum / samples.len() as f64
    };
    let asked = format!(
        "{} predicts no change: at most {:.0} % of the size of {}",
        nothing.name,
        100.0 * NO_CHANGE,
        beside.name
    );
    if own.is_empty() || other.is_empty() {
        outcome.requirements.push(Requirement {
            asked,
            found: "nothing to judge it on".to_owned(),
            holds: false,
        });
        return;
    }
    let largest = own.iter().map(|sample| sample.predicted.1);
    let largest = largest.fold(0.0, f64::max);
    let size = mean(&own) / mean(&other);
    let said: Vec<String> = own
        .iter()
        .map(|sample| {
            format!(
                "{} ({})",
                sample.support.level,
                sample.support.reasons.join("; ")
            )
        })
        .collect();
    let definition = format!(
        "Largest |predicted change| of a gene, ln(1 + CPM), over the held-out samples of {}. \
         Support: {}.",
        nothing.name,
        said.join(", ")
    );
    let name = format!("{}, largest", nothing.name);
    add(outcome, &name, &definition, largest);
    let definition = format!(
        "Root mean square of the predicted change relative to that of {}, means over held-out \
         samples.",
        beside.name
    );
    add(
        outcome,
        &format!("{}, size", nothing.name),
        &definition,
        size,
    );
    outcome.requirements.push(Requirement {
        asked,
        found: format!(
            "{:.1} %, largest change {largest:.3}, over {} held-out samples",
            100.0 * size,
            own.len()
        ),
        holds: size <= NO_CHANGE,
    });
}

/// The fitted factors, and whether the recipe has them.
fn factors(found: &Found<'_>, outcome: &mut Outcome) {
    let mut farthest: f64 = 0.0;
    for knot in found.fitted.knots() {
        let shipped = found.shipped.at(knot.explained);
        for (covered, own, theirs) in [
            (HALF, knot.half, shipped.half),
            (NINETY, knot.ninety, shipped.ninety),
        ] {
            farthest = farthest.max((theirs / own - 1.0).abs());
            let name = factor_name(covered, knot.explained);
            let definition = "Half-width of the interval in deviations, fitted on all samples.";
            add(outcome, &name, definition, own);
        }
    }
    // A few folds fit other factors than all of them.
    if !found.options.quick {
        outcome.requirements.push(Requirement {
            asked: format!(
                "the recipe's factors are those that are fitted here, to {:.0} %",
                100.0 * STALE
            ),
            found: format!("{:.1} % apart at most", 100.0 * farthest),
            holds: farthest <= STALE,
        });
    }
}
