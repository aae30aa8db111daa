//! What is true of a held-out sample's condition, from all its real samples.

use std::borrow::Cow;

use refcast_train::bank::Contrast;
use refcast_train::corpus::StudyKind;

use super::FoldInputs;
use crate::differential::{Differential, FDR};
use crate::split::{Fold, HeldOutPart, HeldOutSample, cells_of};

/// The truth of a condition, over the genes of a case.
pub(super) struct ConditionTruth {
    /// Whether each gene truly changed; none where too few samples tell.
    pub changed: Option<Vec<bool>>,
    /// True mean changes of the conditions of the setting: study, cells, background, and time
    /// where more than one condition has it.
    pub conditions: Vec<Vec<f64>>,
    /// Which of them is the case's own.
    pub own: usize,
}

impl ConditionTruth {
    pub fn of(
        inputs: &FoldInputs<'_>,
        fold: &Fold<'_>,
        asked: &HeldOutSample<'_>,
        genes: &[usize],
    ) -> Self {
        let own: &Contrast = &asked.contrast;
        let samples = &inputs.corpus.studies[own.study].samples;
        let cells = |contrast: &Contrast| cells_of(&samples[contrast.treated]);
        let near = |other: &&Contrast| {
            other.study == own.study
                && other.treatment.background == own.treatment.background
                && cells(other) == cells(own)
        };
        let held: Vec<&Contrast> = fold
            .asked
            .iter()
            .map(|other| other.contrast.as_ref())
            .filter(near)
            .collect();
        // A case with controls of its own making has its replicates among the fold's.
        let all: Vec<&Contrast> = match &asked.contrast {
            Cow::Borrowed(_) => inputs.contrasts.iter().filter(near).collect(),
            Cow::Owned(_) => held.clone(),
        };
        let replicates: Vec<&Contrast> = all
            .iter()
            .copied()
            .filter(|other| other.treatment == own.treatment)
            .collect();
        // Where a donor is left out, the truth is the donor's: a mean that other donors are in
        // would reward giving the training back.
        let of_donor = fold
            .left_out
            .iter()
            .any(|held| matches!(held, HeldOutPart::Donor { .. }));
        let setting = if of_donor { held } else { all };
        let (conditions, place) = conditions(&setting, own, genes);
        Self {
            changed: changed(inputs, &replicates, genes),
            conditions,
            own: place,
        }
    }
}

/// Mean change by treatment of those at the case's time, or of all times if it alone has that time.
fn conditions(setting: &[&Contrast], own: &Contrast, genes: &[usize]) -> (Vec<Vec<f64>>, usize) {
    let group = |at_time: bool| {
        let mut groups: Vec<Vec<&Contrast>> = Vec::new();
        for contrast in setting {
            if at_time && contrast.treatment.time != own.treatment.time {
                continue;
            }
            match groups
                .iter_mut()
                .find(|group| group[0].treatment == contrast.treatment)
            {
                Some(group) => group.push(contrast),
                None => groups.push(vec![contrast]),
            }
        }
        groups
    };
    let mut groups = group(true);
    if groups.len() < 2 {
        groups = group(false);
    }
    let place = groups
        .iter()
        .position(|group| group[0].treatment == own.treatment);
    let means = groups.iter().map(|group| {
        let mean = |gene: &usize| {
            let sum: f64 = group.iter().map(|c| f64::from(c.change[*gene])).sum();
            sum / group.len() as f64
        };
        genes.iter().map(mean).collect()
    });
    (means.collect(), place.unwrap_or(usize::MAX))
}

/// The test of a condition's samples: paired where each has controls of its own.
fn changed(
    inputs: &FoldInputs<'_>,
    replicates: &[&Contrast],
    genes: &[usize],
) -> Option<Vec<bool>> {
    let study = &inputs.corpus.studies[replicates.first()?.study];
    if study.kind == StudyKind::Published {
        // Several contrasts of a gene are clones against the same controls, not replicates.
        return None;
    }
    let mut controls: Vec<usize> = replicates
        .iter()
        .flat_map(|contrast| contrast.controls.iter().copied())
        .collect();
    let uses = controls.len();
    controls.sort_unstable();
    controls.dedup();
    let values = |at: usize| -> Vec<f64> {
        let values = &study.values[at];
        genes.iter().map(|&gene| f64::from(values[gene])).collect()
    };
    let tested = if controls.len() == uses {
        let changes: Vec<Vec<f64>> = replicates
            .iter()
            .map(|contrast| {
                let change = genes.iter().map(|&gene| f64::from(contrast.change[gene]));
                change.collect()
            })
            .collect();
        Differential::paired(&changes)
    } else {
        let treated: Vec<Vec<f64>> = replicates.iter().map(|c| values(c.treated)).collect();
        let controls: Vec<Vec<f64>> = controls.into_iter().map(values).collect();
        Differential::two_group(&treated, &controls)
    };
    Some(tested?.changed(FDR))
}
