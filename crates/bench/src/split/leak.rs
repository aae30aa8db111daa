//! Whether training sees what it is tested on. Runs on every fold before training, on the very
//! corpus that training gets, and from what is asked rather than from what the split meant to leave
//! out: a split that leaves out the wrong thing is caught here.
//!
//! Controls of a held-out sample may stay in training in two cases only. Where a perturbation, or a
//! pair, is left out, its controls are also those of other treatments; they are what the query gives
//! as reference, and no sample of what is asked; but a published contrast's control is a profile of
//! its own, and leaves. And cultures of one line that share their controls
//! (T84, ileum) have no donor to leave out.

use std::collections::BTreeSet;

use refcast_train::bank::Contrast;
use refcast_train::corpus::{Corpus, Expression, SampleAnnotation, StudyKind};

use super::held_out::{given_to, is_untreated, time_of};
use super::{Fold, HeldOutSample};
use crate::benchmark::{Benchmark, Split};
use crate::error::{Error, Result};

/// Checks a fold.
///
/// # Errors
/// The first leak, with study and sample.
pub fn check(
    benchmark: &Benchmark,
    corpus: &Corpus,
    training: &Corpus,
    fold: &Fold<'_>,
) -> Result<()> {
    let found = fold
        .asked
        .iter()
        .find_map(|asked| leak(benchmark, corpus, training, asked));
    found.map_or(Ok(()), |problem| {
        Err(Error::Leak {
            benchmark: benchmark.name.clone(),
            fold: fold.name.clone(),
            problem,
        })
    })
}

fn leak(
    benchmark: &Benchmark,
    corpus: &Corpus,
    training: &Corpus,
    asked: &HeldOutSample<'_>,
) -> Option<String> {
    let contrast: &Contrast = &asked.contrast;
    let study = &corpus.studies[contrast.study];
    let sample = &study.samples[contrast.treated];
    // What training holds of the study that is asked about.
    let own: Vec<&SampleAnnotation> = training
        .studies
        .iter()
        .filter(|kept| kept.name == study.name)
        .flat_map(|kept| &kept.samples)
        .collect();
    let say = |what: String| {
        Some(format!(
            "{} of {} is asked, but {what}",
            sample.id(),
            study.name
        ))
    };
    if own.iter().any(|kept| kept.id() == sample.id()) {
        return say("is in training".to_owned());
    }
    let controls: BTreeSet<&str> = contrast
        .controls
        .iter()
        .map(|&at| study.samples[at].id())
        .collect();
    let control = own.iter().find(|kept| controls.contains(kept.id()));
    match &benchmark.split {
        Split::Donors(split) => {
            let donor = |sample: &SampleAnnotation| {
                split.donor(&study.name, sample.get("replicate")).to_owned()
            };
            let shared = split.shared_controls.contains(&study.name);
            if let Some(control) = control.filter(|_| !shared) {
                return say(format!("its control {} is in training", control.id()));
            }
            let same = own
                .iter()
                .find(|kept| donor(kept) == donor(sample) && !(shared && is_untreated(kept)))?;
            say(format!("{} of the same donor is in training", same.id()))
        }
        Split::Context(split) => {
            let family = split
                .shared_donors
                .iter()
                .find(|family| family.contains(&study.name));
            let leaves = |kept: &&Expression| {
                kept.name == study.name || family.is_some_and(|family| family.contains(&kept.name))
            };
            let kept = training
                .studies
                .iter()
                .filter(leaves)
                .find(|kept| !kept.samples.is_empty())?;
            say(format!(
                "training holds samples of {}, which is that study or shares its donors",
                kept.name
            ))
        }
        Split::Unseen(_) | Split::Knockouts(_) => {
            let published = study.kind == StudyKind::Published;
            if let Some(control) = control.filter(|_| published) {
                return say(format!("its control {} is in training", control.id()));
            }
            let mut ids: Vec<String> = asked.same.iter().map(ToString::to_string).collect();
            ids.extend(contrast.treatment.entities.iter().map(ToString::to_string));
            for agent in benchmark.classes().iter().flat_map(|class| &class.members) {
                if agent.is(&contrast.treatment.entities) {
                    ids.extend(agent.within.iter().cloned());
                }
            }
            let (kept, id) = given(training, |given| {
                ids.iter().find(|id| given.contains(id)).cloned()
            })?;
            say(format!("{kept} in training has {id}"))
        }
        Split::Combination(_) => {
            let ids: Vec<String> = contrast
                .treatment
                .entities
                .iter()
                .map(ToString::to_string)
                .collect();
            let (kept, ()) = given(training, |given| {
                ids.iter().all(|id| given.contains(id)).then_some(())
            })?;
            say(format!(
                "{kept} in training has {} together",
                ids.join(" and ")
            ))
        }
        Split::Time(_) => {
            if let Some(control) = control {
                return say(format!("its control {} is in training", control.id()));
            }
            let time = time_of(sample);
            let same = own.iter().find(|kept| time_of(kept) == time)?;
            say(format!("{} of the same time is in training", same.id()))
        }
        // These have no folds of their own that ask for an effect.
        _ => None,
    }
}

/// The first sample of a corpus that was given something, and what.
fn given<T>(corpus: &Corpus, test: impl Fn(&[String]) -> Option<T>) -> Option<(String, T)> {
    corpus.studies.iter().find_map(|study| {
        study.samples.iter().find_map(|sample| {
            let found = test(&given_to(corpus, study, sample))?;
            Some((format!("{} of {}", sample.id(), study.name), found))
        })
    })
}
