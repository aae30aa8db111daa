//! Training: batches in an order that the seed gives, Adam, a rate that falls to nothing.

use refcast_core::random::{Random, RandomStream};

use super::matrix::VaeMatrix;
use super::network::{VaeBatch, VaeObjective, loss};
use super::parameters::{VaeParameters, VaeShape};
use super::samples::VaeSamples;

const ORDER: RandomStream = RandomStream(173);
const NOISE: RandomStream = RandomStream(174);
const SWAPS: RandomStream = RandomStream(175);
const SEED: u64 = 1;
/// Part of the steps over which the rate rises.
const RISE: f32 = 0.03;

/// What is chosen by hand; how, is in `docs/benchmarks/log.md`.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeSettings {
    /// Components of profiles.
    pub of_profiles: usize,
    /// Components of changes.
    pub of_changes: usize,
    /// Samples of each study of the atlas, evenly spaced.
    pub most_atlas_samples: usize,
    /// Units of each hidden layer.
    pub hidden: usize,
    /// Latents: technical, biological, perturbation.
    pub latents: [usize; 3],
    /// Length of an entity's embedding.
    pub embedding: usize,
    /// Weight β of the divergence.
    pub divergence: f32,
    /// Part of the steps over which that weight rises to β.
    pub warm: f32,
    /// Weight α of the classification.
    pub heads: f32,
    /// How the variance of the noise of a coordinate goes with the coordinate's own: 1 is in
    /// proportion, 0 the same for all.
    pub noise: f32,
    /// Part of the samples that are decoded with the perturbation latents of the prior.
    pub from_prior: f64,
    /// Samples a step.
    pub batch: usize,
    /// Steps.
    pub steps: usize,
    /// Highest rate of learning.
    pub rate: f32,
    /// Decay of the parameters.
    pub decay: f32,
}

impl VaeSettings {
    /// Those of the baseline.
    pub const PLAIN: Self = Self {
        of_profiles: 32,
        of_changes: 96,
        most_atlas_samples: 40,
        hidden: 128,
        latents: [16, 32, 64],
        embedding: 64,
        divergence: 0.1,
        warm: 0.3,
        heads: 1.0,
        noise: 0.5,
        from_prior: 0.5,
        batch: 64,
        steps: 2700,
        rate: 0.004,
        decay: 1e-4,
    };
}

/// Adam (Kingma and Ba 2015), with decay of the parameters apart from the gradient (Loshchilov and
/// Hutter 2019).
struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    step: i32,
}

impl Adam {
    fn new(parameters: usize) -> Self {
        Self {
            first: vec![0.0; parameters],
            second: vec![0.0; parameters],
            step: 0,
        }
    }

    fn step(&mut self, values: &mut [f32], gradient: &[f32], rate: f32, decay: f32) {
        const FIRST: f32 = 0.9;
        const SECOND: f32 = 0.999;
        self.step += 1;
        let first_scale = 1.0 / (1.0 - FIRST.powi(self.step));
        let second_scale = 1.0 / (1.0 - SECOND.powi(self.step));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, own), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
            *first = FIRST * *first + (1.0 - FIRST) * own;
            *second = SECOND * *second + (1.0 - SECOND) * own * own;
            let along = *first * first_scale / ((*second * second_scale).sqrt() + 1e-8);
            *value -= rate * (along + decay * *value);
        }
    }
}

/// What a row of a batch is made from.
#[derive(Debug, Clone, Copy)]
enum VaeBatchRow {
    /// A sample that is encoded and decoded.
    Sample(usize),
    /// A treated sample, decoded from its controls: their latents, but for the perturbation's.
    Pair(usize),
}

