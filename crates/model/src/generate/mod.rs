//! From a reference and a query to generated samples.

mod annotate;
mod baseline;
mod bulk;
mod calibration;
mod cell;
mod effect;
mod expected;
mod familiarity;
mod from_metadata;
mod integers;
mod measurement;
mod perturbed_reference;
mod plan;
mod predict;
mod profile;
mod response;
mod sight;
mod sightings;
mod support;

pub use annotate::Annotator;
pub(crate) use baseline::sample as baseline_sample;
pub use calibration::{Calibration, Factors};
pub use effect::PredictedEffect;
pub(crate) use expected::expected_counts;
pub use from_metadata::BaselineSamples;
pub use perturbed_reference::PerturbedReference;
pub(crate) use perturbed_reference::effect;
pub use plan::Plan;
pub use predict::{PredictedSamples, Reference};
pub(crate) use response::ResponseSpace;

use refcast_core::random::RandomStream;

/// What each kind of draw is for; the numbers are part of what makes an answer repeatable.
pub(crate) mod streams {
    use super::RandomStream;

    /// The latents of a group that is not taken from the reference.
    pub const LATENTS: RandomStream = RandomStream(1);
    /// The response, within what the evidence leaves open.
    pub const RESPONSE: RandomStream = RandomStream(2);
    /// A gene's level in a second sample of the source.
    pub const LEVEL: RandomStream = RandomStream(3);
    /// Reads of a gene.
    pub const READS: RandomStream = RandomStream(4);
    /// Reads added or taken to meet the library size.
    pub const BALANCE: RandomStream = RandomStream(5);
    /// The reference of the example.
    pub const EXAMPLE: RandomStream = RandomStream(6);
    /// The sex of a sample whose metadata leave it open.
    pub const SEX: RandomStream = RandomStream(7);
    /// A gene's own deviation from the mean of its description.
    pub const SCATTER: RandomStream = RandomStream(8);
}
