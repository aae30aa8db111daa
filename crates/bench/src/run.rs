//! Runs benchmarks: folds, training, predictions of every method, scores, what follows from them.

pub(crate) mod finish;
mod fold;
mod profiles;
mod truth;

pub(crate) use fold::{plans, words};

use std::path::PathBuf;

use refcast_core::{Modality, OntologyId};
use refcast_train::bank::{Contrast, contrasts};
use refcast_train::corpus::Corpus;
use refcast_train::{Labels, Recipe, read};
use serde::Serialize;

use crate::annotation;
use crate::baselines::{self, Baseline, Ceiling, GeneSetFeatures};
use crate::benchmark::{self, Benchmark, Split};
use crate::calibration;
use crate::cells;
use crate::described;
use crate::error::{Error, Result};
use crate::outcome::{Definition, Outcome, Report};
use crate::realism;
use crate::split::{self, Fold};

/// The model's name among the methods.
pub const MODEL: &str = "model";

/// What to run, on what.
#[derive(Debug, Clone)]
pub struct Options {
    /// The recipe that is measured.
    pub recipe: PathBuf,
    /// The folder of the corpus.
    pub corpus: PathBuf,
    /// The benchmarks, in this order; all of the recipe's modality if empty.
    pub names: Vec<String>,
    /// Only the few folds that each benchmark names for a quick look.
    pub quick: bool,
    /// The seed of the bootstrap's draws.
    pub seed: u64,
}

/// A stage of a run, for the one who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BenchmarkProgress {
    /// The corpus is being read.
    Reading,
    /// A benchmark begins.
    Benchmark {
        /// Its name.
        name: String,
        /// Trainings.
        folds: usize,
    },
    /// A fold is done.
    Fold {
        /// So many.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// A benchmark is done.
    Finished {
        /// Its name.
        name: String,
    },
}

/// What all folds share.
pub(crate) struct FoldInputs<'a> {
    pub corpus: &'a Corpus,
    pub contrasts: &'a [Contrast],
    features: &'a GeneSetFeatures,
    pub recipe: &'a Recipe,
    pub labels: &'a Labels,
}

/// A benchmark that there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BenchmarkInfo {
    /// As on the command line.
    pub name: String,
    /// What its samples are of.
    pub modality: Modality,
    /// What is left out, what is asked.
    pub definition: String,
}

/// The benchmarks that there are.
///
/// # Errors
/// A benchmark's file that does not say what it must.
pub fn names() -> Result<Vec<BenchmarkInfo>> {
    let known = |benchmark: Benchmark| BenchmarkInfo {
        modality: benchmark.modality(),
        name: benchmark.name,
        definition: benchmark.question,
    };
    Ok(benchmark::all()?.into_iter().map(known).collect())
}

/// Runs benchmarks. The same recipe, corpus and seed give the same report on any number of threads.
///
/// # Errors
/// An unknown benchmark, one of another modality than the recipe's, a corpus that cannot be read, a
/// split that selects nothing or leaks, a training that fails.
pub fn run(options: &Options, progress: &(dyn Fn(BenchmarkProgress) + Sync)) -> Result<Report> {
    let mut benchmarks = benchmark::named(&options.names)?;
    if options.names.is_empty() {
        let modality = Recipe::read(&options.recipe)?.modality;
        benchmarks.retain(|benchmark| benchmark.modality() == modality);
    }
    measure(&benchmarks, options, progress)
}

