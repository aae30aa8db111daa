//! Metadata from profiles, of donors and of studies that training did not hold.

mod figures;
mod finish;
mod source;

pub(crate) use source::{AnnotationSource, Kept, run};

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refcast_core::random::{Random, RandomStream};
use refcast_core::{LogCpm, MetadataField};
use refcast_train::corpus::{Corpus, StudyKind};
use refcast_train::metadata::{AnnotatedCorpusSample, annotated_samples};

use crate::benchmark::{AnnotationBenchmark, Benchmark};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::run::{BenchmarkProgress, Options};

/// Draws of the shuffled samples.
const SHUFFLES: RandomStream = RandomStream(140);
/// Every so many held-out samples one is shuffled.
const EVERY: usize = 20;

const SETTINGS: [&str; 2] = ["donors left out", "studies left out"];

/// One field of one sample that was left out.
pub(crate) struct HeldOutPrediction {
    setting: usize,
    study: String,
    /// Tissue of the atlas, which sex is asked of.
    is_atlas_tissue: bool,
    field: MetadataField,
    truth: String,
    predicted: String,
    probability: f64,
    /// The most frequent value of training.
    most_frequent: String,
    /// Whether another study of the corpus holds the value.
    elsewhere: bool,
}

/// How new a sample is to a model whose training lacked its study.
pub(crate) struct NoveltyScore {
    scores: [f64; 2],
    /// Its genes were exchanged with each other.
    shuffled: bool,
}

/// Every prediction and score of the benchmark.
#[derive(Default)]
pub(crate) struct AnnotationResults {
    predictions: Vec<HeldOutPrediction>,
    novelty: Vec<NoveltyScore>,
}

/// Runs the benchmark on a source.
pub(crate) fn measure(
    benchmark: &Benchmark,
    split: &AnnotationBenchmark,
    source: &AnnotationSource<'_>,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Outcome> {
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
    let mut samples = annotated_samples(source.corpus);
    for own in &mut samples {
        own.donor = (source.donor)(study(source.corpus, own), own.sample);
    }
    let assigned = [
        by_turns(
            samples.iter().map(|sample| sample.donor.as_str()),
            split.folds,
        ),
        by_turns(
            samples.iter().map(|sample| study(source.corpus, sample)),
            split.folds,
        ),
    ];
    let mut found = AnnotationResults::default();
    for (done, (setting, fold, _)) in folds.iter().enumerate() {
        let own = &assigned[*setting];
        one_fold(*setting, *fold, own, &samples, source, &mut found)?;
        progress(BenchmarkProgress::Fold { done: done + 1, of });
    }
    if found.predictions.is_empty() {
        return Err(Error::Empty {
            benchmark: benchmark.name.clone(),
            selector: "a value that two donors have".to_owned(),
        });
    }
    let outcome = finish::outcome(benchmark, split, &found, source.novelty);
    progress(BenchmarkProgress::Finished {
        name: benchmark.name.clone(),
    });
    Ok(outcome)
}

fn study<'a>(corpus: &'a Corpus, sample: &AnnotatedCorpusSample<'_>) -> &'a str {
    &corpus.studies[sample.study].name
}

/// The fold of each name: names in their order, by turns. What has no name has no fold.
fn by_turns<'a>(names: impl Iterator<Item = &'a str>, folds: usize) -> BTreeMap<String, usize> {
    let sorted: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    let turns = sorted.into_iter().enumerate();
    turns
        .map(|(at, name)| (name.to_owned(), at % folds))
        .collect()
}

