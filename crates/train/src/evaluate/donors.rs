//! Leave one donor out.

use std::fmt;

use refcast_core::{Conditioning, Perturbation, Query, SamplingStrategy};
use refcast_model::{Model, Plan, Reference};

use super::counts_of;
use super::metrics::{explained, pearson};
use crate::bank::{Contrast, contrasts};
use crate::build::fit;
use crate::corpus::{Corpus, HeldOut, Treatment};
use crate::error::Result;
use crate::ontology::Labels;
use crate::recipe::Recipe;

/// The datasets with three donors or more that the design's baselines were measured on.
pub const DATASETS: [&str; 8] = [
    "airway_GSE52778",
    "TOP2i_iPSC_CM",
    "MDM_interferons",
    "T84_IL22_IFNL",
    "DC_Mtb_GSE94116",
    "Tcell_activation_GSE197067",
    "HBEC_IL13_ITLN1",
    "macrophage_IFNg_Salmonella_Alasoo",
];

/// Least donors of a condition.
const LEAST_DONORS: usize = 3;

/// r and explained fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Pearson's r.
    pub r: f64,
    /// Explained fraction.
    pub explained: f64,
}

impl Score {
    fn mean(scores: impl ExactSizeIterator<Item = Self>) -> Self {
        let n = scores.len().max(1) as f64;
        let sum = scores.fold(Self::default(), |sum, score| Self {
            r: sum.r + score.r,
            explained: sum.explained + score.explained,
        });
        Self {
            r: sum.r / n,
            explained: sum.explained / n,
        }
    }
}

/// Scores of one dataset, means over its held-out samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// Held-out samples.
    pub samples: usize,
    /// The mean of the other donors.
    pub mean: Score,
    /// The mean, shrunk by gene.
    pub shrunk: Score,
    /// The model.
    pub model: Score,
}

/// Scores of all datasets.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// One each.
    pub datasets: Vec<Dataset>,
}

/// Runs the benchmark. Fold i leaves the i-th donor of every dataset out, so that there are as
/// many trainings as the largest dataset has donors; `folds` bounds them.
///
/// # Errors
/// Those of training and prediction.
pub fn run(
    corpus: &Corpus,
    recipe: &Recipe,
    labels: &Labels,
    folds: usize,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let all = contrasts(corpus)?;
    let donors: Vec<Vec<String>> = DATASETS
        .iter()
        .map(|name| donors_of(corpus, name))
        .collect();
    let folds = donors.iter().map(Vec::len).max().unwrap_or(0).min(folds);
    let mut scores: Vec<Vec<[Score; 3]>> = vec![Vec::new(); DATASETS.len()];
    for fold in 0..folds {
        let held_out: Vec<HeldOut> = DATASETS
            .iter()
            .zip(&donors)
            .filter_map(|(name, donors)| {
                donors.get(fold).map(|donor| HeldOut {
                    study: (*name).to_owned(),
                    donor: donor.clone(),
                })
            })
            .collect();
        let parts = fit(
            &corpus.without(&held_out),
            recipe,
            labels,
            recipe.seed,
            &|_| {},
        )?;
        let model = Model::from_parts(parts);
        let mut plans: Vec<(&Treatment, Plan)> = Vec::new();
        for contrast in &all {
            let study = &corpus.studies[contrast.study].name;
            let is_held =
                |held: &&HeldOut| held.study == *study && held.donor == donor_of(corpus, contrast);
            let Some(dataset) = DATASETS.iter().position(|name| name == study) else {
                continue;
            };
            if held_out.iter().find(is_held).is_none() {
                continue;
            }
            let known = plans
                .iter()
                .position(|(treatment, _)| **treatment == contrast.treatment);
            let place = match known {
                Some(place) => place,
                None => {
                    plans.push((
                        &contrast.treatment,
                        model.plan(&query(&contrast.treatment)?)?,
                    ));
                    plans.len() - 1
                }
            };
            if let Some(held) = Held::of(corpus, &all, contrast) {
                let [mean, shrunk] = held.baselines();
                scores[dataset].push([mean, shrunk, held.model(corpus, &model, &plans[place].1)?]);
            }
        }
        progress(fold, folds);
    }
    let datasets = DATASETS.iter().zip(&scores).map(|(name, scores)| {
        let mean = |which: usize| Score::mean(scores.iter().map(|scores| scores[which]));
        Dataset {
            name: (*name).to_owned(),
            samples: scores.len(),
            mean: mean(0),
            shrunk: mean(1),
            model: mean(2),
        }
    });
    Ok(Report {
        datasets: datasets.collect(),
    })
}

