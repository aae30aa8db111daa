//! The observation model, learned from replicates of one source.

use std::collections::BTreeMap;

use rayon::prelude::*;
use refcast_model::ObservationModel;
use refcast_model::latent::LatentModel;

use crate::corpus::{Corpus, Expression, StudyKind};

/// Expected count from which on a gene's own deviation shows above its shot noise.
const LEAST_COUNT: f64 = 10.0;
/// Degrees of freedom of the prior: the mean over genes of like expression.
const PRIOR_DEGREES: f64 = 10.0;
/// Bins of expression.
const BINS: usize = 20;
/// The least deviation between replicates, in ln expression.
const LEAST_DEVIATION: f64 = 0.02;
/// The most: beyond it a gene is switched on in one replicate and not in another.
const MOST_DEVIATION: f64 = 1.5;
/// The least variance of what persists.
const LEAST_PERSISTENT: f64 = 1e-3;

/// Replicates: samples of one culture, line or pool under one condition.
struct Replicates<'a> {
    study: &'a Expression,
    samples: Vec<usize>,
}

/// Learns the deviations between replicates, and what of a residual outlasts them.
pub fn fit(corpus: &Corpus, latent: &LatentModel) -> ObservationModel {
    let groups = replicates(corpus);
    let genes = corpus.axis.len();
    // Sum of excess variance, its degrees of freedom, and mean level, by gene.
    let excess: Vec<(f64, f64, f64)> = (0..genes)
        .into_par_iter()
        .map(|gene| excess(&groups, gene))
        .collect();
    let trend = Trend::of(&excess, &latent.mean);
    let deviation: Vec<f32> = excess
        .iter()
        .zip(&latent.mean)
        .map(|((sum, degrees, _), level)| {
            let variance = (PRIOR_DEGREES * trend.at(*level) + sum) / (PRIOR_DEGREES + degrees);
            variance
                .max(0.0)
                .sqrt()
                .clamp(LEAST_DEVIATION, MOST_DEVIATION) as f32
        })
        .collect();
    let mut model = ObservationModel {
        deviation,
        persistent_variance: vec![0.0; genes],
    };
    model.persistent_variance = (0..genes)
        .into_par_iter()
        .map(|gene| {
            let noise = mean_noise(corpus, &model, gene);
            (f64::from(latent.residual_variance[gene]) - noise).max(LEAST_PERSISTENT) as f32
        })
        .collect();
    model
}

/// Groups of replicates: lines and cultures of the perturbation studies, by everything that the
/// annotation says of a sample but its replicate. Donors are not replicates of each other.
fn replicates(corpus: &Corpus) -> Vec<Replicates<'_>> {
    let mut groups = Vec::new();
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
        let replicated = by_condition
            .into_values()
            .filter(|samples| samples.len() > 1);
        groups.extend(replicated.map(|samples| Replicates { study, samples }));
    }
    groups
}

/// Excess of the variance of ln expression over shot noise, summed with its degrees of freedom.
fn excess(groups: &[Replicates<'_>], gene: usize) -> (f64, f64, f64) {
    let (mut sum, mut degrees, mut level) = (0.0, 0.0, 0.0);
    for group in groups.iter().filter(|group| group.study.measured[gene]) {
        let n = group.samples.len() as f64;
        let values: Vec<f64> = group
            .samples
            .iter()
            .map(|&at| f64::from(group.study.values[at][gene]))
            .collect();
        let mean = values.iter().sum::<f64>() / n;
        let cpm = mean.exp_m1();
        let shot: f64 = group
            .samples
            .iter()
            .map(|&at| 1e6 / (cpm * group.study.library_sizes[at]))
            .sum::<f64>()
            / n;
        if cpm <= 0.0 || 1.0 / shot < LEAST_COUNT {
            continue;
        }
        let slope = cpm / (1.0 + cpm);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        sum += squares / (slope * slope) - shot * (n - 1.0);
        degrees += n - 1.0;
        level += mean * (n - 1.0);
    }
    (sum, degrees, level)
}

/// Mean variance of one measurement of a gene over the perturbation studies.
fn mean_noise(corpus: &Corpus, model: &ObservationModel, gene: usize) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for study in corpus.studies.iter().filter(|study| study.measured[gene]) {
        for (row, library) in study.values.iter().zip(&study.library_sizes) {
            sum += model.variance(gene, f64::from(row[gene]).exp_m1(), *library);
            n += 1.0;
        }
    }
    if n > 0.0 { sum / n } else { 0.0 }
}

/// Mean excess variance by bin of the gene's mean level.
struct Trend {
    edges: Vec<f32>,
    variances: Vec<f64>,
}

impl Trend {
    fn of(excess: &[(f64, f64, f64)], levels: &[f32]) -> Self {
        let mut order: Vec<usize> = (0..excess.len())
            .filter(|&gene| excess[gene].1 > 0.0)
            .collect();
        order.sort_by(|&a, &b| levels[a].total_cmp(&levels[b]).then(a.cmp(&b)));
        let size = order.len().div_ceil(BINS).max(1);
        let bins: Vec<&[usize]> = order.chunks(size).collect();
        Self {
            edges: bins
                .iter()
                .take(bins.len().saturating_sub(1))
                .map(|bin| bin.last().map_or(0.0, |&gene| levels[gene]))
                .collect(),
            variances: bins
                .iter()
                .map(|bin| {
                    let (sum, degrees) = bin.iter().fold((0.0, 0.0), |(s, d), &gene| {
                        (s + excess[gene].0, d + excess[gene].1)
                    });
                    (sum / degrees).max(LEAST_DEVIATION * LEAST_DEVIATION)
                })
                .collect(),
        }
    }

    fn at(&self, level: f32) -> f64 {
        let bin = self.edges.partition_point(|&edge| edge < level);
        self.variances.get(bin).copied().unwrap_or(LEAST_DEVIATION)
    }
}