fn one_fold(
    setting: usize,
    fold: usize,
    assigned: &BTreeMap<String, usize>,
    samples: &[AnnotatedCorpusSample<'_>],
    source: &AnnotationSource<'_>,
    found: &mut AnnotationResults,
) -> Result<()> {
    let corpus = source.corpus;
    let is_held = |name: &str| assigned.get(name) == Some(&fold);
    let (model, training) =
        (source.train)(&|study, donor| !is_held(if setting == 0 { donor } else { study }))?;
    let Some(classifiers) = model.classifiers() else {
        return Ok(());
    };
    let most_frequent = most_frequent(&training);
    let holders = holders(corpus, samples);
    for at in 0..corpus.studies.len() {
        let held: Vec<&AnnotatedCorpusSample<'_>> = samples
            .iter()
            .filter(|own| own.study == at)
            .filter(|own| {
                is_held(if setting == 0 {
                    &own.donor
                } else {
                    study(corpus, own)
                })
            })
            .collect();
        let Some(first) = held.first() else { continue };
        let observed = corpus.studies[first.study].measured.clone().into();
        let prepared = classifiers.prepare(model.latent(), &observed);
        let classified: Vec<_> = held
            .par_iter()
            .filter_map(|own| {
                let wide = own.values.iter().map(|value| f64::from(*value)).collect();
                let profile = LogCpm::new(wide, observed.clone()).ok()?;
                Some((
                    *own,
                    classifiers.classify(
                        model.latent(),
                        &prepared,
                        profile.values(),
                        profile.observed(),
                    ),
                ))
            })
            .collect();
        for (own, classified) in &classified {
            for (field, probabilities) in &classified.fields {
                let values = classifiers.values(*field);
                let Some(truth) = own.metadata.get(*field) else {
                    continue;
                };
                if !values.iter().any(|value| value == truth) {
                    continue;
                }
                let best = (0..values.len()).max_by(|a, b| {
                    probabilities[*a]
                        .total_cmp(&probabilities[*b])
                        .then(b.cmp(a))
                });
                let Some(best) = best else { continue };
                found.predictions.push(HeldOutPrediction {
                    setting,
                    study: study(corpus, own).to_owned(),
                    is_atlas_tissue: corpus.studies[at].kind == StudyKind::Atlas
                        && own.metadata.get(MetadataField::SampleType) == Some("primary tissue"),
                    field: *field,
                    truth: truth.to_owned(),
                    predicted: values[best].clone(),
                    probability: probabilities[best],
                    most_frequent: most_frequent.get(field).cloned().unwrap_or_default(),
                    elsewhere: holders.get(&(*field, truth)).is_some_and(|n| n.len() > 1),
                });
            }
            if setting == 1 {
                found.novelty.push(NoveltyScore {
                    scores: classified.scores,
                    shuffled: false,
                });
            }
        }
        if setting == 1 {
            for own in held.iter().step_by(EVERY) {
                let profile = shuffled(own, &observed);
                if let Ok(profile) = LogCpm::new(profile, observed.clone()) {
                    let classified = classifiers.classify(
                        model.latent(),
                        &prepared,
                        profile.values(),
                        profile.observed(),
                    );
                    found.novelty.push(NoveltyScore {
                        scores: classified.scores,
                        shuffled: true,
                    });
                }
            }
        }
    }
    Ok(())
}

/// The sample with the levels of the measured genes exchanged at random.
fn shuffled(sample: &AnnotatedCorpusSample<'_>, observed: &[bool]) -> Vec<f64> {
    let random = Random::new(1);
    let mut order: Vec<usize> = (0..observed.len()).filter(|&gene| observed[gene]).collect();
    let places = order.clone();
    order.sort_by(|&a, &b| {
        let key = |gene: usize| random.uniform(SHUFFLES, 0, gene as u32);
        key(a).total_cmp(&key(b))
    });
    let mut profile: Vec<f64> = sample
        .values
        .iter()
        .map(|value| f64::from(*value))
        .collect();
    for (place, from) in places.into_iter().zip(order) {
        profile[place] = f64::from(sample.values[from]);
    }
    profile
}

/// The most frequent value of each field.
fn most_frequent(training: &Corpus) -> BTreeMap<MetadataField, String> {
    let mut counts: BTreeMap<MetadataField, BTreeMap<String, usize>> = BTreeMap::new();
    for sample in annotated_samples(training) {
        for (field, value) in sample.metadata.iter() {
            let own = counts.entry(field).or_default();
            *own.entry(value.to_owned()).or_default() += 1;
        }
    }
    let most = counts.into_iter().filter_map(|(field, own)| {
        let best = own
            .into_iter()
            .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
        Some((field, best.0))
    });
    most.collect()
}

/// The studies that hold each value.
fn holders<'a>(
    corpus: &'a Corpus,
    samples: &'a [AnnotatedCorpusSample<'_>],
) -> BTreeMap<(MetadataField, &'a str), BTreeSet<&'a str>> {
    let mut holders: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for sample in samples {
        for (field, value) in sample.metadata.iter() {
            holders
                .entry((field, value))
                .or_default()
                .insert(study(corpus, sample));
        }
    }
    holders
}
