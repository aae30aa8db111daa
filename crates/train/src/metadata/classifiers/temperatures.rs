//! What densities are divided by and ranks count, so that a probability is as often right as it says:
//! chosen on donors, and on studies, that the classifier was not made from.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refcast_core::MetadataField;
use refcast_model::annotation::{Classifier, ClassifierSettings};

use super::super::annotated_samples::AnnotatedCorpusSample;
use super::super::folds::{FOLDS, donor_folds};
use super::{ClassifierTraining, LEAST_SAMPLES};

const TEMPERATURES: [f64; 9] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 30.0];
const RANK_WEIGHTS: [f64; 8] = [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0];
/// Where nothing can be left out.
const USUAL: (f64, f64) = (9.0, 40.0);
/// The least temperature of a field whose values were seen in one study each: how far its densities
/// hold in another is not known.
const CAUTIOUS: f64 = 9.0;

/// A sample and the place of its value.
pub type Member = (usize, usize);

/// What a classifier says of a sample that it was not made from.
struct Judged {
    value: usize,
    densities: Vec<f64>,
    correlations: Vec<f64>,
}

/// The samples of a fold, with the classifier of the others.
struct ClassifierFold {
    settings: ClassifierSettings,
    judged: Vec<Judged>,
}

/// The temperature and the weight of ranks with the least logarithmic loss: its mean over donors
/// that are left out, and over studies that are, if a value was seen in several.
pub fn choose(
    work: &ClassifierTraining<'_>,
    field: MetadataField,
    values: &[String],
    members: &[Member],
) -> (f64, f64) {
    let kinds = [donors(work, members), studies(work, members)].map(|folds| {
        let folds = folds.into_iter();
        folds
            .map(|held| fold(work, field, values, members, &held))
            .collect::<Vec<ClassifierFold>>()
    });
    let mean_loss = |folds: &[ClassifierFold], pair: (f64, f64)| -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for fold in folds {
            let mut settings = fold.settings.clone();
            (settings.temperature, settings.rank_weight) = pair;
            for own in &fold.judged {
                let probabilities = settings.probabilities(&own.densities, &own.correlations);
                sum -= probabilities[own.value].max(1e-12).ln();
                n += 1.0;
            }
        }
        sum / f64::max(n, 1.0)
    };
    let least = if kinds[1].is_empty() { CAUTIOUS } else { 0.0 };
    let pairs: Vec<(f64, f64)> = TEMPERATURES
        .into_iter()
        .filter(|temperature| *temperature >= least)
        .flat_map(|temperature| RANK_WEIGHTS.map(|weight| (temperature, weight)))
        .collect();
    let losses: Vec<f64> = pairs
        .par_iter()
        .map(|pair| kinds.iter().map(|folds| mean_loss(folds, *pair)).sum())
        .collect();
    let best = losses.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(USUAL, |(at, _)| pairs[at])
}

/// For each fold of donors, which members are left out.
fn donors(work: &ClassifierTraining<'_>, members: &[Member]) -> Vec<Vec<bool>> {
    let own: Vec<&AnnotatedCorpusSample<'_>> =
        members.iter().map(|(at, _)| &work.samples[*at]).collect();
    let folds = donor_folds(&own);
    (0..FOLDS)
        .map(|fold| folds.iter().map(|own| *own == fold).collect())
        .collect()
}

/// The same for each fold of the studies whose values others have too.
fn studies(work: &ClassifierTraining<'_>, members: &[Member]) -> Vec<Vec<bool>> {
    let mut by_value: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for &(at, value) in members {
        let own = by_value.entry(value).or_default();
        own.insert(work.samples[at].study);
    }
    by_value.retain(|_, studies| studies.len() > 1);
    let shared: BTreeSet<usize> = by_value.into_values().flatten().collect();
    let shared: Vec<usize> = shared.into_iter().collect();
    let fold_of = |study: usize| Some(shared.iter().position(|own| *own == study)? % FOLDS);
    (0..FOLDS.min(shared.len()))
        .map(|fold| {
            let left = |(at, _): &Member| fold_of(work.samples[*at].study) == Some(fold);
            members.iter().map(left).collect()
        })
        .collect()
}

/// What the classifier of the samples that are not held says of those that are.
fn fold(
    work: &ClassifierTraining<'_>,
    field: MetadataField,
    values: &[String],
    members: &[Member],
    held: &[bool],
) -> ClassifierFold {
    let part = |inside: bool| -> Vec<Member> {
        let own = members.iter().zip(held).filter(|(_, own)| **own == inside);
        own.map(|(member, _)| *member).collect()
    };
    let (training, mut left) = (part(false), part(true));
    let mut seen = vec![0; values.len()];
    for &(_, value) in &training {
        seen[value] += 1;
    }
    left.retain(|&(_, value)| seen[value] >= LEAST_SAMPLES);
    let classifier = work.classifier(field, values, &training);
    ClassifierFold {
        judged: judge(work, &classifier, &left),
        settings: classifier.settings,
    }
}

/// Value, densities and correlations of each sample.
fn judge(
    work: &ClassifierTraining<'_>,
    classifier: &Classifier,
    members: &[Member],
) -> Vec<Judged> {
    let mut by_study: BTreeMap<usize, Vec<Member>> = BTreeMap::new();
    for &(at, value) in members {
        let own = by_study.entry(work.samples[at].study).or_default();
        own.push((at, value));
    }
    by_study
        .par_iter()
        .flat_map_iter(|(&study, own)| {
            let view = &work.views.by_study[study];
            let measured = &work.corpus.studies[study].measured;
            let viewed = classifier.viewed(view, work.within, measured);
            let within = view.covariance(work.within);
            let judged: Vec<Judged> = own
                .iter()
                .filter_map(|&(at, value)| {
                    let sample = &work.samples[at];
                    Some(Judged {
                        value,
                        densities: classifier.densities(&viewed, within.as_ref()?, &sample.latents),
                        correlations: viewed.correlations(|gene| f64::from(sample.values[gene])),
                    })
                })
                .collect();
            judged
        })
        .collect()
}
