//! Baselines: simple rules on the effects of training, what anyone would predict without a model; and
//! the network that such a model is elsewhere. Each sees of a held-out sample only its controls and
//! what was done to it.

mod additive;
mod ceiling;
mod class;
mod context;
mod features;
mod global;
mod learned;
mod loss;
mod mean;
mod no_change;
mod shrunk;
mod target;
mod time;
mod training;
mod vae;

pub use ceiling::Ceiling;
pub use features::GeneSetFeatures;
pub use training::{BaselineTraining, Direction, Question};

use crate::outcome::Definition;

/// A rule that predicts a change from the training's effects.
pub trait Baseline: Sync {
    /// A short, fixed name.
    fn name(&self) -> &'static str;

    /// What it is, with its formula.
    fn definition(&self) -> &'static str;

    /// Learns from a training what its predictions share, if that has not been done. Called before
    /// predictions are asked for on several threads, which must not wait for each other's learning.
    fn prepare(&self, _training: &BaselineTraining<'_>) {}

    /// The change of ln(1 + CPM) over the genes of the question; `None` where the rule does not
    /// apply.
    fn predict(&self, training: &BaselineTraining<'_>, question: &Question<'_>)
    -> Option<Vec<f64>>;

    /// Name and definition.
    fn defined(&self) -> Definition {
        Definition {
            name: self.name().to_owned(),
            definition: self.definition().to_owned(),
        }
    }
}

/// Every baseline.
pub static ALL: &[&dyn Baseline] = &[
    &no_change::NoChange,
    &mean::PerturbationMean,
    &mean::HalfMean,
    &shrunk::ShrunkMean,
    &global::GlobalMean,
    &context::NearestContext,
    &context::ContextWeighted,
    &additive::Additive,
    &class::ClassMean,
    &target::TargetOnly,
    &loss::SystemMean,
    &loss::SystemsByLikeness,
    &loss::GlobalMeanAndTarget,
    &learned::NearestPerturbations,
    &learned::Ridge,
    &time::NearestTime,
    &time::LinearTime,
    &time::LogTime,
    &time::ExtrapolatedTime,
    &vae::PlainVae,
];

/// A baseline by name.
pub fn named(name: &str) -> Option<&'static dyn Baseline> {
    ALL.iter().copied().find(|baseline| baseline.name() == name)
}