/// The two baselines alone on one dataset: the mean of the other donors, and the shrunk mean.
///
/// # Errors
/// A treated sample without a curated condition.
pub fn baselines(corpus: &Corpus, dataset: &str) -> Result<[Score; 2]> {
    let all = contrasts(corpus)?;
    let scores: Vec<[Score; 2]> = all
        .iter()
        .filter(|held| corpus.studies[held.study].name == dataset)
        .filter_map(|held| Some(Held::of(corpus, &all, held)?.baselines()))
        .collect();
    Ok([0, 1].map(|which| Score::mean(scores.iter().map(|scores| scores[which]))))
}

fn donors_of(corpus: &Corpus, study: &str) -> Vec<String> {
    let samples = corpus
        .studies
        .iter()
        .filter(|own| own.name == study)
        .flat_map(|own| &own.samples);
    let mut donors: Vec<String> = samples
        .map(|sample| sample.get("replicate").to_owned())
        .collect();
    donors.sort();
    donors.dedup();
    donors
}

fn donor_of<'a>(corpus: &'a Corpus, contrast: &Contrast) -> &'a str {
    corpus.studies[contrast.study].samples[contrast.treated].get("replicate")
}

/// A held-out sample with the other donors of its condition.
struct Held<'a> {
    contrast: &'a Contrast,
    others: Vec<&'a Contrast>,
    /// Genes that are scored.
    expressed: Vec<usize>,
    truth: Vec<f64>,
}

impl<'a> Held<'a> {
    /// `None` where too few donors have the condition.
    fn of(corpus: &Corpus, all: &'a [Contrast], contrast: &'a Contrast) -> Option<Self> {
        let study = &corpus.studies[contrast.study];
        let own = donor_of(corpus, contrast);
        let others: Vec<&Contrast> = all
            .iter()
            .filter(|other| {
                other.study == contrast.study
                    && other.treatment == contrast.treatment
                    && donor_of(corpus, other) != own
            })
            .collect();
        let expressed: Vec<usize> = (0..corpus.axis.len())
            .filter(|&gene| study.measured[gene] && contrast.control[gene].exp_m1() > 1.0)
            .collect();
        let truth = expressed
            .iter()
            .map(|&gene| f64::from(contrast.change[gene]))
            .collect();
        (others.len() + 1 >= LEAST_DONORS).then_some(Self {
            contrast,
            others,
            expressed,
            truth,
        })
    }

    fn score(&self, prediction: &[f64]) -> Score {
        Score {
            r: pearson(prediction, &self.truth),
            explained: explained(prediction, &self.truth),
        }
    }

    fn baselines(&self) -> [Score; 2] {
        let mean = mean_change(&self.others, &self.expressed);
        let shrunk = shrink(&self.others, &self.expressed, &mean);
        [self.score(&mean), self.score(&shrunk)]
    }

    fn model(&self, corpus: &Corpus, model: &Model, plan: &Plan) -> Result<Score> {
        let effect = predict(corpus, model, plan, self.contrast)?;
        let predicted: Vec<f64> = self
            .expressed
            .iter()
            .map(|&gene| f64::from(effect[gene]))
            .collect();
        Ok(self.score(&predicted))
    }
}

/// The query for a treatment: the mean of the latents, no measurement noise.
fn query(treatment: &Treatment) -> Result<Query> {
    let perturbation = Perturbation::new(
        treatment.entities.clone(),
        treatment.kind,
        treatment.doses.clone(),
        treatment.time,
    )?;
    Ok(Query {
        perturbation,
        num_samples: 1,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        conditioning: Conditioning::default(),
        deterministic_latents: true,
        seed: 0,
        total_count: None,
        fixed_total_count: false,
    })
}

