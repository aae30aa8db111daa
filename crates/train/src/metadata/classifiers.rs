//! Fits the classifiers of the fields, with temperatures from donors that were left out.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refcast_core::MetadataField;
use refcast_model::annotation::{Classifier, ClassifierSettings, Classifiers, Novelty, View};
use refcast_model::latent::{Encoder, LatentModel};
use refcast_model::linalg::Symmetric;

use super::described::Described;
use super::folds::{FOLDS, donor_folds};
use super::groups::grouped;
use super::residuals::residuals;
use super::{markers, spread};
use crate::corpus::Corpus;

/// The fields that latents tell.
const FIELDS: [MetadataField; 5] = [
    MetadataField::CellLine,
    MetadataField::CellType,
    MetadataField::Disease,
    MetadataField::SampleType,
    MetadataField::Tissue,
];
/// What a value must have been seen in to be told.
const LEAST_SAMPLES: usize = 4;
const LEAST_DONORS: usize = 2;
/// Genes whose residuals help to tell the values of a field.
const GENES: usize = 400;
/// Samples by which the mean residual of a value is drawn to 0.
const HALF_SAMPLES: f64 = 2.0;
/// Added to variances of residuals.
const LEAST_VARIANCE: f64 = 0.02;
/// The part of a field's samples that must measure a gene that is to tell its values.
const LEAST_MEASURED: f64 = 0.8;
const TEMPERATURES: [f64; 8] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0];
const GENE_TEMPERATURES: [f64; 7] = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 1e9];

/// Every classifier that the samples allow; `None` where they allow none.
pub fn fit(
    corpus: &Corpus,
    latent: &LatentModel,
    samples: &[Described<'_>],
    novelty: Novelty,
) -> Option<Classifiers> {
    let groups = grouped(samples, |_| true);
    let several: Vec<&Vec<usize>> = groups.iter().filter(|own| own.len() > 1).collect();
    if several.is_empty() {
        return None;
    }
    let (within, _) = spread::covariance(latent, samples, &several);
    let left: Vec<Vec<f32>> = samples
        .par_iter()
        .map(|own| residuals(latent, own))
        .collect();
    let views = Views::new(corpus, latent);
    let work = Work {
        corpus,
        within: &within,
        left: &left,
        views: &views,
        samples,
    };
    let fields: Vec<Classifier> = FIELDS
        .into_iter()
        .filter_map(|field| work.field(field))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let n = within.n();
    let between = Symmetric::from_fn(n, |i, j| {
        let sum: f64 = fields.iter().map(|own| own.between.get(i, j)).sum();
        sum / fields.len() as f64
    });
    let untreated = grouped(samples, |sample| !sample.treated);
    Some(Classifiers {
        fields,
        markers: markers::fit(corpus, samples, &untreated)
            .into_iter()
            .collect(),
        between,
        groups: groups
            .iter()
            .flat_map(|own| mean(samples, own, n))
            .map(|value| value as f32)
            .collect(),
        within,
        novelty,
    })
}

/// The view of each study.
struct Views {
    by_study: Vec<View>,
}

impl Views {
    fn new(corpus: &Corpus, latent: &LatentModel) -> Self {
        let view = |measured: &Vec<bool>| {
            View::new(latent, &Encoder::new(latent, &measured.clone().into()))
        };
        let studies = corpus.studies.par_iter();
        Self {
            by_study: studies.map(|study| view(&study.measured)).collect(),
        }
    }
}

fn mean(samples: &[Described<'_>], members: &[usize], n: usize) -> Vec<f64> {
    let size = members.len().max(1) as f64;
    (0..n)
        .map(|k| {
            members
                .iter()
                .map(|&at| samples[at].latents[k])
                .sum::<f64>()
                / size
        })
        .collect()
}

struct Work<'a> {
    corpus: &'a Corpus,
    within: &'a Symmetric,
    left: &'a [Vec<f32>],
    views: &'a Views,
    samples: &'a [Described<'a>],
}

