//! Profiles from metadata alone, for studies and tissues that training did not hold together.

mod methods;
mod units;

use std::collections::BTreeMap;

use refcast_core::{BaselineQuery, Metadata, MetadataField, SamplingStrategy};
use refcast_model::Model;
use refcast_train::fit;

use crate::benchmark::{Benchmark, DescribedBenchmark};
use crate::bootstrap;
use crate::error::{Error, Result};
use crate::metrics::correlation::pearson;
use crate::outcome::{CaseScores, Comparison, Definition, MetricInfo, Outcome, Requirement};
use crate::run::{BenchmarkProgress, FoldInputs, MODEL, Options};
use methods::UntreatedTraining;
use units::{StudyTissue, units};

/// Draws of the bootstrap.
const DRAWS: usize = 2000;
const SETTINGS: [&str; 2] = ["study left out", "part of a study left out"];

/// Runs the benchmark.
pub(crate) fn run(
    benchmark: &Benchmark,
    split: &DescribedBenchmark,
    inputs: &FoldInputs<'_>,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Outcome> {
    let units = units(inputs.corpus);
    if units.is_empty() {
        return Err(Error::Empty {
            benchmark: benchmark.name.clone(),
            selector: "a tissue of two studies".to_owned(),
        });
    }
    let mut folds = Vec::new();
    for (setting, name) in SETTINGS.iter().enumerate() {
        for fold in 0..split.folds {
            folds.push((setting, fold, format!("{name}, fold {}", fold + 1)));
        }
    }
    folds.retain(|(.., name)| !options.quick || benchmark.quick.contains(name));
    let of = folds.len();
    progress(BenchmarkProgress::Benchmark {
        name: benchmark.name.clone(),
        folds: of,
    });
    let mut cases = Vec::new();
    for (done, (setting, fold, _)) in folds.iter().enumerate() {
        cases.extend(one_fold(&units, *setting, *fold, split, inputs)?);
        progress(BenchmarkProgress::Fold { done: done + 1, of });
    }
    let mut outcome = Outcome {
        name: benchmark.name.clone(),
        title: benchmark.title.clone(),
        question: benchmark.question.clone(),
        methods: methods::defined(),
        metrics: metrics(),
        cases,
        comparisons: Vec::new(),
        findings: Vec::new(),
        requirements: Vec::new(),
    };
    outcome.comparisons = comparisons(benchmark, &outcome, options.seed);
    outcome.requirements = requirements(benchmark, &outcome);
    progress(BenchmarkProgress::Finished {
        name: benchmark.name.clone(),
    });
    Ok(outcome)
}

/// The fold of a unit: of its study, or its own.
fn fold_of(units: &[StudyTissue], at: usize, setting: usize, folds: usize) -> usize {
    if setting == 0 {
        let mut studies: Vec<usize> = units.iter().map(|unit| unit.study).collect();
        studies.dedup();
        studies
            .iter()
            .position(|study| *study == units[at].study)
            .unwrap_or(0)
            % folds
    } else {
        at % folds
    }
}

fn one_fold(
    units: &[StudyTissue],
    setting: usize,
    fold: usize,
    split: &DescribedBenchmark,
    inputs: &FoldInputs<'_>,
) -> Result<Vec<CaseScores>> {
    let held: Vec<&StudyTissue> = (0..units.len())
        .filter(|&at| fold_of(units, at, setting, split.folds) == fold)
        .map(|at| &units[at])
        .collect();
    let mut training = inputs.corpus.clone();
    for (at, study) in training.studies.iter_mut().enumerate() {
        let own: Vec<&&StudyTissue> = held.iter().filter(|unit| unit.study == at).collect();
        if own.is_empty() {
            continue;
        }
        // Treated samples of the tissue too: they would tell of it.
        let is_held = |tissue: &str| own.iter().any(|unit| unit.tissue == tissue);
        *study =
            study.filtered(|sample| setting == 1 && !is_held(sample.get("tissue_ontology_id")));
    }
    training.studies.retain(|study| !study.samples.is_empty());
    let mut recipe = inputs.recipe.clone();
    recipe.latent.rounds = split.rounds;
    let parts = fit(&training, &recipe, inputs.labels, recipe.seed, &|_| {})?;
    let known = UntreatedTraining::of(&training, &parts.latent);
    let model = Model::from_parts(parts);
    let mut cases = Vec::new();
    for unit in held {
        // The last study with a tissue may have left in the same fold.
        if !known.has_tissue(&unit.tissue) {
            continue;
        }
        let scores = scores(unit, setting, &model, &known, inputs)?;
        cases.push(CaseScores {
            group: SETTINGS[setting].to_owned(),
            study: inputs.corpus.studies[unit.study].name.clone(),
            sample: inputs.labels.of(&unit.tissue).to_owned(),
            perturbation: "none".to_owned(),
            scores,
        });
    }
    Ok(cases)
}

