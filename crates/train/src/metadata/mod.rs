//! What is learned of metadata: profiles of described samples, and classifiers of their fields.

mod annotated_samples;
mod choice;
mod classifiers;
mod folds;
mod groups;
mod markers;
mod residuals;
mod shifts;
mod spread;

#[cfg(test)]
mod tests;

pub use annotated_samples::{
    AnnotatedCorpusSample, annotated_samples, annotated_samples_with_latents, donor,
};
pub use groups::grouped;

use refcast_model::CellModel;
use refcast_model::annotation::{Classifiers, Novelty};
use refcast_model::baseline::BaselineModel;
use refcast_model::latent::LatentModel;
use refcast_model::terms::Terms;

use crate::corpus::Corpus;
use crate::dispersion;
use crate::error::Result;

/// Fits both to a corpus whose latents are known. `None` where it describes too few samples.
pub fn fit(
    corpus: &Corpus,
    latent: &LatentModel,
    terms: &Terms,
    novelty: Novelty,
    seed: u64,
) -> (Option<BaselineModel>, Option<Classifiers>) {
    let samples = annotated_samples_with_latents(corpus, latent);
    let baseline = groups::fit(corpus, latent, terms, &samples, seed);
    let classifiers = classifiers::fit(corpus, latent, &samples, novelty);
    (baseline, classifiers)
}

/// The same to a corpus of cells. Classifiers see the levels of a cell as they are measured, at its
/// depth; what is made from metadata is made of rates, which have none.
///
/// # Errors
/// Those of the products.
pub fn fit_cells(
    corpus: &Corpus,
    latent: &LatentModel,
    counts: &CellModel,
    terms: &Terms,
    novelty: Novelty,
    seed: u64,
) -> Result<(Option<BaselineModel>, Option<Classifiers>)> {
    let samples = annotated_samples_with_latents(corpus, latent);
    let classifiers = classifiers::fit(corpus, latent, &samples, novelty);
    let rates = dispersion::with_rates(corpus, latent, counts)?;
    let mut of_rates = annotated_samples(&rates);
    for (own, measured) in of_rates.iter_mut().zip(&samples) {
        own.latents.clone_from(&measured.latents);
    }
    let baseline = groups::fit(&rates, latent, terms, &of_rates, seed);
    Ok((baseline, classifiers))
}
