//! From a corpus to the parts of a model.

use std::path::Path;

use refcast_model::latent::PriorField;
use refcast_model::terms::Terms;
use refcast_model::{Measurement, ModelParts, ModelSettings};

use crate::corpus::Corpus;
use crate::corpus::cells::CellCorpus;
use crate::error::Result;
use crate::latent::Backend;
use crate::ontology::Labels;
use crate::recipe::Recipe;
use crate::training_samples::training_samples;
use crate::{bank, dispersion, knowledge, latent, metadata, noise};

/// A stage of training, for the one who waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The large products are made on a device other than the processor.
    Device {
        /// What the system calls it.
        name: String,
    },
    /// The studies are being read.
    Reading,
    /// A round of fitting the latents is done.
    Latents {
        /// The round, from 0.
        round: usize,
        /// Of so many.
        rounds: usize,
        /// Mean residual variance, ln(1 + CPM)².
        residual: f64,
    },
    /// Measurement noise is being fitted.
    Noise,
    /// Effects are being gathered.
    Effects,
    /// Metadata are being fitted.
    Metadata,
    /// The vocabulary is being gathered.
    Vocabulary,
    /// The bundle is being written.
    Writing,
}

/// Fits every part of a model to a corpus, on the processor. The same corpus, recipe and seed give
/// the same parts on any number of threads.
///
/// # Errors
/// A treated sample without a curated condition.
pub fn fit(
    corpus: &Corpus,
    recipe: &Recipe,
    labels: &Labels,
    seed: u64,
    progress: &dyn Fn(Progress),
) -> Result<ModelParts> {
    fit_on(&Backend::Cpu, corpus, recipe, labels, seed, progress)
}

/// As [`fit`], on a device.
///
/// # Errors
/// Those of [`fit`], and a device that fails at its work.
pub(crate) fn fit_on(
    backend: &Backend,
    corpus: &Corpus,
    recipe: &Recipe,
    labels: &Labels,
    seed: u64,
    progress: &dyn Fn(Progress),
) -> Result<ModelParts> {
    let data = latent::Data::of(corpus)?;
    let rounds = recipe.latent.rounds;
    let told = |round, residual| {
        progress(Progress::Latents {
            round,
            rounds,
            residual,
        })
    };
    let latent = latent::fit(&data, backend, recipe.latent.sizes, rounds, seed, &told)?;
    progress(Progress::Effects);
    let effects = bank::build(corpus, labels)?;
    progress(Progress::Noise);
    let noise = noise::fit(corpus, &latent, effects.studies());
    progress(Progress::Metadata);
    let terms = Terms::from_lines(labels.term_lines());
    let novelty = recipe.annotation.novelty;
    let (baseline, classifiers) = metadata::fit(corpus, &latent, &terms, novelty, seed);
    Ok(ModelParts {
        baseline,
        classifiers,
        samples: Some(training_samples(corpus, &latent, labels)),
        terms,
        axis: corpus.axis.clone(),
        settings: settings(recipe, data.fields)?,
        latent,
        measurement: Measurement::Bulk(noise),
        effects,
    })
}

/// Fits every part of a model of cells, on the processor: the effects to pools of cells and the bulk
/// studies, the latents and counts to cells by themselves.
///
/// # Errors
/// A treated cell without a curated condition, or one without a count on the axis.
pub fn fit_cells(
    corpus: &CellCorpus,
    recipe: &Recipe,
    labels: &Labels,
    seed: u64,
    progress: &dyn Fn(Progress),
) -> Result<ModelParts> {
    fit_cells_on(&Backend::Cpu, corpus, recipe, labels, seed, progress)
}

/// As [`fit_cells`], on a device.
///
/// # Errors
/// Those of [`fit_cells`], and a device that fails at its work.
pub(crate) fn fit_cells_on(
    backend: &Backend,
    corpus: &CellCorpus,
    recipe: &Recipe,
    labels: &Labels,
    seed: u64,
    progress: &dyn Fn(Progress),
) -> Result<ModelParts> {
    let cells = corpus.cells()?;
    let mut parts = responses(backend, corpus, &cells, recipe, labels, seed, progress)?;
    progress(Progress::Metadata);
    if let Measurement::Cells(counts) = &parts.measurement {
        parts.terms = Terms::from_lines(labels.term_lines());
        let (novelty, terms) = (recipe.annotation.novelty, &parts.terms);
        (parts.baseline, parts.classifiers) =
            metadata::fit_cells(&cells, &parts.latent, counts, terms, novelty, seed)?;
    }
    Ok(parts)
}

