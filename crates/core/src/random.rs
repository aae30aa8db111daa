//! Random numbers as a function of a key: no global generator, no order of calls.
//!
//! The key is (seed, stream, sample, gene). Whoever draws for gene 7 of sample 3 gets the same
//! bits on any thread, in any batch, on any machine: the generator is Philox in counter mode and
//! all transcendental functions come from a portable library.

mod distributions;
mod philox;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A seed that differs from call to call, for who gives none. Of 32 bits, so that it can be typed
/// again and passes through JSON readers that hold numbers as doubles.
pub fn draw_seed() -> u64 {
    RandomState::new().build_hasher().finish() >> 32
}

/// What a draw is for, so that two purposes never share numbers. Each user of the generator
/// defines its own constants; the numbers are part of what makes an answer reproducible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RandomStream(pub u8);

/// A source of draws for one seed. Copies are the same source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random {
    seed: u64,
}

impl Random {
    /// The source for `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The draws at one key: a pure function of the seed and the arguments.
    pub fn at(self, stream: RandomStream, sample: u64, gene: u32) -> Draws {
        Draws {
            key: low_high(self.seed),
            stream,
            sample,
            gene,
            block: 0,
        }
    }

    /// The first uniform draw at a key, in (0, 1).
    pub fn uniform(self, stream: RandomStream, sample: u64, gene: u32) -> f64 {
        self.at(stream, sample, gene).uniform()
    }

    /// The first draw at a key from the standard normal distribution.
    pub fn normal(self, stream: RandomStream, sample: u64, gene: u32) -> f64 {
        self.at(stream, sample, gene).normal()
    }
}

/// The successive draws at one key. Each call uses fresh numbers, so that a draw by rejection
/// needs no more than its own key.
#[derive(Debug, Clone)]
pub struct Draws {
    key: [u32; 2],
    stream: RandomStream,
    sample: u64,
    gene: u32,
    block: u32,
}

impl Draws {
    /// Two independent uniform draws in (0, 1), of 53 bits, never 0 or 1: one block of Philox.
    fn uniform_pair(&mut self) -> [f64; 2] {
        let [sample_low, sample_high] = low_high(self.sample);
        // 24 bits of blocks per key: the longest rejection needs a few.
        let last = u32::from(self.stream.0) << 24 | (self.block & 0x00ff_ffff);
        self.block = self.block.wrapping_add(1);
        let bits = philox::philox4x32([self.gene, sample_low, sample_high, last], self.key);
        [unit(bits[0], bits[1]), unit(bits[2], bits[3])]
    }
}

/// The middle of one of 2⁵³ equal parts of (0, 1).
fn unit(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 12;
    (bits as f64 + 0.5) / (1u64 << 52) as f64
}

fn low_high(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

#[cfg(test)]
mod tests;
