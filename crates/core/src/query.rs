//! A checked query for reference conditioning.

use serde::Serialize;

use crate::perturbation::Perturbation;
use crate::sampling::{Conditioning, SamplingStrategy};

/// The most samples that one query may ask for per reference.
pub const MOST_SAMPLES: u32 = 10_000;

/// The largest library size that a query may ask for, in counts. Beyond any sequencing run.
pub const LARGEST_TOTAL_COUNT: u64 = 10_000_000_000;

/// The longest text that a field may have, in characters; the longest name of the vocabulary has 244.
pub const LONGEST_TEXT: usize = 512;

/// The most entities that one perturbation may be of.
pub const MOST_ENTITIES: usize = 16;

/// What to generate from a reference. Made from text by [`RawQuery`](crate::RawQuery), which
/// checks it; the field names are those of the wire protocol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Query {
    /// What is done to the reference.
    pub perturbation: Perturbation,
    /// How many samples per reference, 1 to [`MOST_SAMPLES`].
    pub num_samples: u32,
    /// Draws or expectations.
    pub sampling_strategy: SamplingStrategy,
    /// What is kept of the reference.
    pub conditioning: Conditioning,
    /// Use the means of the latent distributions instead of drawing from them.
    pub deterministic_latents: bool,
    /// The seed of every draw; the same seed gives the same bytes.
    pub seed: u64,
    /// The library size of the output, 1 to [`LARGEST_TOTAL_COUNT`]. Only with
    /// `fixed_total_count`; when that is set and this is not, the default of the model's modality.
    pub total_count: Option<u64>,
    /// Give the output `total_count` instead of the reference's own library size.
    pub fixed_total_count: bool,
}
