//! Leave one study out, and ask for the perturbations that other studies hold too.

use refcast_train::bank::Contrast;

use super::{All, Fold, HeldOutPart, HeldOutSample};
use crate::benchmark::ContextBenchmark;
use crate::error::Result;

pub(super) fn folds<'a>(split: &ContextBenchmark, all: &All<'a, '_>) -> Result<Vec<Fold<'a>>> {
    let mut folds: Vec<Fold<'a>> = Vec::new();
    for study in &all.corpus.studies {
        let leave: Vec<&String> = split
            .shared_donors
            .iter()
            .find(|family| family.contains(&study.name))
            .map_or_else(|| vec![&study.name], |family| family.iter().collect());
        let mut asked = Vec::new();
        for agent in &split.perturbations {
            let is = |contrast: &&Contrast| agent.is(&contrast.treatment.entities);
            let elsewhere = all
                .contrasts
                .iter()
                .filter(is)
                .any(|contrast| !leave.iter().any(|name| *name == all.study_of(contrast)));
            if !elsewhere {
                continue;
            }
            for contrast in all.of_study(&study.name).filter(is) {
                let mut one =
                    HeldOutSample::new(contrast, format!("{} → {}", agent.name, study.name));
                one.same.clone_from(&agent.entities);
                asked.push(one);
            }
        }
        if !asked.is_empty() {
            folds.push(Fold {
                name: study.name.clone(),
                left_out: leave.into_iter().cloned().map(HeldOutPart::Study).collect(),
                asked,
            });
        }
    }
    for agent in &split.perturbations {
        let begins = format!("{} → ", agent.name);
        let mut asked = folds.iter().flat_map(|fold| &fold.asked);
        if !asked.any(|one| one.group.starts_with(&begins)) {
            return Err(all.empty(format!("{} in two studies", agent.name)));
        }
    }
    Ok(folds)
}
