//! Leave one donor out: the i-th fold leaves the i-th donor of every study out, so that there are
//! as many trainings as the largest study has donors.

use std::collections::BTreeMap;

use super::{All, Fold, HeldOutPart, HeldOutSample, fold_at};
use crate::benchmark::DonorsBenchmark;
use crate::error::Result;

pub(super) fn folds<'a>(split: &DonorsBenchmark, all: &All<'a, '_>) -> Result<Vec<Fold<'a>>> {
    let mut folds = Vec::new();
    for study in split.studies() {
        let shares_controls = split.shared_controls.contains(study);
        let mut donors: BTreeMap<&str, Vec<HeldOutSample<'a>>> = BTreeMap::new();
        for contrast in all.of_study(study) {
            let donor = split.donor(study, all.replicate_of(contrast));
            let mut others: Vec<&str> = all
                .of_study(study)
                .filter(|other| all.same_condition(contrast, other))
                .map(|other| split.donor(study, all.replicate_of(other)))
                .filter(|other| *other != donor)
                .collect();
            others.sort_unstable();
            others.dedup();
            // Controls of another donor would stay in training, or take that donor with them.
            let samples = &all.corpus.studies[contrast.study].samples;
            let own_controls = contrast
                .controls
                .iter()
                .all(|&at| split.donor(study, samples[at].get("replicate")) == donor);
            if others.len() + 1 >= split.least_donors && (own_controls || shares_controls) {
                donors
                    .entry(donor)
                    .or_default()
                    .push(HeldOutSample::new(contrast, study));
            }
        }
        if donors.is_empty() {
            return Err(all.empty(format!(
                "study {study} with {} donors of a condition",
                split.least_donors
            )));
        }
        for (at, (donor, asked)) in donors.into_iter().enumerate() {
            let mut replicates: Vec<String> = all
                .corpus
                .studies
                .iter()
                .filter(|own| own.name == *study)
                .flat_map(|own| &own.samples)
                .map(|sample| sample.get("replicate"))
                .filter(|replicate| split.donor(study, replicate) == donor)
                .map(str::to_owned)
                .collect();
            replicates.sort();
            replicates.dedup();
            let fold = fold_at(&mut folds, at, "donor");
            fold.left_out.push(HeldOutPart::Donor {
                study: study.clone(),
                replicates,
                controls_stay: shares_controls,
            });
            fold.asked.extend(asked);
        }
    }
    Ok(folds)
}