/// The model's effect on the held-out donor's controls.
fn predict(corpus: &Corpus, model: &Model, plan: &Plan, held: &Contrast) -> Result<Vec<f32>> {
    let study = &corpus.studies[held.study];
    // One control is the reference as it is; several are one, at the mean of their levels.
    let library: f64 = held
        .controls
        .iter()
        .map(|&at| study.library_sizes[at])
        .sum();
    let reference = Reference {
        name: study.samples[held.controls[0]].id().to_owned(),
        counts: counts_of(study, &held.control, library)?,
    };
    let mut predictions = model.predict(plan, &reference)?;
    Ok(predictions.remove(0).effect)
}

fn mean_change(others: &[&Contrast], genes: &[usize]) -> Vec<f64> {
    genes
        .iter()
        .map(|&gene| {
            others
                .iter()
                .map(|other| f64::from(other.change[gene]))
                .sum::<f64>()
                / others.len() as f64
        })
        .collect()
}

/// Posterior mean under N(0, τ²) with variances moderated within 20 bins of expression by 3 prior
/// degrees of freedom: the design's second baseline.
fn shrink(others: &[&Contrast], genes: &[usize], mean: &[f64]) -> Vec<f64> {
    const BINS: usize = 20;
    const PRIOR_DEGREES: f64 = 3.0;
    let n = others.len() as f64;
    let variance: Vec<f64> = genes
        .iter()
        .zip(mean)
        .map(|(&gene, mean)| {
            let squares = others
                .iter()
                .map(|other| (f64::from(other.change[gene]) - mean).powi(2));
            squares.sum::<f64>() / (n - 1.0)
        })
        .collect();
    let level = |at: usize| {
        others
            .iter()
            .map(|other| other.control[genes[at]])
            .sum::<f32>()
    };
    let mut order: Vec<usize> = (0..genes.len()).collect();
    order.sort_by(|&a, &b| level(a).total_cmp(&level(b)));
    let mut prior = vec![0.0; genes.len()];
    for bin in order.chunks(genes.len().div_ceil(BINS).max(1)) {
        let mean = bin.iter().map(|&at| variance[at]).sum::<f64>() / bin.len() as f64;
        for &at in bin {
            prior[at] = mean;
        }
    }
    let squared_error: Vec<f64> = prior
        .iter()
        .zip(&variance)
        .map(|(prior, own)| {
            (PRIOR_DEGREES * prior + (n - 1.0) * own) / (PRIOR_DEGREES + n - 1.0) / n
        })
        .collect();
    let signal: f64 = mean
        .iter()
        .zip(&squared_error)
        .map(|(m, e)| m * m - e)
        .sum::<f64>()
        / genes.len() as f64;
    let signal = signal.max(1e-4);
    mean.iter()
        .zip(&squared_error)
        .map(|(m, e)| m * signal / (signal + e))
        .collect()
}

impl Report {
    /// The mean over datasets: of the baselines, and of the model.
    pub fn overall(&self) -> [Score; 3] {
        let mean = |pick: &dyn Fn(&Dataset) -> Score| Score::mean(self.datasets.iter().map(pick));
        [mean(&|d| d.mean), mean(&|d| d.shrunk), mean(&|d| d.model)]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:34} {:>3}  {:>13}  {:>13}  {:>13}",
            "", "n", "mean", "shrunk", "model"
        )?;
        writeln!(
            f,
            "{:34} {:>3}  {:>6} {:>6}  {:>6} {:>6}  {:>6} {:>6}",
            "dataset", "", "r", "EV", "r", "EV", "r", "EV"
        )?;
        let mut line = |name: &str, n: String, scores: [Score; 3]| {
            write!(f, "{name:34} {n:>3}")?;
            for score in scores {
                write!(f, "  {:6.3} {:6.3}", score.r, score.explained)?;
            }
            writeln!(f)
        };
        for dataset in &self.datasets {
            line(
                &dataset.name,
                dataset.samples.to_string(),
                [dataset.mean, dataset.shrunk, dataset.model],
            )?;
        }
        line("mean of the datasets", String::new(), self.overall())
    }
}
