//! Benchmarks of single cells.
//!
//! Most are of the response of blood cells to interferon beta (Kang et al. 2018, GSE96583), by the
//! protocol of the design's table: ln(1 + CP10k) over the 7,000 genes that most cells detect. A
//! prediction is scored by the squared correlation of mean profiles, over all genes and over the 100
//! whose Welch statistic between the real arms is largest, and by the correlation of the changes.

mod annotation;
mod arms;
mod cloud;
mod donors;
mod finish;
mod generated;
mod kinds;
pub mod leak;
mod levels;
mod others;
mod panels;
mod profile;
mod realism;
mod score;

pub use arms::{KINDS, is_held};
pub use cloud::{Cloud, energy_distance, mmd, variance_r2};
pub use generated::{generate, plan};
pub use levels::Levels;
pub use others::{BASELINES, baseline};
pub use score::{CellsScore, CellsTruth, moments};

use refcast_model::Model;
use refcast_train::corpus::Treatment;
use refcast_train::corpus::cells::CellSet;
use refcast_train::{CellCorpus, Labels, Recipe, fit_cell_responses};

use crate::benchmark::{Benchmark, Split};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::run::{BenchmarkProgress, Options};

/// Genes that are scored where a set measures all: those that most cells detect.
const GENES: usize = 7000;
/// Cells that are drawn of each untreated one for a mean profile.
const SAMPLES: u32 = 8;

/// What all benchmarks of cells share.
pub(crate) struct CellsInputs<'a> {
    corpus: &'a CellCorpus,
    recipe: &'a Recipe,
    labels: &'a Labels,
}

/// A benchmark that is run.
struct CellsRun<'a> {
    benchmark: &'a Benchmark,
    options: &'a Options,
    progress: &'a (dyn Fn(BenchmarkProgress) + Sync),
}

/// Runs benchmarks of cells.
///
/// # Errors
/// A corpus that cannot be read, a split that selects nothing or leaks, a training that fails.
pub(crate) fn run(
    benchmarks: &[Benchmark],
    recipe: &Recipe,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Vec<Outcome>> {
    let corpus = CellCorpus::read(recipe, &options.corpus)?;
    let labels = Labels::read(&options.corpus)?;
    let inputs = CellsInputs {
        corpus: &corpus,
        recipe,
        labels: &labels,
    };
    let one = |benchmark: &Benchmark| {
        let run = CellsRun {
            benchmark,
            options,
            progress,
        };
        match &benchmark.split {
            Split::CellKinds(split) => kinds::run(&run, split, &inputs),
            Split::CellDonors(split) => donors::run(&run, split, &inputs),
            Split::CellPanels(split) => panels::run(&run, split, &inputs),
            Split::CellRealism(split) => realism::run(&run, split, &inputs),
            Split::CellAnnotation(split) => annotation::run(&run, split, &inputs),
            _ => Err(Error::Benchmark {
                benchmark: benchmark.name.clone(),
                problem: "its split is of bulk samples".to_owned(),
            }),
        }
    };
    benchmarks.iter().map(one).collect()
}

impl CellsRun<'_> {
    /// Runs the folds one after the other, of a quick look those that the benchmark names.
    fn folds<'f>(
        &self,
        names: impl IntoIterator<Item = &'f str>,
        mut one: impl FnMut(&'f str) -> Result<()>,
    ) -> Result<()> {
        let mut names: Vec<&str> = names.into_iter().collect();
        if self.options.quick {
            if let Some(name) = self
                .benchmark
                .quick
                .iter()
                .find(|own| !names.contains(&own.as_str()))
            {
                return Err(self.empty(format!("the quick fold {name:?}")));
            }
            names.retain(|name| self.benchmark.quick.iter().any(|own| own == name));
        }
        if names.is_empty() {
            return Err(self.empty("any fold".to_owned()));
        }
        let (name, of) = (self.benchmark.name.clone(), names.len());
        (self.progress)(BenchmarkProgress::Benchmark {
            name: name.clone(),
            folds: of,
        });
        for (done, fold) in names.into_iter().enumerate() {
            one(fold)?;
            (self.progress)(BenchmarkProgress::Fold { done: done + 1, of });
        }
        (self.progress)(BenchmarkProgress::Finished { name });
        Ok(())
    }

    fn empty(&self, selector: String) -> Error {
        Error::Empty {
            benchmark: self.benchmark.name.clone(),
            selector,
        }
    }

    /// A set of the corpus.
    fn set<'c>(&self, corpus: &'c CellCorpus, name: &str) -> Result<&'c CellSet> {
        let found = corpus.sets.iter().find(|set| set.recipe.name == name);
        found.ok_or_else(|| self.empty(format!("the set {name}")))
    }

    /// The one treatment of a set.
    fn treatment<'c>(&self, corpus: &'c CellCorpus, set: &CellSet) -> Result<&'c Treatment> {
        let name = &set.recipe.name;
        let treated = set.rows.iter().find(|row| arms::is_treated(row));
        let found =
            treated.and_then(|row| corpus.conditions.named(name, arms::text(row, "condition")));
        found.ok_or_else(|| self.empty(format!("a treatment of {name}")))
    }
}

impl CellsInputs<'_> {
    /// The recipe's model of a corpus, which treats and draws cells and knows no metadata.
    fn fit(&self, corpus: &CellCorpus) -> Result<Model> {
        let (recipe, labels) = (self.recipe, self.labels);
        let parts = fit_cell_responses(corpus, recipe, labels, recipe.seed, &|_| ())?;
        Ok(Model::from_parts(parts))
    }
}
