//! Whether generated samples scatter as real replicates do.
//!
//! For a study of a cell line, the first replicate of each condition is the reference, and samples
//! are generated from it at the library sizes of the real replicates, in turn. The variance of
//! ln(1 + CPM) by gene is pooled over the conditions, and compared with that of the real
//! replicates. Twice: with the laboratory known, each half of the study's conditions tested by a
//! model that saw the other half only; and with the whole study left out of training.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use refcast_core::{Conditioning, Perturbation, Query, SamplingStrategy};
use refcast_model::{Model, Reference};

use super::counts_of;
use super::metrics::pearson;
use crate::build::fit;
use crate::corpus::{Corpus, Expression};
use crate::error::Result;
use crate::ontology::Labels;
use crate::recipe::Recipe;

/// Studies of cell lines with three replicates or more of several conditions.
pub const STUDIES: [&str; 3] = [
    "T84_IL22_IFNL",
    "T47D_estradiol_GSE89888",
    "melanoma_encorafenib_Kavran2022",
];

/// Least replicates of a condition.
const LEAST: usize = 3;
/// Samples generated from each reference: enough that it is the real variance that is uncertain.
const GENERATED: usize = 12;

/// How one study came out.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicateStudy {
    /// Its name.
    pub name: String,
    /// Whether other conditions of the study were in training.
    pub known: bool,
    /// Real replicates that were matched.
    pub samples: usize,
    /// Pearson's r over genes of the log variances.
    pub log_variance: f64,
    /// Mean of ln(generated variance / real variance): 0 is neither too much nor too little.
    pub log_ratio: f64,
    /// Fraction of zeros in the real replicates.
    pub zeros_real: f64,
    /// Fraction of zeros in the generated samples.
    pub zeros_generated: f64,
}

/// All studies.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicateReport {
    /// One each.
    pub studies: Vec<ReplicateStudy>,
}

/// Runs the benchmark, with a training for each study.
///
/// # Errors
/// Those of training and prediction.
pub fn run(corpus: &Corpus, recipe: &Recipe, labels: &Labels) -> Result<ReplicateReport> {
    let mut studies = Vec::new();
    for name in STUDIES {
        let Some(study) = corpus.studies.iter().find(|study| study.name == name) else {
            continue;
        };
        let groups = replicates(study);
        let train = |training: &Corpus| -> Result<Model> {
            let parts = fit(training, recipe, labels, recipe.seed, &|_| {})?;
            Ok(Model::from_parts(parts))
        };
        let mut known = ReplicateComparison::new(study);
        for half in 0..2 {
            let tested: Vec<&Vec<usize>> = groups.iter().skip(half).step_by(2).collect();
            let ids: BTreeSet<&str> = tested
                .iter()
                .flat_map(|group| group.iter().map(|&at| study.samples[at].id()))
                .collect();
            let mut training = corpus.clone();
            for own in training.studies.iter_mut().filter(|own| own.name == name) {
                *own = own.filtered(|sample| !ids.contains(sample.id()));
            }
            let model = train(&training)?;
            for group in tested {
                known.add(&model, study, group)?;
            }
        }
        studies.push(known.score(study, true));
        let model = train(&corpus.without_studies(&[name]))?;
        let mut unknown = ReplicateComparison::new(study);
        for group in &groups {
            unknown.add(&model, study, group)?;
        }
        studies.push(unknown.score(study, false));
    }
    Ok(ReplicateReport { studies })
}

/// Real replicates against generated samples.
struct ReplicateComparison {
    real: PooledVariance,
    generated: PooledVariance,
}

impl ReplicateComparison {
    fn new(study: &Expression) -> Self {
        let genes = study.measured.len();
        Self {
            real: PooledVariance::new(genes),
            generated: PooledVariance::new(genes),
        }
    }

