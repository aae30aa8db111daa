//! One fold: check, train, predict with every method, score.

use std::collections::BTreeMap;

use rayon::prelude::*;
use refcast_model::{Model, Plan};
use refcast_train::bank::Contrast;
use refcast_train::corpus::Treatment;

use super::truth::ConditionTruth;
use super::{FoldInputs, MODEL, Method};
use crate::baselines::{BaselineTraining, Ceiling, Question};
use crate::benchmark::Benchmark;
use crate::case::HeldOutCase;
use crate::error::Result;
use crate::metrics::{self, DISCRIMINATION, Distance, Scored};
use crate::outcome::CaseScores;
use crate::split::{Fold, HeldOutSample, cells_of, leak, without};
use crate::training;

/// What became of one held-out sample.
pub(super) struct ScoredSample<'a> {
    pub asked: HeldOutSample<'a>,
    /// Genes that were scored, as places on the axis.
    pub genes: Vec<usize>,
    /// Method → predicted change, over `genes`.
    pub predictions: BTreeMap<String, Vec<f64>>,
    /// The model refused the query.
    pub refused: bool,
    pub scores: CaseScores,
}

/// Runs a fold.
pub(super) fn run<'a>(
    benchmark: &Benchmark,
    methods: &[Method],
    inputs: &FoldInputs<'_>,
    fold: &Fold<'a>,
) -> Result<Vec<ScoredSample<'a>>> {
    let corpus = without(inputs.corpus, &fold.left_out);
    leak::check(benchmark, inputs.corpus, &corpus, fold)?;
    let training = BaselineTraining::of(&corpus, benchmark.classes(), inputs.features)?;
    let (model, ()) = rayon::join(
        || training::train(&corpus, inputs.recipe, inputs.labels),
        || prepare(methods, &training),
    );
    let model = model?;
    let plans = plans(&model, fold)?;
    fold.asked
        .par_iter()
        .map(|asked| {
            let plan = plans
                .iter()
                .find(|(treatment, _)| **treatment == asked.contrast.treatment)
                .and_then(|(_, plan)| plan.as_ref());
            answer(methods, inputs, fold, &training, (&model, plan), asked)
        })
        .collect()
}

/// What the baselines learn, each once, before samples are asked for on all threads.
fn prepare(methods: &[Method], training: &BaselineTraining<'_>) {
    for method in methods {
        if let Method::Baseline(baseline) = method {
            baseline.prepare(training);
        }
    }
}

/// A plan for each distinct treatment; none where the model refuses it.
pub(crate) fn plans<'f>(
    model: &Model,
    fold: &'f Fold<'_>,
) -> Result<Vec<(&'f Treatment, Option<Plan>)>> {
    let mut treatments: Vec<&Treatment> = Vec::new();
    for asked in &fold.asked {
        if !treatments.contains(&&asked.contrast.treatment) {
            treatments.push(&asked.contrast.treatment);
        }
    }
    treatments
        .into_par_iter()
        .map(|treatment| Ok((treatment, training::plan(model, treatment)?)))
        .collect()
}

fn answer<'a>(
    methods: &[Method],
    inputs: &FoldInputs<'_>,
    fold: &Fold<'a>,
    training: &BaselineTraining<'_>,
    (model, plan): (&Model, Option<&Plan>),
    asked: &HeldOutSample<'a>,
) -> Result<ScoredSample<'a>> {
    let contrast: &Contrast = &asked.contrast;
    let study = &inputs.corpus.studies[contrast.study];
    let sample = &study.samples[contrast.treated];
    let case = HeldOutCase::of(inputs.corpus, contrast, asked.group.clone());
    let cells = cells_of(sample);
    let question = Question {
        study: &study.name,
        cells: &cells,
        treatment: &contrast.treatment,
        same: &asked.same,
        class: &asked.class,
        control: &contrast.control,
        genes: &case.genes,
    };
    let mut predictions = BTreeMap::new();
    let own = match plan {
        Some(plan) => case.scored(&training::predict(model, inputs.corpus, plan, contrast)?),
        // Without an answer, nothing is said to change; how often is among the findings.
        None => vec![0.0; case.genes.len()],
    };
    predictions.insert(MODEL.to_owned(), own);
    for method in methods {
        let predicted = match method {
            Method::Baseline(baseline) => baseline.predict(training, &question),
            Method::Ceiling => Ceiling::predict(inputs.corpus, fold, asked, &case.genes),
        };
        if let Some(predicted) = predicted {
            predictions.insert(method.defined().name, predicted);
        }
    }
    let truth = ConditionTruth::of(inputs, fold, asked, &case.genes);
    let perturbed_mean = training.perturbed_mean(&question);
    let scores = predictions.iter().map(|(name, predicted)| {
        let mut scores = metrics::score(&Scored {
            truth: &case.truth,
            predicted,
            perturbed_mean: perturbed_mean.as_deref(),
            changed: truth.changed.as_deref(),
        });
        let rank = metrics::discrimination(predicted, truth.own, &truth.conditions, Distance::L1);
        scores.extend(rank.map(|rank| (DISCRIMINATION.to_owned(), rank)));
        (name.clone(), scores)
    });
    let scores = CaseScores {
        group: asked.group.clone(),
        study: study.name.clone(),
        sample: sample.id().to_owned(),
        perturbation: words(sample.get("condition"), &contrast.treatment),
        scores: scores.collect(),
    };
    Ok(ScoredSample {
        asked: asked.clone(),
        genes: case.genes,
        predictions,
        refused: plan.is_none(),
        scores,
    })
}

/// What was done, in words.
pub(crate) fn words(condition: &str, treatment: &Treatment) -> String {
    let mut words = vec![condition.to_owned()];
    words.extend(treatment.doses.iter().map(ToString::to_string));
    words.extend(treatment.time.map(|time| time.to_string()));
    words.join(", ")
}