/// As [`run`], for benchmarks of the caller's own.
///
/// # Errors
/// Those of [`run`].
pub fn measure(
    benchmarks: &[Benchmark],
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Report> {
    let recipe = Recipe::read(&options.recipe)?;
    for benchmark in benchmarks {
        if benchmark.modality() != recipe.modality {
            return Err(Error::Modality {
                benchmark: benchmark.name.clone(),
                own: benchmark.modality(),
                recipe: recipe.id,
                other: recipe.modality,
            });
        }
    }
    progress(BenchmarkProgress::Reading);
    let outcomes = match recipe.modality {
        Modality::Bulk => of_samples(benchmarks, &recipe, options, progress)?,
        Modality::SingleCell => cells::run(benchmarks, &recipe, options, progress)?,
    };
    Ok(Report {
        model: recipe.id.clone(),
        command: command(options),
        quick: options.quick,
        outcomes,
    })
}

fn of_samples(
    benchmarks: &[Benchmark],
    recipe: &Recipe,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Vec<Outcome>> {
    let (corpus, labels) = read(recipe, &options.corpus)?;
    let contrasts = contrasts(&corpus)?;
    let inputs = FoldInputs {
        features: &GeneSetFeatures::read(&options.corpus, &entities(&contrasts))?,
        corpus: &corpus,
        contrasts: &contrasts,
        recipe,
        labels: &labels,
    };
    benchmarks
        .iter()
        .map(|benchmark| one(benchmark, &inputs, options, progress))
        .collect()
}

fn one(
    benchmark: &Benchmark,
    inputs: &FoldInputs<'_>,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Outcome> {
    if let Split::Realism(split) = &benchmark.split {
        return realism::run(benchmark, split, inputs, options, progress);
    }
    if let Split::Described(split) = &benchmark.split {
        return described::run(benchmark, split, inputs, options, progress);
    }
    if let Split::Annotation(split) = &benchmark.split {
        return annotation::run(benchmark, split, inputs, options, progress);
    }
    if let Split::Calibration(split) = &benchmark.split {
        return calibration::run(benchmark, split, inputs, options, progress);
    }
    let methods = methods(benchmark)?;
    let mut folds = split::folds(benchmark, inputs.corpus, inputs.contrasts)?;
    if options.quick {
        folds = quick(benchmark, folds)?;
    }
    let of = folds.len();
    progress(BenchmarkProgress::Benchmark {
        name: benchmark.name.clone(),
        folds: of,
    });
    let mut answers = Vec::new();
    for (done, fold) in folds.iter().enumerate() {
        answers.extend(fold::run(benchmark, &methods, inputs, fold)?);
        progress(BenchmarkProgress::Fold { done: done + 1, of });
    }
    let outcome = finish::outcome(benchmark, &methods, inputs.corpus, answers, options);
    progress(BenchmarkProgress::Finished {
        name: benchmark.name.clone(),
    });
    Ok(outcome)
}

/// The folds of a quick look.
fn quick<'a>(benchmark: &Benchmark, folds: Vec<Fold<'a>>) -> Result<Vec<Fold<'a>>> {
    for name in &benchmark.quick {
        if !folds.iter().any(|fold| fold.name == *name) {
            return Err(Error::Empty {
                benchmark: benchmark.name.clone(),
                selector: format!("the quick fold {name:?}"),
            });
        }
    }
    let kept = folds
        .into_iter()
        .filter(|fold| benchmark.quick.contains(&fold.name));
    Ok(kept.collect())
}

/// A method beside the model.
enum Method {
    Baseline(&'static dyn Baseline),
    Ceiling,
}

impl Method {
    fn defined(&self) -> Definition {
        match self {
            Self::Baseline(baseline) => baseline.defined(),
            Self::Ceiling => Ceiling::defined(),
        }
    }
}

fn methods(benchmark: &Benchmark) -> Result<Vec<Method>> {
    benchmark
        .methods
        .iter()
        .map(|name| {
            if name == Ceiling::NAME {
                return Ok(Method::Ceiling);
            }
            let baseline = baselines::named(name).ok_or_else(|| Error::Benchmark {
                benchmark: benchmark.name.clone(),
                problem: format!("there is no method {name:?}"),
            })?;
            Ok(Method::Baseline(baseline))
        })
        .collect()
}

/// All entities that anything was treated with.
fn entities(contrasts: &[Contrast]) -> Vec<OntologyId> {
    let mut entities: Vec<OntologyId> = contrasts
        .iter()
        .flat_map(|contrast| contrast.treatment.entities.iter().cloned())
        .collect();
    entities.sort();
    entities.dedup();
    entities
}

fn command(options: &Options) -> String {
    let mut words = vec!["cargo benchmark".to_owned()];
    words.extend(options.names.iter().cloned());
    words.extend(options.quick.then(|| "--quick".to_owned()));
    words.push(format!("--seed {}", options.seed));
    words.join(" ")
}