fn scores(
    unit: &StudyTissue,
    setting: usize,
    model: &Model,
    known: &UntreatedTraining,
    inputs: &FoldInputs<'_>,
) -> Result<BTreeMap<String, BTreeMap<String, f64>>> {
    let measured = &inputs.corpus.studies[unit.study].measured;
    let total: f64 = unit.parts.iter().map(|part| part.samples).sum();
    let genes = measured.len();
    let mut predicted: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for part in &unit.parts {
        let mut metadata = part.metadata.clone();
        if setting == 0 {
            metadata = without_study(&metadata);
        }
        let query = BaselineQuery {
            metadata: metadata.clone(),
            perturbation: None,
            num_samples: 1,
            sampling_strategy: SamplingStrategy::MeanEstimation,
            deterministic_latents: true,
            seed: 0,
            total_count: None,
        };
        let mut add = |method: &'static str, profile: &[f64]| {
            let sum = predicted.entry(method).or_insert_with(|| vec![0.0; genes]);
            for (sum, value) in sum.iter_mut().zip(profile) {
                *sum += value * part.samples / total;
            }
        };
        add(MODEL, model.baseline(&query, 0)?.profile());
        add(methods::TISSUE, &known.tissue_mean(&unit.tissue));
        add(methods::NEAREST, &known.nearest(&metadata));
        add(methods::GRAND, &known.grand_mean);
    }
    let scored: Vec<usize> = (0..genes)
        .filter(|&gene| measured[gene] && known.measured[gene])
        .collect();
    let pick = |values: &[f64]| -> Vec<f64> { scored.iter().map(|&gene| values[gene]).collect() };
    let (truth, centre) = (pick(&unit.profile), pick(&known.grand_mean));
    let change =
        |values: &[f64]| -> Vec<f64> { values.iter().zip(&centre).map(|(v, c)| v - c).collect() };
    let true_change = change(&truth);
    Ok(predicted
        .into_iter()
        .map(|(method, profile)| {
            let profile = pick(&profile);
            let changed = change(&profile);
            let error: f64 = profile
                .iter()
                .zip(&truth)
                .map(|(p, t)| (p - t).powi(2))
                .sum();
            let size: f64 = true_change.iter().map(|d| d * d).sum();
            let found = [
                ("r", pearson(&profile, &truth)),
                ("r of change", pearson(&changed, &true_change)),
                ("EV of change", (size > 0.0).then(|| 1.0 - error / size)),
            ];
            let own = found
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)));
            (method.to_owned(), own.collect())
        })
        .collect())
}

fn without_study(metadata: &Metadata) -> Metadata {
    let mut kept = Metadata::default();
    for (field, value) in metadata
        .iter()
        .filter(|(field, _)| *field != MetadataField::Study)
    {
        kept.set(field, value);
    }
    kept
}

fn metrics() -> Vec<MetricInfo> {
    let metric = |name: &str, definition: &str| MetricInfo {
        described: Definition {
            name: name.to_owned(),
            definition: definition.to_owned(),
        },
        higher_is_better: true,
    };
    vec![
        metric(
            "r",
            "Pearson's r over genes of the predicted ln(1 + CPM) and the mean of the samples that were left out.",
        ),
        metric(
            "r of change",
            "The same, both less the mean over all untreated training samples. 0 for a prediction that is that mean.",
        ),
        metric(
            "EV of change",
            "1 − Σ(prediction − truth)² / Σ(grand mean − truth)² over genes.",
        ),
    ]
}

fn comparisons(benchmark: &Benchmark, outcome: &Outcome, seed: u64) -> Vec<Comparison> {
    let mut found = Vec::new();
    for metric in &outcome.metrics {
        for against in &benchmark.methods {
            let groups: Vec<Option<&str>> = std::iter::once(None)
                .chain(outcome.groups().into_iter().map(Some))
                .collect();
            for group in groups {
                found.extend(bootstrap::compare(
                    &outcome.cases,
                    &metric.described.name,
                    (MODEL, against),
                    group,
                    DRAWS,
                    seed,
                ));
            }
        }
    }
    found
}

fn requirements(benchmark: &Benchmark, outcome: &Outcome) -> Vec<Requirement> {
    let asked = benchmark.requires.iter().flat_map(|asked| {
        outcome.groups().into_iter().filter_map(move |group| {
            let against = asked.against.first()?;
            let own = outcome.mean_in(group, MODEL, &asked.metric)?;
            let other = outcome.mean_in(group, against, &asked.metric)?;
            Some(Requirement {
                asked: format!("{group}: {}", asked.asked),
                found: format!("{own:.3} against {other:.3} of {against}"),
                holds: own >= other + asked.least,
            })
        })
    });
    asked.collect()
}
