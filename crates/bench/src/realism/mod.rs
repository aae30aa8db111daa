//! Generated samples against real replicates: do they scatter as replicates do?
//!
//! Three trainings serve all studies. In each, a third of the studies is left out whole (laboratory
//! unknown), and of the others half of the conditions (laboratory known); the roles go round.

mod compare;
mod finish;
mod generate;
mod groups;
pub(crate) mod modules;
mod scatter;
pub(crate) mod two_sample;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refcast_model::Model;
use refcast_train::corpus::{Corpus, Expression};
use refcast_train::fit;

use crate::benchmark::{Benchmark, RealismBenchmark};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::run::{BenchmarkProgress, FoldInputs, MODEL, Options};
use generate::RealismSource;
use groups::{ConditionSamples, Replicates};

/// One half of the conditions, the other, the whole study.
const ROLES: usize = 3;
/// The role of a study that is left out whole.
const WHOLE: usize = 2;
/// The real replicates as a method: the control of all figures.
const REAL: &str = "real against real";
const POISSON: &str = "Poisson noise only";
const COMMON: &str = "BCV 0.1";
/// A study that is tested.
struct Tested<'a> {
    study: &'a Expression,
    groups: Vec<Replicates>,
    /// The half of each condition.
    halves: Vec<usize>,
}

/// Which samples: method, whether the laboratory is known, tested study, condition.
type Key = (&'static str, bool, usize, usize);
/// All samples, by condition.
type Made = BTreeMap<Key, ConditionSamples>;

/// Runs the benchmark.
///
/// # Errors
/// A study without replicates, a training that fails, a model that cannot answer.
pub(crate) fn run(
    benchmark: &Benchmark,
    split: &RealismBenchmark,
    inputs: &FoldInputs<'_>,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Outcome> {
    let tested = tested(benchmark, split, inputs.corpus, options.quick)?;
    let modules = modules::read(&options.corpus, &inputs.corpus.axis)?;
    // A quick look leaves studies out whole, once.
    let trainings: Vec<usize> = if options.quick {
        vec![WHOLE]
    } else {
        (0..ROLES).collect()
    };
    let of = trainings.len();
    progress(BenchmarkProgress::Benchmark {
        name: benchmark.name.clone(),
        folds: of,
    });
    let mut made = by_rule(&tested)?;
    for (done, shift) in trainings.into_iter().enumerate() {
        by_model(&tested, shift, split, inputs, &mut made)?;
        progress(BenchmarkProgress::Fold { done: done + 1, of });
    }
    let mut scores = Vec::new();
    for (at, one) in tested.iter().enumerate() {
        scores.extend(compare::study(at, one, &made, split.splits, &modules));
    }
    let outcome = finish::outcome(benchmark, split, &tested, &scores);
    progress(BenchmarkProgress::Finished {
        name: benchmark.name.clone(),
    });
    Ok(outcome)
}

fn tested<'a>(
    benchmark: &Benchmark,
    split: &RealismBenchmark,
    corpus: &'a Corpus,
    quick: bool,
) -> Result<Vec<Tested<'a>>> {
    let names = split.core.iter().chain(&split.chosen_on);
    let names = names.filter(|name| !quick || benchmark.quick.contains(name));
    names
        .map(|name| {
            let study = corpus.studies.iter().find(|study| study.name == *name);
            let tested = study.map(|study| {
                let groups = groups::replicates(study, split);
                Tested {
                    study,
                    halves: groups::halves(study, &groups, split),
                    groups,
                }
            });
            // Halves of fewer have no condition to leave out.
            let tested = tested.filter(|tested| tested.groups.len() >= 4);
            tested.ok_or_else(|| Error::Empty {
                benchmark: benchmark.name.clone(),
                selector: format!("four conditions of {name} with replicates"),
            })
        })
        .collect()
}

/// What needs no training; it counts for both settings.
fn by_rule(tested: &[Tested<'_>]) -> Result<Made> {
    let sources = [
        (REAL, RealismSource::Real),
        (POISSON, RealismSource::Variation(0.0)),
        (COMMON, RealismSource::Variation(0.1)),
    ];
    let mut made = Made::new();
    for (study, one) in tested.iter().enumerate() {
        for (method, source) in sources {
            let conditions: Vec<usize> = (0..one.groups.len()).collect();
            for (condition, batch) in batches(source, one, &conditions)? {
                made.insert((method, true, study, condition), batch.clone());
                made.insert((method, false, study, condition), batch);
            }
        }
    }
    Ok(made)
}

/// One training, and what its model makes of the conditions that it did not see.
fn by_model(
    tested: &[Tested<'_>],
    shift: usize,
    split: &RealismBenchmark,
    inputs: &FoldInputs<'_>,
    made: &mut Made,
) -> Result<()> {
    let role = |study: usize| (study + shift) % ROLES;
    let held = |study: usize| -> Vec<usize> {
        let conditions = 0..tested[study].groups.len();
        conditions
            .filter(|at| role(study) == WHOLE || tested[study].halves[*at] == role(study))
            .collect()
    };
    let mut training = inputs.corpus.clone();
    for (at, one) in tested.iter().enumerate() {
        let samples = held(at)
            .into_iter()
            .flat_map(|condition| &one.groups[condition]);
        let ids: BTreeSet<&str> = samples
            .map(|&sample| one.study.samples[sample].id())
            .collect();
        for own in training
            .studies
            .iter_mut()
            .filter(|own| own.name == one.study.name)
        {
            *own = own.filtered(|sample| role(at) != WHOLE && !ids.contains(sample.id()));
        }
    }
    let mut recipe = inputs.recipe.clone();
    recipe.latent.rounds = split.rounds;
    let parts = fit(&training, &recipe, inputs.labels, recipe.seed, &|_| {})?;
    let model = Model::from_parts(parts);
    for (study, one) in tested.iter().enumerate() {
        let known = role(study) != WHOLE;
        for (condition, batch) in batches(RealismSource::Model(&model), one, &held(study))? {
            made.insert((MODEL, known, study, condition), batch);
        }
    }
    Ok(())
}

fn batches(
    source: RealismSource<'_>,
    tested: &Tested<'_>,
    conditions: &[usize],
) -> Result<Vec<(usize, ConditionSamples)>> {
    let batch = |&at: &usize| {
        let group = &tested.groups[at];
        Ok((at, generate::batch(source, tested.study, group)?))
    };
    conditions.par_iter().map(batch).collect()
}