/// Trains a network; gives it with the loss of each step.
pub fn train(samples: &VaeSamples, settings: &VaeSettings) -> (VaeParameters, Vec<f64>) {
    let shape = shape(samples, settings);
    let mut objective = VaeObjective {
        divergence: 0.0,
        heads: settings.heads,
        noise: noise(&samples.scale, settings.noise),
    };
    let mut parameters = VaeParameters::start(&shape, SEED);
    let mut gradient = VaeParameters::zeros(&shape);
    let mut adam = Adam::new(parameters.values.len());
    let of_samples = (0..samples.metadata.len()).map(VaeBatchRow::Sample);
    let rows: Vec<VaeBatchRow> = of_samples
        .chain((0..samples.pairs.len()).map(VaeBatchRow::Pair))
        .collect();
    let random = Random::new(SEED);
    let mut losses = Vec::with_capacity(settings.steps);
    let mut left: Vec<usize> = Vec::new();
    let mut rounds = 0;
    for step in 0..settings.steps {
        if left.is_empty() {
            left = order(rows.len(), random, rounds);
            rounds += 1;
        }
        let rest = left.split_off(settings.batch.min(left.len()));
        let own: Vec<VaeBatchRow> = left.iter().map(|&at| rows[at]).collect();
        left = rest;
        let batch = batch(samples, settings, &shape, &own, random, step as u64);
        let done = step as f32 / settings.steps as f32;
        objective.divergence = settings.divergence * (done / settings.warm).min(1.0);
        gradient.values.fill(0.0);
        losses.push(loss(&parameters, &batch, &objective, &mut gradient));
        let falling = 0.5 * (1.0 + (std::f32::consts::PI * done).cos());
        let rate = settings.rate * falling * (done / RISE).min(1.0);
        let values = &mut parameters.values;
        adam.step(values, &gradient.values, rate, settings.decay);
    }
    (parameters, losses)
}

/// The network's sizes for some samples.
fn shape(samples: &VaeSamples, settings: &VaeSettings) -> VaeShape {
    VaeShape {
        inputs: samples.coordinates.columns,
        hidden: settings.hidden,
        latents: settings.latents,
        embedding: settings.embedding,
        studies: samples.vocabulary.studies.len(),
        cells: samples.vocabulary.cells.len(),
        entities: samples.vocabulary.entities.len(),
        classes: samples.vocabulary.classes.len(),
    }
}

/// Log variance of the noise in coordinates of variance 1, up to a constant that is learned: noise
/// that is the same in all coordinates is small where a coordinate varies much.
fn noise(scale: &[f32], with_variance: f32) -> Vec<f32> {
    let mean = scale.iter().map(|own| own * own).sum::<f32>() / scale.len() as f32;
    let relative = scale.iter().map(|own| (mean / (own * own)).ln());
    relative.map(|own| (1.0 - with_variance) * own).collect()
}

/// A random order of the rows.
fn order(rows: usize, random: Random, round: u64) -> Vec<usize> {
    let mut keyed: Vec<(f64, usize)> = (0..rows)
        .map(|at| (random.uniform(ORDER, round, at as u32), at))
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    keyed.into_iter().map(|(_, at)| at).collect()
}

fn batch(
    samples: &VaeSamples,
    settings: &VaeSettings,
    shape: &VaeShape,
    rows: &[VaeBatchRow],
    random: Random,
    step: u64,
) -> VaeBatch {
    let n = rows.len();
    let mut batch = VaeBatch {
        input: VaeMatrix::zeros(n, shape.inputs),
        target: VaeMatrix::zeros(n, shape.inputs),
        study: Vec::with_capacity(n),
        cells: Vec::with_capacity(n),
        class: Vec::with_capacity(n),
        given: Vec::with_capacity(n),
        from_prior: Vec::with_capacity(n),
        noise: VaeMatrix::zeros(n, shape.all_latents()),
    };
    for (at, row) in rows.iter().enumerate() {
        let (sample, input, from_prior) = match *row {
            VaeBatchRow::Sample(sample) => {
                let draw = random.uniform(SWAPS, step, at as u32);
                let input = samples.coordinates.row(sample);
                (sample, input, draw < settings.from_prior)
            }
            VaeBatchRow::Pair(pair) => {
                let (sample, controls) = &samples.pairs[pair];
                (*sample, controls.as_slice(), true)
            }
        };
        batch.input.row_mut(at).copy_from_slice(input);
        let target = samples.coordinates.row(sample);
        batch.target.row_mut(at).copy_from_slice(target);
        let metadata = &samples.metadata[sample];
        batch.study.push(metadata.study);
        batch.cells.push(metadata.cells);
        batch.class.push(metadata.class);
        batch.given.push(metadata.given.clone());
        batch.from_prior.push(from_prior);
        let mut draws = random.at(NOISE, step, at as u32);
        for value in batch.noise.row_mut(at) {
            *value = draws.normal() as f32;
        }
    }
    batch
}
