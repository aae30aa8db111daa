//! What real replicates of the held-out condition say: not a baseline, since it uses what is held
//! out, but the ceiling that noise sets.

use refcast_train::bank::Contrast;
use refcast_train::corpus::Corpus;

use crate::outcome::Definition;
use crate::split::{Fold, HeldOutSample, cells_of};

/// The other replicates.
pub struct Ceiling;

impl Ceiling {
    /// A short, fixed name.
    pub const NAME: &'static str = "ceiling: replicates";

    /// Name and definition.
    pub fn defined() -> Definition {
        Definition {
            name: Self::NAME.to_owned(),
            definition: "Mean Δ of the other held-out samples of the same study, cells, treatment and time, other donors where donors are known. Uses held-out data: a ceiling set by noise, not a baseline. With few replicates their mean is itself noisy; where they share controls they share the controls' error too."
                .to_owned(),
        }
    }

    /// The mean change of the sample's replicates, over some genes; `None` of a single sample.
    pub fn predict(
        corpus: &Corpus,
        fold: &Fold<'_>,
        asked: &HeldOutSample<'_>,
        genes: &[usize],
    ) -> Option<Vec<f64>> {
        let own: &Contrast = &asked.contrast;
        let sample =
            |contrast: &Contrast| &corpus.studies[contrast.study].samples[contrast.treated];
        let others: Vec<&Contrast> = fold
            .asked
            .iter()
            .map(|other| other.contrast.as_ref())
            .filter(|other| {
                other.study == own.study
                    && other.treated != own.treated
                    && other.treatment == own.treatment
                    && cells_of(sample(other)) == cells_of(sample(own))
            })
            .collect();
        let mean = |gene: &usize| {
            let sum: f64 = others
                .iter()
                .map(|other| f64::from(other.change[*gene]))
                .sum();
            sum / others.len() as f64
        };
        (!others.is_empty()).then(|| genes.iter().map(mean).collect())
    }
}
