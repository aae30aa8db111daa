//! The network's parameters, in one row so that an optimiser sees them as one.

use std::ops::Range;

use refcast_core::random::{Random, RandomStream};

use super::matrix::{VaeMatrix, VaeMatrixView};

const START: RandomStream = RandomStream(172);

/// Sizes of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaeShape {
    /// Coordinates of a profile.
    pub inputs: usize,
    /// Units of each hidden layer.
    pub hidden: usize,
    /// Latents: technical, biological, perturbation.
    pub latents: [usize; 3],
    /// Length of an entity's embedding.
    pub embedding: usize,
    /// Studies.
    pub studies: usize,
    /// Cells.
    pub cells: usize,
    /// Entities.
    pub entities: usize,
    /// Sets of entities.
    pub classes: usize,
}

impl VaeShape {
    /// Latents of all groups.
    pub fn all_latents(&self) -> usize {
        self.latents.iter().sum()
    }

    /// What the perturbation's network reads: the embedding, whether treated, ln(1 + hours), whether
    /// that is known.
    pub fn given(&self) -> usize {
        self.embedding + 3
    }

    /// Rows and columns of a tensor.
    pub fn of(&self, tensor: VaeTensor) -> (usize, usize) {
        use VaeTensor as T;
        let [technical, biological, perturbation] = self.latents;
        let (hidden, latents) = (self.hidden, self.all_latents());
        match tensor {
            T::Encoder => (self.inputs, hidden),
            T::EncoderBias | T::GivenBias | T::DecoderBias => (1, hidden),
            T::Posterior => (hidden, 2 * latents),
            T::PosteriorBias => (1, 2 * latents),
            T::PosteriorSkip => (self.inputs, 2 * latents),
            T::OutputSkip => (latents, self.inputs),
            T::Study => (self.studies, technical),
            T::Cells => (self.cells, biological),
            T::PriorLogVariance => (1, latents),
            T::Embedding => (self.entities, self.embedding),
            T::Given => (self.given(), hidden),
            T::Prior => (hidden, perturbation),
            T::PriorBias => (1, perturbation),
            T::Decoder => (latents, hidden),
            T::Output => (hidden, self.inputs),
            T::OutputBias => (1, self.inputs),
            T::OutputLogVariance => (1, 1),
            T::StudyHead => (technical, self.studies),
            T::CellsHead => (biological, self.cells),
            T::ClassHead => (perturbation, self.classes),
        }
    }
}

/// The parameters by what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaeTensor {
    /// Profile to hidden.
    Encoder,
    /// Its bias.
    EncoderBias,
    /// Hidden to mean and log variance of the latents.
    Posterior,
    /// Its bias.
    PosteriorBias,
    /// Profile to mean and log variance of the latents, past the hidden layer.
    PosteriorSkip,
    /// Prior mean of the technical latents by study.
    Study,
    /// Prior mean of the biological latents by cells.
    Cells,
    /// Log variance of the prior of every latent.
    PriorLogVariance,
    /// Entities.
    Embedding,
    /// What was given to hidden.
    Given,
    /// Its bias.
    GivenBias,
    /// Hidden to the prior mean of the perturbation latents.
    Prior,
    /// Its bias.
    PriorBias,
    /// Latents to hidden.
    Decoder,
    /// Its bias.
    DecoderBias,
    /// Hidden to profile.
    Output,
    /// Its bias.
    OutputBias,
    /// Latents to profile, past the hidden layer.
    OutputSkip,
    /// Log variance of the noise, beside what is fixed by coordinate.
    OutputLogVariance,
    /// Technical latents to study.
    StudyHead,
    /// Biological latents to cells.
    CellsHead,
    /// Perturbation latents to the set of entities.
    ClassHead,
}

/// Every tensor, in the order of the row.
pub const TENSORS: [VaeTensor; 22] = [
    VaeTensor::Encoder,
    VaeTensor::EncoderBias,
    VaeTensor::Posterior,
    VaeTensor::PosteriorBias,
    VaeTensor::PosteriorSkip,
    VaeTensor::Study,
    VaeTensor::Cells,
    VaeTensor::PriorLogVariance,
    VaeTensor::Embedding,
    VaeTensor::Given,
    VaeTensor::GivenBias,
    VaeTensor::Prior,
    VaeTensor::PriorBias,
    VaeTensor::Decoder,
    VaeTensor::DecoderBias,
    VaeTensor::Output,
    VaeTensor::OutputBias,
    VaeTensor::OutputSkip,
    VaeTensor::OutputLogVariance,
    VaeTensor::StudyHead,
    VaeTensor::CellsHead,
    VaeTensor::ClassHead,
];

/// Values for every parameter: the parameters themselves, or a gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeParameters {
    /// Sizes.
    pub shape: VaeShape,
    /// All values.
    pub values: Vec<f32>,
}

impl VaeParameters {
    /// Zeros.
    pub fn zeros(shape: &VaeShape) -> Self {
        let sizes = TENSORS.map(|tensor| shape.of(tensor));
        let total = sizes.iter().map(|(rows, columns)| rows * columns).sum();
        Self {
            shape: shape.clone(),
            values: vec![0.0; total],
        }
    }

    /// A start: weights normal with variance 1 / rows (LeCun and others 1998), embeddings with
    /// deviation 1/√length, prior means and biases 0, latents narrow (log variance −2).
    pub fn start(shape: &VaeShape, seed: u64) -> Self {
        use VaeTensor as T;
        let mut start = Self::zeros(shape);
        let random = Random::new(seed);
        for (number, tensor) in TENSORS.into_iter().enumerate() {
            let (rows, columns) = shape.of(tensor);
            let deviation = match tensor {
                T::Encoder
                | T::Posterior
                | T::Given
                | T::Prior
                | T::Decoder
                | T::Output
                | T::StudyHead
                | T::CellsHead
                | T::ClassHead => 1.0 / (rows as f64).sqrt(),
                T::Embedding => 1.0 / (columns as f64).sqrt(),
                _ => continue,
            };
            for (at, value) in start.of_mut(tensor).iter_mut().enumerate() {
                let draw = random.normal(START, number as u64, at as u32);
                *value = (deviation * draw) as f32;
            }
        }
        let latents = shape.all_latents();
        start.of_mut(T::PosteriorBias)[latents..].fill(-2.0);
        start
    }

    /// Where a tensor lies.
    pub fn range(&self, tensor: VaeTensor) -> Range<usize> {
        let mut begin = 0;
        for own in TENSORS {
            let (rows, columns) = self.shape.of(own);
            if own == tensor {
                return begin..begin + rows * columns;
            }
            begin += rows * columns;
        }
        begin..begin
    }

    /// The values of a tensor.
    pub fn of(&self, tensor: VaeTensor) -> &[f32] {
        &self.values[self.range(tensor)]
    }

    /// The values of a tensor.
    pub fn of_mut(&mut self, tensor: VaeTensor) -> &mut [f32] {
        let range = self.range(tensor);
        &mut self.values[range]
    }

    /// A tensor as a factor.
    pub fn view(&self, tensor: VaeTensor) -> VaeMatrixView<'_> {
        let (rows, columns) = self.shape.of(tensor);
        VaeMatrixView::of(self.of(tensor), rows, columns)
    }

    /// `rows · weights + bias`.
    pub fn affine(&self, rows: &VaeMatrix, weights: VaeTensor, bias: VaeTensor) -> VaeMatrix {
        let mut result = rows.view().times(self.view(weights));
        result.add_to_rows(self.of(bias));
        result
    }
}
