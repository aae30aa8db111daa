//! What is annotated: bulk samples, or those of another module.

use refcast_model::Model;
use refcast_model::annotation::Novelty;
use refcast_train::corpus::{Corpus, SampleAnnotation};
use refcast_train::fit;
use refcast_train::metadata::donor;

use super::measure;
use crate::benchmark::{AnnotationBenchmark, Benchmark};
use crate::error::Result;
use crate::outcome::Outcome;
use crate::run::{BenchmarkProgress, FoldInputs, Options};

/// Which samples a training keeps, by study and donor.
pub(crate) type Kept<'k> = dyn Fn(&str, &str) -> bool + 'k;
/// A model of some samples, and these samples.
pub(crate) type Trained = Result<(Model, Corpus)>;

/// What is annotated, and how a model is trained without some of it.
pub(crate) struct AnnotationSource<'a> {
    /// The samples, on the model's axis and scale.
    pub corpus: &'a Corpus,
    /// Whom a sample of a study is of, over all studies; empty if that is not known, which leaves
    /// it out with its study only.
    pub donor: &'a (dyn Fn(&str, &SampleAnnotation) -> String + Sync),
    /// When a sample is called unlike all of training.
    pub novelty: &'a Novelty,
    /// Trains on the samples that are kept.
    pub train: &'a dyn Fn(&Kept<'_>) -> Trained,
}

/// Runs the benchmark on bulk samples.
pub(crate) fn run(
    benchmark: &Benchmark,
    split: &AnnotationBenchmark,
    inputs: &FoldInputs<'_>,
    options: &Options,
    progress: &(dyn Fn(BenchmarkProgress) + Sync),
) -> Result<Outcome> {
    let mut recipe = inputs.recipe.clone();
    recipe.latent.rounds = split.rounds;
    let train = |keep: &Kept<'_>| {
        let mut training = inputs.corpus.clone();
        for own in &mut training.studies {
            let name = own.name.clone();
            *own = own.filtered(|sample| keep(&name, &donor(&name, sample)));
        }
        training.studies.retain(|own| !own.samples.is_empty());
        let parts = fit(&training, &recipe, inputs.labels, recipe.seed, &|_| {})?;
        Ok((Model::from_parts(parts), training))
    };
    let source = AnnotationSource {
        corpus: inputs.corpus,
        donor: &donor,
        novelty: &inputs.recipe.annotation.novelty,
        train: &train,
    };
    measure(benchmark, split, &source, options, progress)
}
