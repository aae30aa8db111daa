//! The observation model, learned from replicates of one source.

mod directions;

use std::collections::BTreeMap;

use rayon::prelude::*;
use refcast_model::ObservationModel;
use refcast_model::latent::LatentModel;
use refcast_model::noise::{TREND_LEVELS, TREND_STEP, trend_at};

use crate::corpus::{Corpus, Expression, StudyKind};
use directions::Directions;

/// Expected count from which on a gene's own deviation shows above its shot noise.
const LEAST_COUNT: f64 = 10.0;
/// Degrees of freedom behind a study's variance at a level, for it to count.
const LEAST_DEGREES: f64 = 50.0;
/// Degrees of freedom of the prior of a gene's factor: the trend itself.
const PRIOR_DEGREES: f64 = 30.0;
/// The least variance of ln expression between replicates.
const LEAST_VARIANCE: f64 = 4e-4;
/// A gene's variance lies within so many times the trend's, up and down.
const MOST_FACTOR: f64 = 5.0;
/// The least part of a residual's variance that a second sample of the source shows again. The
/// residual is what sets a source apart from the decoder's typical one; replicates differ by less.
const LEAST_PERSISTENT: f64 = 0.5;

/// Replicates: samples of one culture, line or pool under one condition.
struct Replicates<'a> {
    /// Position among the studies with replicates.
    position: usize,
    study: &'a Expression,
    samples: Vec<usize>,
}

/// Excess of the variance of ln expression over shot noise in one group of replicates.
struct ExcessVariance {
    group: usize,
    level: f64,
    squares: f64,
    degrees: f64,
}

/// Learns the deviations between replicates, and what of a residual outlasts them. `studies` are
/// those of the effect bank, in its order.
pub fn fit(corpus: &Corpus, latent: &LatentModel, studies: &[String]) -> ObservationModel {
    let (names, groups) = replicates(corpus);
    let genes = corpus.axis.len();
    let directions = directions::fit(&groups, names.len(), genes);
    let excesses: Vec<Vec<ExcessVariance>> = (0..genes)
        .into_par_iter()
        .map(|gene| {
            (0..groups.len())
                .filter_map(|at| excess(at, &groups[at], gene, &directions))
                .collect()
        })
        .collect();
    let of_groups = trends(&excesses, groups.len());
    // The median, twice: one replicate that failed must not make the study's other groups wide, nor
    // one study of clones that differ the replicates of all.
    let of_studies: Vec<Option<Vec<f32>>> = (0..names.len())
        .map(|study| {
            let own = groups.iter().zip(&of_groups);
            let own = own.filter(|(group, _)| group.position == study);
            median(own.filter_map(|(_, trend)| trend.as_deref()).collect())
        })
        .collect();
    let factor = excesses
        .par_iter()
        .map(|own| {
            // Relative to the trend of its own group, which may be tight or wide.
            let (mut relative, mut degrees) = (PRIOR_DEGREES, PRIOR_DEGREES);
            for excess in own {
                if let Some(trend) = &of_groups[excess.group] {
                    relative += excess.squares / trend_at(trend, excess.level);
                    degrees += excess.degrees;
                }
            }
            (relative / degrees).clamp(1.0 / MOST_FACTOR, MOST_FACTOR) as f32
        })
        .collect();
    let typical = median(of_studies.iter().flatten().map(Vec::as_slice).collect())
        .unwrap_or_else(|| vec![LEAST_VARIANCE as f32; TREND_LEVELS]);
    let of_bank = studies.iter().map(|study| {
        let own = names.iter().position(|name| *name == study);
        own.and_then(|own| of_studies[own].clone())
            .unwrap_or_else(|| typical.clone())
    });
    let strengths = studies.iter().map(|study| {
        let own = names.iter().position(|name| *name == study);
        own.map_or(&directions.typical, |own| &directions.of_studies[own])
    });
    let mut model = ObservationModel {
        trends: of_bank.chain([typical.clone()]).collect(),
        factor,
        strengths: strengths.chain([&directions.typical]).cloned().collect(),
        directions: directions.loadings,
        persistent_variance: Vec::new(),
    };
    model.persistent_variance = (0..genes)
        .into_par_iter()
        .map(|gene| {
            let residual = f64::from(latent.residual_variance[gene]);
            (residual - mean_noise(corpus, &model, gene)).max(LEAST_PERSISTENT * residual) as f32
        })
        .collect();
    model
}

/// The least noise everywhere: for a model that is asked for means alone.
pub fn flat(genes: usize, studies: usize) -> ObservationModel {
    ObservationModel {
        trends: vec![vec![LEAST_VARIANCE as f32; TREND_LEVELS]; studies + 1],
        factor: vec![1.0; genes],
        directions: Vec::new(),
        strengths: vec![Vec::new(); studies + 1],
        persistent_variance: vec![LEAST_VARIANCE as f32; genes],
    }
}

