//! The genes that only one sex expresses, and how they show in each.

use refcast_core::MetadataField;
use refcast_model::annotation::{MarkerSet, Markers, softmax};

use super::annotated_samples::AnnotatedCorpusSample;
use super::folds::{FOLDS, donor_folds};
use super::shifts::{Slopes, sex, slopes};
use crate::corpus::Corpus;

/// Differences of the sexes, in deviations within groups, from which on a gene is a marker.
const LEAST_DIFFERENCE: f64 = 2.5;
/// The least variance of a score: no set is surer than this.
const LEAST_VARIANCE: f64 = 0.05;
/// Samples of either sex without which nothing is learned.
const LEAST_SAMPLES: usize = 10;
const TEMPERATURES: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0];
const VALUES: [&str; 2] = ["female", "male"];

/// The markers of sex.
pub fn fit(
    corpus: &Corpus,
    samples: &[AnnotatedCorpusSample<'_>],
    strata: &[Vec<usize>],
) -> Option<Markers> {
    let known: Vec<&AnnotatedCorpusSample<'_>> =
        samples.iter().filter(|own| sex(own).is_some()).collect();
    let males = known.iter().filter(|own| is_male(own)).count();
    if males < LEAST_SAMPLES || known.len() - males < LEAST_SAMPLES {
        return None;
    }
    let genes = marker_genes(&slopes(corpus, samples, strata, sex));
    if genes.iter().all(Vec::is_empty) {
        return None;
    }
    let folds = donor_folds(&known);
    let mut held: Vec<(Vec<f64>, bool)> = Vec::new();
    for fold in 0..FOLDS {
        let part = |inside: bool| -> Vec<&AnnotatedCorpusSample<'_>> {
            let own = known
                .iter()
                .zip(&folds)
                .filter(|(_, own)| (**own == fold) == inside);
            own.map(|(sample, _)| *sample).collect()
        };
        let markers = of(corpus, &part(false), &genes, 1.0);
        for sample in part(true) {
            held.push((markers.densities(level(corpus, sample)), is_male(sample)));
        }
    }
    let loss = |temperature: f64| -> f64 {
        let of = |(densities, male): &(Vec<f64>, bool)| {
            let cooled: Vec<f64> = densities.iter().map(|own| own / temperature).collect();
            -softmax(&cooled)[usize::from(*male)].max(1e-12).ln()
        };
        held.iter().map(of).sum()
    };
    let best = TEMPERATURES
        .into_iter()
        .min_by(|a, b| loss(*a).total_cmp(&loss(*b)));
    Some(of(corpus, &known, &genes, best.unwrap_or(1.0)))
}

fn is_male(sample: &AnnotatedCorpusSample<'_>) -> bool {
    sex(sample).is_some_and(|own| own > 0.0)
}

/// Those of males, those of females.
fn marker_genes(slopes: &Slopes) -> [Vec<u32>; 2] {
    let difference = |gene: usize| slopes.slope[gene] / (slopes.variance[gene] + 0.05).sqrt();
    let chosen = |sign: f64| {
        let genes = 0..slopes.slope.len();
        let own = genes.filter(|&gene| sign * difference(gene) >= LEAST_DIFFERENCE);
        own.map(|gene| gene as u32).collect()
    };
    [chosen(1.0), chosen(-1.0)]
}

fn level<'a>(
    corpus: &'a Corpus,
    sample: &'a AnnotatedCorpusSample<'_>,
) -> impl Fn(usize) -> Option<f64> + 'a {
    let measured = &corpus.studies[sample.study].measured;
    move |gene| measured[gene].then(|| f64::from(sample.values[gene]))
}

fn of(
    corpus: &Corpus,
    samples: &[&AnnotatedCorpusSample<'_>],
    genes: &[Vec<u32>; 2],
    temperature: f64,
) -> Markers {
    let sets = genes.iter().filter(|own| !own.is_empty()).map(|own| {
        let scores = [false, true].map(|male| {
            let scores: Vec<f64> = samples
                .iter()
                .filter(|sample| is_male(sample) == male)
                .filter_map(|sample| MarkerSet::score(own, level(corpus, sample)))
                .collect();
            let n = scores.len().max(1) as f64;
            let mean = scores.iter().sum::<f64>() / n;
            let variance = scores
                .iter()
                .map(|score| (score - mean).powi(2))
                .sum::<f64>()
                / n;
            [mean, variance + LEAST_VARIANCE]
        });
        MarkerSet {
            genes: own.clone(),
            scores: scores.to_vec(),
        }
    });
    Markers {
        field: MetadataField::Sex,
        values: VALUES.map(str::to_owned).to_vec(),
        sets: sets.collect(),
        temperature,
    }
}
