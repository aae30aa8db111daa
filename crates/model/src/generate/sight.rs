//! What samples that measure the same genes share: how their latents are found, and how the groups
//! of training show through those genes.

use std::sync::{Arc, Mutex, PoisonError};

use refcast_core::Counts;

use crate::annotation::{LatentView, TrainingGroups};
use crate::latent::Encoder;
use crate::model::Model;
use crate::reading::Reading;

/// Through the genes of one mask.
#[derive(Debug)]
pub(crate) struct Sight {
    encoder: Encoder,
    /// Where the model knows any groups.
    pub(super) known: Option<TrainingGroups>,
}

impl Sight {
    fn new(model: &Model, observed: &Arc<[bool]>) -> Self {
        let encoder = Encoder::new(model.latent(), observed);
        let known = model
            .classifiers()
            .map(|own| TrainingGroups::new(own, &LatentView::new(model.latent(), &encoder)));
        Self { encoder, known }
    }

    /// A sample of those genes.
    pub(super) fn read(&self, model: &Model, counts: &Counts) -> Reading {
        let (latent, typical) = (model.latent(), model.typical_shares());
        model
            .measurement()
            .read(latent, typical, &self.encoder, counts)
    }
}

/// The sight that was used last; the samples of a file share theirs.
#[derive(Debug, Default)]
pub(crate) struct LastSight(Mutex<Option<Arc<Sight>>>);

impl LastSight {
    /// The sight for a set of measured genes.
    pub(crate) fn through(&self, model: &Model, observed: &Arc<[bool]>) -> Arc<Sight> {
        // A panic elsewhere cannot leave the cell half-written: it is replaced whole.
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sight) = kept().as_ref().filter(|sight| sight.encoder.fits(observed)) {
            return sight.clone();
        }
        // Not under the lock: it is made in parallel, and a thread that waits for its parts may
        // take up another reference meanwhile, which would wait for the lock that it holds itself.
        let sight = Arc::new(Sight::new(model, observed));
        *kept() = Some(sight.clone());
        sight
    }
}
