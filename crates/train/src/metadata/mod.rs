//! What is learned of metadata: profiles of described samples, and classifiers of their fields.

mod choice;
mod classifiers;
mod described;
mod folds;
mod groups;
mod markers;
mod residuals;
mod shifts;
mod spread;

#[cfg(test)]
mod tests;

pub use described::{Described, describe, describe_blindly, donor};
pub use groups::grouped;

use refcast_model::annotation::{Classifiers, Novelty};
use refcast_model::baseline::BaselineModel;
use refcast_model::latent::LatentModel;
use refcast_model::terms::Terms;

use crate::corpus::Corpus;

/// Fits both to a corpus whose latents are known. `None` where it describes too few samples.
pub fn fit(
    corpus: &Corpus,
    latent: &LatentModel,
    terms: &Terms,
    novelty: Novelty,
    seed: u64,
) -> (Option<BaselineModel>, Option<Classifiers>) {
    let samples = describe(corpus, latent);
    let baseline = groups::fit(corpus, latent, terms, &samples, seed);
    let classifiers = classifiers::fit(corpus, latent, &samples, novelty);
    (baseline, classifiers)
}
