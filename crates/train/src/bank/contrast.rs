//! A treated sample against its own controls.

use rayon::prelude::*;

use crate::corpus::{Corpus, Treatment};
use crate::error::Result;

/// The change of one treated sample.
#[derive(Debug, Clone)]
pub struct Contrast {
    /// Index of the study in the corpus.
    pub study: usize,
    /// The treated sample.
    pub treated: usize,
    /// Its controls.
    pub controls: Vec<usize>,
    /// What was done.
    pub treatment: Treatment,
    /// Change of ln(1 + CPM) against the mean of the controls, `[genes]`.
    pub change: Vec<f32>,
    /// Mean ln(1 + CPM) of the controls, `[genes]`.
    pub control: Vec<f32>,
}

/// All contrasts of the corpus, in its order. A treated sample whose controls are not in the
/// corpus has none.
///
/// # Errors
/// A treated sample without a curated condition.
pub fn contrasts(corpus: &Corpus) -> Result<Vec<Contrast>> {
    let of_studies: Vec<Vec<Contrast>> = (0..corpus.studies.len())
        .into_par_iter()
        .map(|study| of_study(corpus, study))
        .collect::<Result<_>>()?;
    Ok(of_studies.into_iter().flatten().collect())
}

fn of_study(corpus: &Corpus, at: usize) -> Result<Vec<Contrast>> {
    let study = &corpus.studies[at];
    let mut found = Vec::new();
    for (treated, sample) in study.samples.iter().enumerate() {
        let controls: Vec<usize> = sample
            .controls()
            .filter_map(|id| study.position(id))
            .collect();
        if controls.is_empty() {
            continue;
        }
        let Some(treatment) = corpus.conditions.of(&study.name, sample)? else {
            continue;
        };
        let n = controls.len() as f32;
        let control: Vec<f32> = (0..corpus.axis.len())
            .map(|gene| {
                controls
                    .iter()
                    .map(|&at| study.values[at][gene])
                    .sum::<f32>()
                    / n
            })
            .collect();
        let change = study.values[treated]
            .iter()
            .zip(&control)
            .map(|(value, control)| value - control)
            .collect();
        found.push(Contrast {
            study: at,
            treated,
            controls,
            treatment,
            change,
            control,
        });
    }
    Ok(found)
}
