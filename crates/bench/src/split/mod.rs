//! Splits: what each fold keeps from training, and what it asks.

mod combination;
mod context;
mod donors;
mod held_out;
mod knockouts;
pub mod leak;
mod time;
mod unseen;

pub(crate) use held_out::given_to;
pub(crate) use held_out::is_untreated;
pub use held_out::{HeldOutPart, cells_of, without};

use std::borrow::Cow;

use refcast_core::OntologyId;
use refcast_train::bank::Contrast;
use refcast_train::corpus::Corpus;

use crate::benchmark::{Benchmark, Split};
use crate::error::{Error, Result};

/// One training and what is asked of it.
#[derive(Debug, Clone)]
pub struct Fold<'a> {
    /// What it leaves out, in words.
    pub name: String,
    /// What it leaves out.
    pub left_out: Vec<HeldOutPart>,
    /// What it asks.
    pub asked: Vec<HeldOutSample<'a>>,
}

/// A held-out treated sample.
#[derive(Debug, Clone)]
pub struct HeldOutSample<'a> {
    /// The sample against its controls.
    pub contrast: Cow<'a, Contrast>,
    /// What scores are averaged over first.
    pub group: String,
    /// Ids that count as the perturbation that is asked for; empty if only its own entities do.
    pub same: Vec<OntologyId>,
    /// Ids of the other members of its class, where the class is of one action.
    pub class: Vec<OntologyId>,
}

impl<'a> HeldOutSample<'a> {
    fn new(contrast: &'a Contrast, group: impl Into<String>) -> Self {
        Self {
            contrast: Cow::Borrowed(contrast),
            group: group.into(),
            same: Vec::new(),
            class: Vec::new(),
        }
    }
}

/// The folds of a benchmark on a corpus with all its contrasts.
///
/// # Errors
/// A part of the split that selects nothing.
pub fn folds<'a>(
    benchmark: &Benchmark,
    corpus: &Corpus,
    contrasts: &'a [Contrast],
) -> Result<Vec<Fold<'a>>> {
    let all = All {
        corpus,
        contrasts,
        benchmark: &benchmark.name,
    };
    match &benchmark.split {
        Split::Donors(split) => donors::folds(split, &all),
        Split::Context(split) => context::folds(split, &all),
        Split::Unseen(split) => unseen::folds(split, &all),
        Split::Knockouts(split) => knockouts::folds(split, &all),
        Split::Combination(split) => combination::folds(split, &all),
        Split::Time(split) => time::folds(split, &all),
        // These take the folds of others, or ask for no effect.
        _ => Ok(Vec::new()),
    }
}

/// What splits choose from.
struct All<'a, 'b> {
    corpus: &'b Corpus,
    contrasts: &'a [Contrast],
    benchmark: &'b str,
}

impl<'a> All<'a, '_> {
    fn empty(&self, selector: impl Into<String>) -> Error {
        Error::Empty {
            benchmark: self.benchmark.to_owned(),
            selector: selector.into(),
        }
    }

    fn study_of(&self, contrast: &Contrast) -> &str {
        &self.corpus.studies[contrast.study].name
    }

    /// The contrasts of a study.
    fn of_study(&self, study: &str) -> impl Iterator<Item = &'a Contrast> {
        let at = self.corpus.studies.iter().position(|own| own.name == study);
        self.contrasts
            .iter()
            .filter(move |contrast| Some(contrast.study) == at)
    }

    /// What a gene is called, or the id of what is no gene of the axis.
    fn symbol(&self, id: &OntologyId) -> String {
        let axis = &self.corpus.axis;
        let index = match id {
            OntologyId::Gene(gene) => axis.index_of(*gene),
            _ => None,
        };
        index.map_or_else(
            || id.to_string(),
            |index| axis.genes()[index.as_usize()].symbol.clone(),
        )
    }

    fn replicate_of(&self, contrast: &Contrast) -> &str {
        self.corpus.studies[contrast.study].samples[contrast.treated].get("replicate")
    }

    /// Whether two contrasts are of one study, cells and treatment.
    fn same_condition(&self, one: &Contrast, other: &Contrast) -> bool {
        one.study == other.study
            && one.treatment == other.treatment
            && cells_of(&self.corpus.studies[one.study].samples[one.treated])
                == cells_of(&self.corpus.studies[other.study].samples[other.treated])
    }
}

/// The i-th fold of a split whose folds take one of several lists each.
fn fold_at<'f, 'a>(folds: &'f mut Vec<Fold<'a>>, at: usize, name: &str) -> &'f mut Fold<'a> {
    while folds.len() <= at {
        folds.push(Fold {
            name: format!("{name} {}", folds.len() + 1),
            left_out: Vec::new(),
            asked: Vec::new(),
        });
    }
    &mut folds[at]
}
