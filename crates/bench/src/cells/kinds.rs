//! The response of one kind of cells, from that of the others: each kind's treated cells are left
//! out in turn, everything else trains.

use std::collections::BTreeMap;

use refcast_core::SamplingStrategy;

use super::arms::{KINDS, arm, is_held, text};
use super::finish::{self, Method, Metric, Scores, scores};
use super::leak::{self, Apart};
use super::profile::{METRICS, profile};
use super::{
    BASELINES, CellsInputs, CellsRun, CellsTruth, Cloud, GENES, Levels, SAMPLES, baseline,
    energy_distance, generate, mmd, moments, plan, variance_r2,
};
use crate::benchmark::CellKindsBenchmark;
use crate::error::Result;
use crate::outcome::{CaseScores, Outcome};
use crate::run::MODEL;

/// Genes whose variances are compared.
const VARIANCES: usize = 50;
const SHIFTED: &str = "shifted controls";
const CEILING: &str = "ceiling: split half";

const THE_MODEL: &str = "The recipe's model, trained without the treated cells of the kind: sample generation on each of its untreated cells, one cell of each for the cloud, eight for the mean profile.";

const METHODS: [Method; 6] = [
    ("no change", "The untreated cells of the kind."),
    (
        "mean",
        "The untreated cells, moved by the mean change of the six other kinds.",
    ),
    (
        "nearest",
        "Moved by the change of the kind whose untreated mean profile is most alike.",
    ),
    (
        "weighted",
        "Moved by the changes of the others, weighted by exp(40 · r of untreated mean profiles); levels below 0 are 0.",
    ),
    (
        SHIFTED,
        "A cloud: each untreated cell moved by the change of *weighted*.",
    ),
    (
        CEILING,
        "Every second treated cell, scored against the rest; for the untreated cells likewise.",
    ),
];

/// What clouds of cells are scored by, after mean profiles.
const CLOUDS: [Metric; 4] = [
    (
        "energy distance",
        "2·E‖X − Y‖ − E‖X − X′‖ − E‖Y − Y′‖ of generated and real treated cells (Székely and Rizzo 2013), unbiased: about 0 for one distribution. At most 400 cells of each.",
        false,
    ),
    (
        "MMD",
        "1000 × the squared maximum mean discrepancy, unbiased, Gaussian kernel as wide as the real cells' root mean squared distance (Gretton et al. 2012).",
        false,
    ),
    (
        "variance R2",
        "1 − Σ(generated − real)² / Σ(real − mean)² of the variances of the 50 genes that differ most between the real arms.",
        true,
    ),
    (
        "energy distance, untreated",
        "The energy distance of untreated cells that are generated anew from the real ones.",
        false,
    ),
];

