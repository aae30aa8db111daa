//! Leave one time of a series out, controls too. The i-th fold leaves the i-th time of every study
//! out.

use refcast_core::Duration;

use super::held_out::{cells_of, time_of};
use super::{All, Fold, HeldOutPart, HeldOutSample, fold_at};
use crate::benchmark::TimeBenchmark;
use crate::error::Result;

pub(super) fn folds<'a>(split: &TimeBenchmark, all: &All<'a, '_>) -> Result<Vec<Fold<'a>>> {
    let mut folds = Vec::new();
    for study in &split.studies {
        let sample_of = |contrast: &refcast_train::bank::Contrast| {
            &all.corpus.studies[contrast.study].samples[contrast.treated]
        };
        let mut times: Vec<Duration> = all
            .of_study(study)
            .filter_map(|contrast| time_of(sample_of(contrast)))
            .collect();
        times.sort_by(|a, b| a.hours().total_cmp(&b.hours()));
        times.dedup();
        if times.len() < 2 {
            return Err(all.empty(format!("two times of {study}")));
        }
        for (at, time) in times.into_iter().enumerate() {
            let fold = fold_at(&mut folds, at, "time");
            fold.left_out.push(HeldOutPart::Time {
                study: study.clone(),
                time,
            });
            for contrast in all.of_study(study) {
                let own = sample_of(contrast);
                let seen_at_another = all.of_study(study).any(|other| {
                    other.treatment.entities == contrast.treatment.entities
                        && cells_of(sample_of(other)) == cells_of(own)
                        && time_of(sample_of(other)) != time_of(own)
                });
                if time_of(own) == Some(time) && seen_at_another {
                    fold.asked
                        .push(HeldOutSample::new(contrast, format!("{study}, {time}")));
                }
            }
        }
    }
    Ok(folds)
}
