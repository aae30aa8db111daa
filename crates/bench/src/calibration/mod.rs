//! Whether intervals cover what they say, and whether support ranks the errors.
//!
//! The model gives every gene a deviation; intervals are that many times it as a calibration by the
//! part explained says. The calibration is fitted on held-out samples, and tested on the samples of
//! a study with all other studies in the fit, so that no study sets the width that it is tested on.

mod coverage;
mod distances;
mod factors;
mod finish;
mod fit;
mod metrics;
mod nothing;
mod rank;
mod sample;
mod support;

pub use distances::Distances;
pub use factors::section;
pub use fit::{SampleErrors, fit};
pub use rank::ranks;
use sample::CalibrationSample;

use rayon::prelude::*;
use refcast_model::generate::{Calibration, Factors};

use crate::benchmark::{self, Benchmark, CalibrationBenchmark};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::run::{BenchmarkProgress, FoldInputs, Options, plans};
use crate::split::{self, Fold, leak, without};
use crate::training;

/// Runs the benchmark.
pub(crate) fn run(
    benchmark: &Benchmark,
    split: &CalibrationBenchmark,
    inputs: &FoldInputs<'_>,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Outcome> {
    let folds = folds(benchmark, split, inputs, options.quick)?;
    let of = folds.len();
    progress(BenchmarkProgress::Benchmark {
        name: benchmark.name.clone(),
        folds: of,
    });
    let (mut samples, mut refused) = (Vec::new(), 0);
    for (done, (lender, fold)) in folds.iter().enumerate() {
        let (found, without_answer) = answers(lender, split, inputs, fold)?;
        samples.extend(found);
        refused += without_answer;
        progress(BenchmarkProgress::Fold { done: done + 1, of });
    }
    let errors = errors(&samples);
    let fitted = fit(&errors, &split.knots);
    let factors = cross_fitted(&errors, &split.knots);
    let outcome = finish::outcome(&finish::CalibrationResults {
        benchmark,
        split,
        samples: &samples,
        factors: &factors,
        fitted: &fitted,
        shipped: &inputs.recipe.calibration,
        refused,
        options,
    });
    progress(BenchmarkProgress::Finished {
        name: benchmark.name.clone(),
    });
    Ok(outcome)
}

/// The folds of other benchmarks, each with the benchmark that it is of.
fn folds<'a>(
    benchmark: &Benchmark,
    split: &CalibrationBenchmark,
    inputs: &FoldInputs<'a>,
    quick: bool,
) -> Result<Vec<(Benchmark, Fold<'a>)>> {
    let mut folds = Vec::new();
    for borrowed in &split.folds {
        let lender = benchmark::named(std::slice::from_ref(&borrowed.benchmark))?.remove(0);
        let all = split::folds(&lender, inputs.corpus, inputs.contrasts)?;
        let missing = borrowed
            .names
            .iter()
            .find(|name| all.iter().all(|fold| fold.name != **name));
        if let Some(name) = missing {
            return Err(Error::Empty {
                benchmark: benchmark.name.clone(),
                selector: format!("the fold {name:?} of {}", lender.name),
            });
        }
        let chosen = all.into_iter().filter(|fold| {
            let named = borrowed.names.is_empty() || borrowed.names.contains(&fold.name);
            named && (!quick || benchmark.quick.contains(&fold.name))
        });
        folds.extend(chosen.map(|fold| (lender.clone(), fold)));
    }
    Ok(folds)
}

/// What the model says of the samples of a fold, and how many it refuses.
fn answers(
    lender: &Benchmark,
    split: &CalibrationBenchmark,
    inputs: &FoldInputs<'_>,
    fold: &Fold<'_>,
) -> Result<(Vec<CalibrationSample>, usize)> {
    let corpus = without(inputs.corpus, &fold.left_out);
    leak::check(lender, inputs.corpus, &corpus, fold)?;
    let model = training::train(&corpus, inputs.recipe, inputs.labels)?;
    let plans = plans(&model, fold)?;
    let conditions = (&split.nothing, &split.beside);
    let found: Vec<Option<CalibrationSample>> = fold
        .asked
        .par_iter()
        .map(|asked| {
            let contrast = asked.contrast.as_ref();
            let plan = plans
                .iter()
                .find(|(treatment, _)| **treatment == contrast.treatment)
                .and_then(|(_, plan)| plan.as_ref());
            plan.map(|plan| {
                let (effect, support) = training::effect(&model, inputs.corpus, plan, contrast)?;
                Ok(CalibrationSample::of(
                    inputs,
                    conditions,
                    contrast,
                    (&effect, support),
                ))
            })
            .transpose()
        })
        .collect::<Result<_>>()?;
    let asked = found.len();
    let samples: Vec<CalibrationSample> = found.into_iter().flatten().collect();
    let refused = asked - samples.len();
    Ok((samples, refused))
}

fn errors(samples: &[CalibrationSample]) -> Vec<SampleErrors<'_>> {
    let errors = samples.iter().map(|sample| SampleErrors {
        study: &sample.study,
        explained: f64::from(sample.support.score),
        distances: &sample.bins[0],
    });
    errors.collect()
}

/// The factors of each sample, fitted on the samples of all other studies.
fn cross_fitted(errors: &[SampleErrors<'_>], knots: &[f64]) -> Vec<Factors> {
    let mut studies: Vec<&str> = errors.iter().map(|sample| sample.study).collect();
    studies.sort_unstable();
    studies.dedup();
    let fits: Vec<Calibration> = studies
        .par_iter()
        .map(|study| {
            let others = errors.iter().filter(|sample| sample.study != *study);
            fit(&others.copied().collect::<Vec<_>>(), knots)
        })
        .collect();
    let of = |sample: &SampleErrors<'_>| {
        let fit = studies.iter().position(|study| *study == sample.study);
        let calibration = fit.and_then(|at| fits.get(at)).cloned();
        calibration.unwrap_or_default().at(sample.explained)
    };
    errors.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_study_sets_the_width_that_it_is_tested_on() {
        let errors = |scale: f64| {
            let errors = (1..=1000).map(|at| (scale * f64::from(at) / 1000.0, 1.0));
            Distances::of(errors)
        };
        let (narrow, wide) = (errors(1.0), errors(5.0));
        let errors = |study, distances| SampleErrors {
            study,
            explained: 0.5,
            distances,
        };
        let samples = [
            errors("a", &narrow),
            errors("b", &narrow),
            errors("odd", &wide),
        ];
        let factors = cross_fitted(&samples, &[0.0, 1.0]);
        // 90 % of the others' errors, none of which is above 1.
        assert!((factors[2].ninety - 0.9).abs() < 0.01, "{factors:?}");
        assert!(wide.within(factors[2].ninety).unwrap() < 0.2);
        assert!(factors[0].ninety > 1.0, "{factors:?}");
    }
}