/// Runs the benchmark.
pub(super) fn run(
    run: &CellsRun<'_>,
    split: &CellKindsBenchmark,
    inputs: &CellsInputs<'_>,
) -> Result<Outcome> {
    let set = run.set(inputs.corpus, &split.set)?;
    let treatment = run.treatment(inputs.corpus, set)?;
    let levels = Levels::detected(set, GENES);
    let arms = |kind: &str| [false, true].map(|treated| arm(set, kind, treated, |_| true));
    let mut truths: BTreeMap<&str, CellsTruth> = BTreeMap::new();
    for (kind, _) in KINDS {
        let [control, treated] = arms(kind);
        if control.is_empty() || treated.is_empty() {
            return Err(run.empty(format!("{kind} in both arms of {}", split.set)));
        }
        let truth = CellsTruth::new(&levels.of_all(&control), &levels.of_all(&treated));
        truths.insert(kind, truth);
    }
    let mut cases = Vec::new();
    run.folds(KINDS.map(|(kind, _)| kind), |kind| {
        let [untreated, treated] = arms(kind);
        let training = inputs
            .corpus
            .filtered(|name, row| name != split.set || !is_held(row, kind));
        let fold = (run.benchmark.name.as_str(), kind);
        leak::check(fold, set, &treated, Apart::Kind, &training)?;
        let model = inputs.fit(&training)?;
        let of = |treatment, samples| {
            let plan = plan(
                &model,
                treatment,
                SamplingStrategy::SampleGeneration,
                samples,
            )?;
            generate(&model, &plan, &levels, &untreated)
        };
        let drawn = of(Some(treatment), SAMPLES)?;
        let again = of(None, 1)?;

        let (control, real) = (levels.of_all(&untreated), levels.of_all(&treated));
        let truth = &truths[kind];
        let others: Vec<(&[f64], &[f64])> = truths
            .iter()
            .filter(|(other, _)| **other != kind)
            .map(|(_, own)| (own.control.as_slice(), own.treated.as_slice()))
            .collect();
        let mut all = without_training((&control, &real), truth, &others);
        let mut own = profile(truth, &moments(&drawn).0);
        own.extend(cloud(&drawn[..untreated.len()], &real, truth));
        own.extend(scores([(CLOUDS[3].0, distance(&again, &control))]));
        all.insert(MODEL.to_owned(), own);
        cases.push(CaseScores {
            group: kind.to_owned(),
            study: split.set.clone(),
            sample: format!("{} treated cells", treated.len()),
            perturbation: text(&set.rows[treated[0]], "condition").to_owned(),
            scores: all,
        });
        Ok(())
    })?;
    finish::outcome(
        run.benchmark,
        THE_MODEL,
        &METHODS,
        &[&METRICS[..], &CLOUDS[..]].concat(),
        cases,
        Vec::new(),
        run.options,
    )
}

/// What needs no training, by the untreated and treated profiles of the other kinds.
fn without_training(
    (control, real): (&[Vec<f32>], &[Vec<f32>]),
    truth: &CellsTruth,
    others: &[(&[f64], &[f64])],
) -> BTreeMap<String, Scores> {
    let mut all: BTreeMap<String, Scores> = BTreeMap::new();
    for name in BASELINES {
        let predicted = baseline(name, &truth.control, others);
        all.insert(name.to_owned(), profile(truth, &predicted));
    }
    let weighted = baseline("weighted", &truth.control, others);
    let shifted = shifted(control, &truth.control, &weighted);
    all.insert(SHIFTED.to_owned(), cloud(&shifted, real, truth));
    all.insert(CEILING.to_owned(), split_half(control, real));
    all
}

fn cloud(cells: &[Vec<f32>], real: &[Vec<f32>], truth: &CellsTruth) -> Scores {
    let most = &truth.top[..VARIANCES.min(truth.top.len())];
    scores([
        (CLOUDS[0].0, distance(cells, real)),
        (
            CLOUDS[1].0,
            1000.0 * mmd(&Cloud::of(real), &Cloud::of(cells)),
        ),
        (CLOUDS[2].0, variance_r2(cells, real, most)),
    ])
}

fn distance(cells: &[Vec<f32>], real: &[Vec<f32>]) -> f64 {
    energy_distance(&Cloud::of(cells), &Cloud::of(real))
}

/// Each untreated cell, moved by a change of mean profiles.
fn shifted(control: &[Vec<f32>], from: &[f64], to: &[f64]) -> Vec<Vec<f32>> {
    let moved = |cell: &Vec<f32>| {
        let genes = cell.iter().zip(from).zip(to);
        genes
            .map(|((own, from), to)| (f64::from(*own) + to - from).max(0.0) as f32)
            .collect()
    };
    control.iter().map(moved).collect()
}

/// Every second cell against the rest.
fn split_half(control: &[Vec<f32>], treated: &[Vec<f32>]) -> Scores {
    let half = |cells: &[Vec<f32>], odd: usize| -> Vec<Vec<f32>> {
        cells.iter().skip(odd).step_by(2).cloned().collect()
    };
    let (one, other) = (half(treated, 0), half(treated, 1));
    let truth = CellsTruth::new(control, &other);
    let mut all = profile(&truth, &moments(&one).0);
    all.extend(cloud(&one, &other, &truth));
    let untreated = distance(&half(control, 0), &half(control, 1));
    all.extend(scores([(CLOUDS[3].0, untreated)]));
    all
}