impl Work<'_> {
    fn value(&self, field: MetadataField, at: usize) -> Option<&str> {
        self.samples[at].metadata.get(field)
    }

    /// The classifier of a field, `None` where it has fewer than two values to tell apart.
    fn field(&self, field: MetadataField) -> Option<Classifier> {
        let mut seen: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for (at, sample) in self.samples.iter().enumerate() {
            if let Some(value) = self.value(field, at) {
                let (n, donors) = seen.entry(value).or_default();
                *n += 1;
                donors.insert(&sample.donor);
            }
        }
        seen.retain(|_, (n, donors)| *n >= LEAST_SAMPLES && donors.len() >= LEAST_DONORS);
        let values: Vec<String> = seen.keys().map(|value| (*value).to_owned()).collect();
        if values.len() < 2 {
            return None;
        }
        let members: Vec<(usize, usize)> = (0..self.samples.len())
            .filter_map(|at| {
                let value = self.value(field, at)?;
                let code = values.iter().position(|own| own == value)?;
                Some((at, code))
            })
            .collect();
        let (temperature, gene_temperature) = self.temperatures(field, &values, &members);
        let mut whole = self.classifier(field, &values, &members);
        whole.settings.temperature = temperature;
        whole.settings.gene_temperature = gene_temperature;
        Some(whole)
    }

    /// The temperatures with the least logarithmic loss over donors that are left out.
    fn temperatures(
        &self,
        field: MetadataField,
        values: &[String],
        members: &[(usize, usize)],
    ) -> (f64, f64) {
        let own: Vec<&Described<'_>> = members.iter().map(|(at, _)| &self.samples[*at]).collect();
        let folds = donor_folds(&own);
        let (mut settings, mut held) = (Vec::new(), Vec::new());
        for fold in 0..FOLDS {
            let part = |inside: bool| -> Vec<(usize, usize)> {
                let own = members
                    .iter()
                    .zip(&folds)
                    .filter(|(_, own)| (**own == fold) == inside);
                own.map(|(member, _)| *member).collect()
            };
            let classifier = self.classifier(field, values, &part(false));
            let judged = self.judge(&classifier, &part(true)).into_iter();
            held.extend(judged.map(|judged| (fold, judged)));
            settings.push(classifier.settings);
        }
        let loss = |pair: &(f64, f64)| -> f64 {
            let mut cooled = settings.clone();
            for own in &mut cooled {
                (own.temperature, own.gene_temperature) = *pair;
            }
            held.iter()
                .map(|(fold, (code, densities, genes))| {
                    -cooled[*fold].probabilities(densities, genes)[*code]
                        .max(1e-12)
                        .ln()
                })
                .sum()
        };
        let pairs: Vec<(f64, f64)> = TEMPERATURES
            .into_iter()
            .flat_map(|t| GENE_TEMPERATURES.map(|g| (t, g)))
            .collect();
        let losses: Vec<f64> = pairs.par_iter().map(loss).collect();
        let best = losses.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        best.map_or((4.0, 80.0), |(at, _)| pairs[at])
    }

    /// Value, densities and evidence of genes of each sample.
    fn judge(
        &self,
        classifier: &Classifier,
        members: &[(usize, usize)],
    ) -> Vec<(usize, Vec<f64>, Vec<f64>)> {
        let mut by_study: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for &(at, code) in members {
            by_study
                .entry(self.samples[at].study)
                .or_default()
                .push((at, code));
        }
        by_study
            .par_iter()
            .flat_map_iter(|(&study, own)| {
                let view = &self.views.by_study[study];
                let viewed = classifier.viewed(view, self.within);
                let within = view.covariance(self.within);
                let measured = &self.corpus.studies[study].measured;
                let judged: Vec<_> = own
                    .iter()
                    .filter_map(|&(at, code)| {
                        let sample = &self.samples[at];
                        let densities =
                            classifier.densities(&viewed, within.as_ref()?, &sample.latents);
                        let genes = classifier.gene_evidence(|gene| {
                            measured[gene].then(|| f64::from(self.left[at][gene]))
                        });
                        Some((code, densities, genes))
                    })
                    .collect();
                judged
            })
            .collect()
    }

    /// The classifier of a field from some samples.
    fn classifier(
        &self,
        field: MetadataField,
        values: &[String],
        members: &[(usize, usize)],
    ) -> Classifier {
        let n = self.within.n();
        let mut by_study: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for &(at, code) in members {
            by_study
                .entry((code, self.samples[at].study))
                .or_default()
                .push(at);
        }
        let means: Vec<Vec<f64>> = by_study
            .values()
            .map(|own| mean(self.samples, own, n))
            .collect();
        let components: Vec<(usize, u32)> = by_study
            .iter()
            .map(|((code, _), own)| (*code, own.len() as u32))
            .collect();
        let (genes, residuals, variances) = self.telling_genes(values.len(), members);
        Classifier {
            between: between(&components, &means, self.within),
            means: means.iter().flatten().map(|value| *value as f32).collect(),
            residuals,
            variances,
            settings: ClassifierSettings {
                field,
                values: values.to_vec(),
                components,
                temperature: 1.0,
                gene_temperature: 1.0,
                genes,
            },
        }
    }

    /// The genes whose residuals differ most between values, with the mean of each value
    /// `[values × genes]` and the variance within values `[genes]`.
    fn telling_genes(
        &self,
        values: usize,
        members: &[(usize, usize)],
    ) -> (Vec<u32>, Vec<f32>, Vec<f32>) {
        let judged: Vec<(f64, Vec<f32>, f32)> = (0..self.corpus.axis.len())
            .into_par_iter()
            .map(|gene| {
                let (mut sums, mut sizes) = (vec![0.0; values], vec![0.0; values]);
                let mut squares = 0.0;
                for &(at, code) in members {
                    if self.corpus.studies[self.samples[at].study].measured[gene] {
                        let own = f64::from(self.left[at][gene]);
                        sums[code] += own;
                        sizes[code] += 1.0;
                        squares += own * own;
                    }
                }
                let total: f64 = sizes.iter().sum();
                if total < LEAST_MEASURED * members.len() as f64 {
                    return (0.0, Vec::new(), 1.0);
                }
                let means: Vec<f64> = sums
                    .iter()
                    .zip(&sizes)
                    .map(|(s, n)| s / (n + HALF_SAMPLES))
                    .collect();
                let explained: f64 = sums
                    .iter()
                    .zip(&sizes)
                    .map(|(s, n)| if *n > 0.0 { s * s / n } else { 0.0 })
                    .sum();
                let variance = (squares - explained).max(0.0) / total.max(1.0) + LEAST_VARIANCE;
                let told = means
                    .iter()
                    .zip(&sizes)
                    .map(|(m, n)| n * m * m)
                    .sum::<f64>();
                let means = means.iter().map(|m| *m as f32).collect();
                (told / variance / total, means, variance as f32)
            })
            .collect();
        let mut order: Vec<usize> = (0..judged.len())
            .filter(|&gene| judged[gene].0 > 0.0)
            .collect();
        order.sort_by(|&a, &b| judged[b].0.total_cmp(&judged[a].0).then(a.cmp(&b)));
        order.truncate(GENES);
        order.sort_unstable();
        let residuals = (0..values)
            .flat_map(|code| order.iter().map(move |&gene| (code, gene)))
            .map(|(code, gene)| judged[gene].1[code]);
        (
            order.iter().map(|&gene| gene as u32).collect(),
            residuals.collect(),
            order.iter().map(|&gene| judged[gene].2).collect(),
        )
    }
}

/// The covariance between the studies of one value, half of it the diagonal alone; three times that
/// within groups where too few values were seen in several studies.
fn between(components: &[(usize, u32)], means: &[Vec<f64>], within: &Symmetric) -> Symmetric {
    let n = within.n();
    let mut deviations: Vec<Vec<f64>> = Vec::new();
    for (at, (value, _)) in components.iter().enumerate() {
        let others: Vec<&Vec<f64>> = (0..components.len())
            .filter(|&other| other != at && components[other].0 == *value)
            .map(|other| &means[other])
            .collect();
        if others.is_empty() {
            continue;
        }
        let size = others.len() as f64;
        deviations.push(
            (0..n)
                .map(|k| {
                    let centre = others.iter().map(|own| own[k]).sum::<f64>() / size;
                    (means[at][k] - centre) / std::f64::consts::SQRT_2
                })
                .collect(),
        );
    }
    Symmetric::from_fn(n, |i, j| {
        if deviations.len() < 4 {
            return 3.0 * within.get(i, j);
        }
        let own: f64 = deviations.iter().map(|off| off[i] * off[j]).sum();
        let part = if i == j { 1.0 } else { 0.5 };
        part * own / deviations.len() as f64
    })
}