    fn add(&mut self, model: &Model, study: &Expression, group: &[usize]) -> Result<()> {
        let own: Vec<Vec<f64>> = group.iter().map(|&at| widened(&study.values[at])).collect();
        self.real.add(&own);
        let reference = Reference {
            name: study.samples[group[0]].id().to_owned(),
            counts: counts_of(
                study,
                &study.values[group[0]],
                study.library_sizes[group[0]],
            )?,
            latents: None,
        };
        let mut drawn = Vec::with_capacity(GENERATED);
        for (seed, &at) in (0..GENERATED as u64).zip(group.iter().cycle()) {
            let query = Query {
                perturbation: Perturbation::control(),
                num_samples: 1,
                sampling_strategy: SamplingStrategy::SampleGeneration,
                conditioning: Conditioning::default(),
                deterministic_latents: false,
                seed,
                total_count: Some(study.library_sizes[at] as u64),
                fixed_total_count: true,
            };
            let prediction = model.predict(&model.plan(&query)?, &reference)?.remove(0);
            drawn.push(prediction.counts.log_cpm().values().to_vec());
        }
        self.generated.add(&drawn);
        Ok(())
    }

    fn score(&self, study: &Expression, known: bool) -> ReplicateStudy {
        let mut pairs = (Vec::new(), Vec::new());
        for gene in (0..study.measured.len()).filter(|&gene| study.measured[gene]) {
            let (a, b) = (self.generated.variance(gene), self.real.variance(gene));
            if a > 0.0 && b > 0.0 {
                pairs.0.push(a.ln());
                pairs.1.push(b.ln());
            }
        }
        let n = pairs.0.len().max(1) as f64;
        let measured = study.measured.iter().filter(|measured| **measured).count();
        ReplicateStudy {
            name: study.name.clone(),
            known,
            samples: self.real.samples as usize,
            log_variance: pearson(&pairs.0, &pairs.1),
            log_ratio: (pairs.0.iter().sum::<f64>() - pairs.1.iter().sum::<f64>()) / n,
            zeros_real: self.real.zeros(&study.measured, measured),
            zeros_generated: self.generated.zeros(&study.measured, measured),
        }
    }
}

/// Samples of one condition at one time, three or more.
fn replicates(study: &Expression) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, sample) in study.samples.iter().enumerate() {
        let key = (sample.get("condition"), sample.get("perturbation_time"));
        groups.entry(key).or_default().push(at);
    }
    groups
        .into_values()
        .filter(|group| group.len() >= LEAST)
        .collect()
}

fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// Variance within groups, by gene, pooled by degrees of freedom; and zeros.
struct PooledVariance {
    squares: Vec<f64>,
    degrees: f64,
    zeros: Vec<f64>,
    samples: f64,
}

impl PooledVariance {
    fn new(genes: usize) -> Self {
        Self {
            squares: vec![0.0; genes],
            degrees: 0.0,
            zeros: vec![0.0; genes],
            samples: 0.0,
        }
    }

    fn add(&mut self, group: &[Vec<f64>]) {
        let n = group.len() as f64;
        for gene in 0..self.squares.len() {
            let mean = group.iter().map(|sample| sample[gene]).sum::<f64>() / n;
            self.squares[gene] += group
                .iter()
                .map(|sample| (sample[gene] - mean).powi(2))
                .sum::<f64>();
            // A level is 0 for a count of 0 and for no other.
            self.zeros[gene] += group.iter().filter(|sample| sample[gene] == 0.0).count() as f64;
        }
        self.degrees += n - 1.0;
        self.samples += n;
    }

    fn variance(&self, gene: usize) -> f64 {
        self.squares[gene] / self.degrees
    }

    fn zeros(&self, measured: &[bool], genes: usize) -> f64 {
        let zeros: f64 = self
            .zeros
            .iter()
            .zip(measured)
            .filter(|(_, measured)| **measured)
            .map(|(z, _)| z)
            .sum();
        zeros / (self.samples * genes as f64)
    }
}

impl fmt::Display for ReplicateReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:32} {:10} {:>3}  {:>14}  {:>10}  {:>10}  {:>15}",
            "study",
            "laboratory",
            "n",
            "log variance r",
            "log ratio",
            "zeros real",
            "zeros generated"
        )?;
        for study in &self.studies {
            writeln!(
                f,
                "{:32} {:10} {:>3}  {:>14.3}  {:>10.3}  {:>10.3}  {:>15.3}",
                study.name,
                if study.known { "known" } else { "unknown" },
                study.samples,
                study.log_variance,
                study.log_ratio,
                study.zeros_real,
                study.zeros_generated
            )?;
        }
        Ok(())
    }
}