/// The studies with replicates, and their groups: lines and cultures of the perturbation studies,
/// by everything that the annotation says of a sample but its replicate. Donors are not replicates
/// of each other.
fn replicates(corpus: &Corpus) -> (Vec<&str>, Vec<Replicates<'_>>) {
    let mut groups = Vec::new();
    let mut studies: Vec<&str> = Vec::new();
    for study in corpus
        .studies
        .iter()
        .filter(|study| study.kind == StudyKind::Perturbation)
    {
        let mut by_condition: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, sample) in study.samples.iter().enumerate() {
            if sample.get("sample_type") == "cell line" {
                let fields = [
                    "condition",
                    "perturbation_time",
                    "cell_line_ontology_id",
                    "control_group",
                ];
                let key: Vec<&str> = fields.iter().map(|field| sample.get(field)).collect();
                by_condition.entry(key.join("|")).or_default().push(at);
            }
        }
        let before = groups.len();
        let replicated = by_condition
            .into_values()
            .filter(|samples| samples.len() > 1);
        let position = studies.len();
        groups.extend(replicated.map(|samples| Replicates {
            position,
            study,
            samples,
        }));
        if groups.len() > before {
            studies.push(&study.name);
        }
    }
    (studies, groups)
}

/// The level of a gene in a group, the slope of ln(1 + CPM) there and mean shot noise of ln
/// expression; none where shot noise hides the gene's own deviation.
fn level(group: &Replicates<'_>, gene: usize) -> Option<(f64, f64, f64)> {
    if !group.study.measured[gene] {
        return None;
    }
    let n = group.samples.len() as f64;
    let own = group.samples.iter();
    let level = own
        .map(|&at| f64::from(group.study.values[at][gene]))
        .sum::<f64>()
        / n;
    let cpm = level.exp_m1();
    let shot = group
        .samples
        .iter()
        .map(|&at| 1e6 / (cpm * group.study.library_sizes[at]))
        .sum::<f64>()
        / n;
    let seen = cpm > 0.0 && 1.0 / shot >= LEAST_COUNT;
    seen.then_some((level, cpm / (1.0 + cpm), shot))
}

fn excess(
    at: usize,
    group: &Replicates<'_>,
    gene: usize,
    directions: &Directions,
) -> Option<ExcessVariance> {
    let (level, slope, shot) = level(group, gene)?;
    let n = group.samples.len() as f64;
    let deviation = |(&sample, scores): (&usize, &Vec<f64>)| {
        let whole = (f64::from(group.study.values[sample][gene]) - level) / slope;
        let shared = directions.loadings.iter().zip(scores);
        whole
            - shared
                .map(|(loading, score)| f64::from(loading[gene]) * score)
                .sum::<f64>()
    };
    let samples = group.samples.iter().zip(&directions.scores[at]);
    let squares: f64 = samples.map(deviation).map(|own| own * own).sum();
    Some(ExcessVariance {
        group: at,
        level,
        squares: squares - shot * (n - 1.0),
        degrees: n - 1.0,
    })
}

/// Mean excess variance of each group's genes by level, `[groups][levels]`; a level that too few
/// genes are at takes the nearest one's. A group with too few genes at every level has none.
fn trends(excesses: &[Vec<ExcessVariance>], groups: usize) -> Vec<Option<Vec<f32>>> {
    let mut sums = vec![[(0.0, 0.0); TREND_LEVELS]; groups];
    for excess in excesses.iter().flatten() {
        let level = ((excess.level / TREND_STEP).round() as usize).min(TREND_LEVELS - 1);
        let sum = &mut sums[excess.group][level];
        sum.0 += excess.squares;
        sum.1 += excess.degrees;
    }
    sums.iter().map(trend).collect()
}

/// The trend of one group, from its sums of excess and of degrees of freedom by level.
fn trend(sums: &[(f64, f64); TREND_LEVELS]) -> Option<Vec<f32>> {
    let known: Vec<usize> = (0..TREND_LEVELS)
        .filter(|&level| sums[level].1 >= LEAST_DEGREES)
        .collect();
    (0..TREND_LEVELS)
        .map(|level| {
            let nearest = *known.iter().min_by_key(|known| known.abs_diff(level))?;
            let (squares, degrees) = sums[nearest];
            Some((squares / degrees).max(LEAST_VARIANCE) as f32)
        })
        .collect()
}

/// The median at each level; none of no trends.
fn median(trends: Vec<&[f32]>) -> Option<Vec<f32>> {
    (0..TREND_LEVELS)
        .map(|level| {
            let mut values: Vec<f32> = trends.iter().map(|trend| trend[level]).collect();
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied()
        })
        .collect()
}

/// Mean variance of one measurement of a gene over the perturbation studies.
fn mean_noise(corpus: &Corpus, model: &ObservationModel, gene: usize) -> f64 {
    let noise = model.of_study(None);
    let (mut sum, mut n) = (0.0, 0.0);
    for study in corpus.studies.iter().filter(|study| study.measured[gene]) {
        for (row, library) in study.values.iter().zip(&study.library_sizes) {
            sum += noise.variance(gene, f64::from(row[gene]).exp_m1(), *library);
            n += 1.0;
        }
    }
    if n > 0.0 { sum / n } else { 0.0 }
}

#[cfg(test)]
mod tests;