/// As [`fit_cells`], without what is learned of metadata: all that cells are treated and drawn by,
/// in half the time.
///
/// # Errors
/// Those of [`fit_cells`].
pub fn fit_cell_responses(
    corpus: &CellCorpus,
    recipe: &Recipe,
    labels: &Labels,
    seed: u64,
    progress: &dyn Fn(Progress),
) -> Result<ModelParts> {
    let cells = corpus.cells()?;
    responses(
        &Backend::Cpu,
        corpus,
        &cells,
        recipe,
        labels,
        seed,
        progress,
    )
}

fn responses(
    backend: &Backend,
    corpus: &CellCorpus,
    cells: &Corpus,
    recipe: &Recipe,
    labels: &Labels,
    seed: u64,
    progress: &dyn Fn(Progress),
) -> Result<ModelParts> {
    let data = latent::Data::of(cells)?;
    let rounds = recipe.latent.rounds;
    let told = |round, residual| {
        progress(Progress::Latents {
            round,
            rounds,
            residual,
        })
    };
    let latent = latent::fit(&data, backend, recipe.latent.sizes, rounds, seed, &told)?;
    progress(Progress::Noise);
    let counts = dispersion::fit(corpus, cells, &latent)?;
    progress(Progress::Effects);
    let effects = bank::build(&corpus.pools()?, labels)?;
    Ok(ModelParts {
        baseline: None,
        classifiers: None,
        terms: Terms::default(),
        samples: None,
        axis: corpus.axis.clone(),
        settings: settings(recipe, data.fields)?,
        latent,
        measurement: Measurement::Cells(counts),
        effects,
    })
}

/// Fits what a mean estimate of a cell depends on to pools of cells; latents and counts are those of
/// `like`, a model of the same sets. Panels give effects only, so that with cells of theirs left out
/// these are the parts that [`fit_cells`] would fit.
///
/// # Errors
/// A treated pool without a curated condition.
pub fn fit_cell_effects(
    pools: &Corpus,
    recipe: &Recipe,
    labels: &Labels,
    like: &ModelParts,
) -> Result<ModelParts> {
    Ok(ModelParts {
        baseline: None,
        classifiers: None,
        terms: Terms::default(),
        samples: None,
        axis: pools.axis.clone(),
        settings: settings(recipe, like.settings.fields.clone())?,
        latent: like.latent.clone(),
        measurement: like.measurement.clone(),
        effects: bank::build(pools, labels)?,
    })
}

/// Fits what a mean estimate depends on: the mean profile and the effects. Latents and measurement
/// noise are left flat, so that a benchmark can train hundreds of times.
///
/// # Errors
/// A treated sample without a curated condition.
pub fn fit_effects(corpus: &Corpus, recipe: &Recipe, labels: &Labels) -> Result<ModelParts> {
    let effects = bank::build(corpus, labels)?;
    let studies = effects.studies().len();
    Ok(ModelParts {
        baseline: None,
        classifiers: None,
        terms: Terms::default(),
        samples: None,
        axis: corpus.axis.clone(),
        settings: settings(recipe, Vec::new())?,
        latent: latent::flat(corpus),
        measurement: Measurement::Bulk(noise::flat(corpus.axis.len(), studies)),
        effects,
    })
}

fn settings(recipe: &Recipe, fields: Vec<PriorField>) -> Result<ModelSettings> {
    Ok(ModelSettings {
        fields,
        relation: recipe.relation,
        level: recipe.level,
        knowledge: knowledge::read(&recipe.folder)?,
        calibration: recipe.calibration.clone(),
        example: recipe.example.clone(),
    })
}

/// Reads the corpus of a recipe, with the names of its cells.
///
/// # Errors
/// A study or table that is missing or does not fit its description.
pub fn read(recipe: &Recipe, corpus: &Path) -> Result<(Corpus, Labels)> {
    Ok((Corpus::read(recipe, corpus)?, Labels::read(corpus)?))
}
