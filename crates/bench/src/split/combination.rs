//! Leave one pair of perturbations out, of which each alone stays. The i-th fold leaves the i-th
//! pair of every study out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use refcast_core::Dose;
use refcast_train::bank::Contrast;

use super::{All, Fold, HeldOutPart, HeldOutSample, fold_at};
use crate::benchmark::{CombinationBenchmark, Pair};
use crate::error::Result;

pub(super) fn folds<'a>(split: &CombinationBenchmark, all: &All<'a, '_>) -> Result<Vec<Fold<'a>>> {
    let mut folds = Vec::new();
    let mut of_study: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in &split.pairs {
        let next = of_study.entry(&pair.study).or_default();
        let fold = fold_at(&mut folds, *next, "pair");
        *next += 1;
        for entity in &pair.entities {
            let mut alone = all.of_study(&pair.study);
            if !alone.any(|contrast| contrast.treatment.entities == [entity.clone()]) {
                return Err(all.empty(format!("{entity} alone in {}", pair.study)));
            }
        }
        let before = fold.asked.len();
        for contrast in all.of_study(&pair.study) {
            let sample = &all.corpus.studies[contrast.study].samples[contrast.treated];
            if sample.get("condition") == pair.condition {
                let mut one = HeldOutSample::new(contrast, pair.name.clone());
                if let Some(controls) = &pair.controls {
                    one.contrast = Cow::Owned(against(pair, controls, contrast, all)?);
                }
                fold.asked.push(one);
            }
        }
        if fold.asked.len() == before {
            return Err(all.empty(format!("{} in {}", pair.condition, pair.study)));
        }
        fold.left_out.push(HeldOutPart::Condition {
            study: pair.study.clone(),
            condition: pair.condition.clone(),
            entities: pair.entities.clone(),
        });
    }
    Ok(folds)
}

/// The pair against controls that have neither of the two.
fn against(
    pair: &Pair,
    condition: &str,
    contrast: &Contrast,
    all: &All<'_, '_>,
) -> Result<Contrast> {
    let study = &all.corpus.studies[contrast.study];
    let controls: Vec<usize> = (0..study.samples.len())
        .filter(|&at| study.samples[at].get("condition") == condition)
        .collect();
    if controls.is_empty() {
        return Err(all.empty(format!("controls {condition} in {}", pair.study)));
    }
    let n = controls.len() as f32;
    let mean = |gene: usize| {
        controls
            .iter()
            .map(|&at| study.values[at][gene])
            .sum::<f32>()
            / n
    };
    let control: Vec<f32> = (0..all.corpus.axis.len()).map(mean).collect();
    let treated = &study.values[contrast.treated];
    let change = treated.iter().zip(&control).map(|(a, b)| a - b).collect();
    let mut treatment = contrast.treatment.clone();
    treatment.entities.clone_from(&pair.entities);
    treatment.background = None;
    if let Some(doses) = &pair.doses {
        treatment.doses = Dose::parse_joined(doses)?;
    }
    Ok(Contrast {
        controls,
        treatment,
        change,
        control,
        ..contrast.clone()
    })
}
