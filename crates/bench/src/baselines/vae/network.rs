//! The network and its loss: encoder, priors, decoder and heads, forwards and backwards.
//!
//! Kingma and Welling (2014), with a prior that depends on metadata (Sohn, Lee and Yan 2015) and the
//! latents in three groups. One hidden layer each, SiLU (Elfwing and others 2018), and in
//! encoder and decoder a linear path past it. A batch is
//! `[samples × …]`; the loss is the mean over its samples of
//!
//! ½ Σ ((x − x̂)² / σ² + ln σ²) + β KL(q(z | x) ‖ p(z | metadata)) − α Σ ln p(metadata | z)

use super::matrix::VaeMatrix;
use super::parameters::{VaeParameters, VaeTensor as T};
use super::samples::VaeTreatment;

/// Log variances of the posterior are kept within this of 0.
const WIDEST: f32 = 8.0;

/// What the loss weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeObjective {
    /// β, weight of the divergence of posterior and prior.
    pub divergence: f32,
    /// α, weight of the classification of the metadata.
    pub heads: f32,
    /// Log variance of the noise of each coordinate beside the one that is learned, `[inputs]`.
    pub noise: Vec<f32>,
}

/// Samples to learn from at once.
#[derive(Debug, Clone)]
pub struct VaeBatch {
    /// What is encoded, `[samples × inputs]`.
    pub input: VaeMatrix,
    /// What is to be decoded, `[samples × inputs]`.
    pub target: VaeMatrix,
    /// Study, `[samples]`.
    pub study: Vec<usize>,
    /// Cells, `[samples]`.
    pub cells: Vec<usize>,
    /// Set of entities, `[samples]`.
    pub class: Vec<usize>,
    /// What was done, `[samples]`.
    pub given: Vec<VaeTreatment>,
    /// The perturbation latents are drawn from the prior, not from what is encoded, `[samples]`.
    pub from_prior: Vec<bool>,
    /// Standard normal draws, `[samples × latents]`.
    pub noise: VaeMatrix,
}

/// x · sigmoid(x).
fn silu(of: &VaeMatrix) -> VaeMatrix {
    let mut result = of.clone();
    for value in &mut result.values {
        *value /= 1.0 + (-*value).exp();
    }
    result
}

/// Multiplies a gradient by the derivative of [`silu`] at `of`.
fn back_through_silu(gradient: &mut VaeMatrix, of: &VaeMatrix) {
    for (gradient, x) in gradient.values.iter_mut().zip(&of.values) {
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        *gradient *= sigmoid * (1.0 + x * (1.0 - sigmoid));
    }
}

/// Gradients of `rows · weights + bias`: onto weights and bias; gives that of the rows.
fn back_affine(
    parameters: &VaeParameters,
    gradient: &mut VaeParameters,
    (weights, bias): (T, T),
    rows: &VaeMatrix,
    of_result: &VaeMatrix,
) -> VaeMatrix {
    let onto = gradient.of_mut(weights);
    rows.view().transposed().times_onto(of_result.view(), onto);
    of_result.add_rows_to(gradient.of_mut(bias));
    of_result
        .view()
        .times(parameters.view(weights).transposed())
}

/// Mean and log variance of the latents of profiles, `[samples × 2 latents]`, with the hidden layer
/// before and after its nonlinearity.
fn encode_with(parameters: &VaeParameters, input: &VaeMatrix) -> (VaeMatrix, VaeMatrix, VaeMatrix) {
    let before = parameters.affine(input, T::Encoder, T::EncoderBias);
    let after = silu(&before);
    let mut posterior = parameters.affine(&after, T::Posterior, T::PosteriorBias);
    let past = input.view();
    past.times_onto(parameters.view(T::PosteriorSkip), &mut posterior.values);
    (before, after, posterior)
}

/// Means of the latents of profiles, `[samples × latents]`.
pub fn encode(parameters: &VaeParameters, input: &VaeMatrix) -> VaeMatrix {
    let (_, _, posterior) = encode_with(parameters, input);
    let latents = parameters.shape.all_latents();
    let mut means = VaeMatrix::zeros(input.rows, latents);
    for row in 0..input.rows {
        let own = &posterior.row(row)[..latents];
        means.row_mut(row).copy_from_slice(own);
    }
    means
}

/// What the perturbation's network reads, `[samples × given]`.
fn read(parameters: &VaeParameters, given: &[VaeTreatment]) -> VaeMatrix {
    let size = parameters.shape.embedding;
    let embedding = parameters.of(T::Embedding);
    let mut rows = VaeMatrix::zeros(given.len(), parameters.shape.given());
    for (at, given) in given.iter().enumerate() {
        let row = rows.row_mut(at);
        for &entity in &given.entities {
            let own = &embedding[entity * size..(entity + 1) * size];
            for (sum, value) in row.iter_mut().zip(own) {
                *sum += value;
            }
        }
        if !given.entities.is_empty() {
            row[size] = 1.0;
            row[size + 1] = given.time.unwrap_or(0.0);
            row[size + 2] = f32::from(u8::from(given.time.is_some()));
        }
    }
    rows
}

/// Prior means of the perturbation latents, `[samples × perturbation latents]`.
pub fn perturbation(parameters: &VaeParameters, given: &[VaeTreatment]) -> VaeMatrix {
    let hidden = silu(&parameters.affine(&read(parameters, given), T::Given, T::GivenBias));
    parameters.affine(&hidden, T::Prior, T::PriorBias)
}

/// The profiles of latents, `[samples × inputs]`.
pub fn decode(parameters: &VaeParameters, latents: &VaeMatrix) -> VaeMatrix {
    let hidden = silu(&parameters.affine(latents, T::Decoder, T::DecoderBias));
    output(parameters, latents, &hidden)
}

/// The profiles of latents and their hidden layer.
fn output(parameters: &VaeParameters, latents: &VaeMatrix, hidden: &VaeMatrix) -> VaeMatrix {
    let mut profiles = parameters.affine(hidden, T::Output, T::OutputBias);
    let past = latents.view();
    past.times_onto(parameters.view(T::OutputSkip), &mut profiles.values);
    profiles
}

/// The loss of a batch; adds its gradient to `gradient`.
pub fn loss(
    parameters: &VaeParameters,
    batch: &VaeBatch,
    objective: &VaeObjective,
    gradient: &mut VaeParameters,
) -> f64 {
    let shape = &parameters.shape;
    let (samples, latents) = (batch.input.rows, shape.all_latents());
    let before = latents - shape.latents[2];
    let each = 1.0 / samples as f32;

    // Forwards.
    let (encoder_before, encoder_after, posterior) = encode_with(parameters, &batch.input);
    let read = read(parameters, &batch.given);
    let given_before = parameters.affine(&read, T::Given, T::GivenBias);
    let given_after = silu(&given_before);
    let of_given = parameters.affine(&given_after, T::Prior, T::PriorBias);
    let prior = prior_means(parameters, batch, &of_given);
    let prior_log_variance = parameters.of(T::PriorLogVariance);
    let mut drawn = VaeMatrix::zeros(samples, latents);
    for row in 0..samples {
        let (mean, log_variance) = posterior.row(row).split_at(latents);
        for (at, value) in drawn.row_mut(row).iter_mut().enumerate() {
            let noise = batch.noise.row(row)[at];
            *value = if batch.from_prior[row] && at >= before {
                prior.row(row)[at] + (0.5 * prior_log_variance[at]).exp() * noise
            } else {
                mean[at] + (0.5 * log_variance[at].clamp(-WIDEST, WIDEST)).exp() * noise
            };
        }
    }
    let decoder_before = parameters.affine(&drawn, T::Decoder, T::DecoderBias);
    let decoder_after = silu(&decoder_before);
    let decoded = output(parameters, &drawn, &decoder_after);

    // The likelihood, and its gradient back to the latents.
    let mut total = 0.0f64;
    let mut of_decoded = VaeMatrix::zeros(samples, shape.inputs);
    let learned = parameters.of(T::OutputLogVariance)[0];
    let log_variance: Vec<f32> = objective.noise.iter().map(|own| own + learned).collect();
    let precision: Vec<f32> = log_variance.iter().map(|value| (-value).exp()).collect();
    let mut of_variance = 0.0f64;
    for row in 0..samples {
        let pairs = batch.target.row(row).iter().zip(decoded.row(row));
        for (at, (target, decoded)) in pairs.enumerate() {
            let error = decoded - target;
            let scaled = error * precision[at];
            total += f64::from(0.5 * (error * scaled + log_variance[at]) * each);
            of_decoded.row_mut(row)[at] = scaled * each;
            of_variance += f64::from(0.5 * (1.0 - error * scaled) * each);
        }
    }
    gradient.of_mut(T::OutputLogVariance)[0] += of_variance as f32;
    let output = (T::Output, T::OutputBias);
    let mut of_decoder = back_affine(parameters, gradient, output, &decoder_after, &of_decoded);
    back_through_silu(&mut of_decoder, &decoder_before);
    let decoder = (T::Decoder, T::DecoderBias);
    let mut of_drawn = back_affine(parameters, gradient, decoder, &drawn, &of_decoder);
    let onto = gradient.of_mut(T::OutputSkip);
    drawn
        .view()
        .transposed()
        .times_onto(of_decoded.view(), onto);
    let skip = parameters.view(T::OutputSkip).transposed();
    of_decoded.view().times_onto(skip, &mut of_drawn.values);

    let [technical, biological, _] = shape.latents;
    let heads = [
        (T::StudyHead, 0, &batch.study),
        (T::CellsHead, technical, &batch.cells),
        (T::ClassHead, technical + biological, &batch.class),
    ];
    if objective.heads > 0.0 {
        for (head, first, truth) in heads {
            let weight = objective.heads * each;
            total += classify(
                parameters,
                gradient,
                (head, first),
                (&drawn, &mut of_drawn),
                truth,
                weight,
            );
        }
    }

    // The divergence, and what the draws hand back to posterior and prior.
    let mut of_posterior = VaeMatrix::zeros(samples, 2 * latents);
    let mut of_prior = VaeMatrix::zeros(samples, latents);
    let mut of_prior_variance = vec![0.0f32; latents];
    let beta = objective.divergence * each;
    for row in 0..samples {
        for at in 0..latents {
            let (mean, raw) = (posterior.row(row)[at], posterior.row(row)[latents + at]);
            let log = raw.clamp(-WIDEST, WIDEST);
            let free = f32::from(u8::from(log == raw));
            let wide = prior_log_variance[at];
            let noise = batch.noise.row(row)[at];
            let of_draw = of_drawn.row(row)[at];
            if batch.from_prior[row] && at >= before {
                of_prior.row_mut(row)[at] += of_draw;
                of_prior_variance[at] += of_draw * 0.5 * (0.5 * wide).exp() * noise;
                continue;
            }
            let off = mean - prior.row(row)[at];
            let (ratio, precision) = ((log - wide).exp(), (-wide).exp());
            total += f64::from(0.5 * beta * (wide - log + ratio + off * off * precision - 1.0));
            let pull = beta * off * precision;
            of_posterior.row_mut(row)[at] = of_draw + pull;
            of_posterior.row_mut(row)[latents + at] =
                free * (of_draw * 0.5 * (0.5 * log).exp() * noise + 0.5 * beta * (ratio - 1.0));
            of_prior.row_mut(row)[at] -= pull;
            of_prior_variance[at] += 0.5 * beta * (1.0 - ratio - off * off * precision);
        }
    }
    add(gradient.of_mut(T::PriorLogVariance), &of_prior_variance);

    let layer = (T::Posterior, T::PosteriorBias);
    let mut of_encoder = back_affine(parameters, gradient, layer, &encoder_after, &of_posterior);
    back_through_silu(&mut of_encoder, &encoder_before);
    let onto = gradient.of_mut(T::PosteriorSkip);
    batch
        .input
        .view()
        .transposed()
        .times_onto(of_posterior.view(), onto);
    let onto = gradient.of_mut(T::Encoder);
    batch
        .input
        .view()
        .transposed()
        .times_onto(of_encoder.view(), onto);
    of_encoder.add_rows_to(gradient.of_mut(T::EncoderBias));
    back_prior(
        parameters,
        gradient,
        batch,
        (&read, &given_before, &given_after),
        &of_prior,
    );
    total
}

/// Prior means of all latents, `[samples × latents]`.
fn prior_means(parameters: &VaeParameters, batch: &VaeBatch, of_given: &VaeMatrix) -> VaeMatrix {
    let [technical, biological, _] = parameters.shape.latents;
    let study = parameters.of(T::Study);
    let cells = parameters.of(T::Cells);
    let mut means = VaeMatrix::zeros(of_given.rows, parameters.shape.all_latents());
    for row in 0..of_given.rows {
        let (a, b) = (batch.study[row], batch.cells[row]);
        let (first, rest) = means.row_mut(row).split_at_mut(technical);
        let (second, third) = rest.split_at_mut(biological);
        first.copy_from_slice(&study[a * technical..(a + 1) * technical]);
        second.copy_from_slice(&cells[b * biological..(b + 1) * biological]);
        third.copy_from_slice(of_given.row(row));
    }
    means
}

/// Hands the gradient of the prior means on to tables, embeddings and the network between.
fn back_prior(
    parameters: &VaeParameters,
    gradient: &mut VaeParameters,
    batch: &VaeBatch,
    (read, given_before, given_after): (&VaeMatrix, &VaeMatrix, &VaeMatrix),
    of_prior: &VaeMatrix,
) {
    let shape = parameters.shape.clone();
    let [technical, biological, perturbation] = shape.latents;
    let mut of_given = VaeMatrix::zeros(of_prior.rows, perturbation);
    for row in 0..of_prior.rows {
        let (first, rest) = of_prior.row(row).split_at(technical);
        let (second, third) = rest.split_at(biological);
        add(
            &mut gradient.of_mut(T::Study)[batch.study[row] * technical..],
            first,
        );
        add(
            &mut gradient.of_mut(T::Cells)[batch.cells[row] * biological..],
            second,
        );
        of_given.row_mut(row).copy_from_slice(third);
    }
    let layer = (T::Prior, T::PriorBias);
    let mut of_hidden = back_affine(parameters, gradient, layer, given_after, &of_given);
    back_through_silu(&mut of_hidden, given_before);
    let of_read = back_affine(
        parameters,
        gradient,
        (T::Given, T::GivenBias),
        read,
        &of_hidden,
    );
    let size = shape.embedding;
    let embedding = gradient.of_mut(T::Embedding);
    for (row, given) in batch.given.iter().enumerate() {
        for &entity in &given.entities {
            let own = &mut embedding[entity * size..(entity + 1) * size];
            add(own, &of_read.row(row)[..size]);
        }
    }
}

/// Cross-entropy of a linear classifier on one group of latents, by `weight`.
fn classify(
    parameters: &VaeParameters,
    gradient: &mut VaeParameters,
    (head, first): (T, usize),
    (drawn, of_drawn): (&VaeMatrix, &mut VaeMatrix),
    truth: &[usize],
    weight: f32,
) -> f64 {
    let (latents, classes) = parameters.shape.of(head);
    let mut group = VaeMatrix::zeros(drawn.rows, latents);
    for row in 0..drawn.rows {
        let own = &drawn.row(row)[first..first + latents];
        group.row_mut(row).copy_from_slice(own);
    }
    let mut scores = group.view().times(parameters.view(head));
    let mut total = 0.0;
    for (row, &truth) in truth.iter().enumerate() {
        let own = scores.row_mut(row);
        let most = own.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = own.iter().map(|score| (score - most).exp()).sum();
        total += f64::from(weight * (sum.ln() + most - own[truth]));
        for score in own.iter_mut() {
            *score = weight * (*score - most).exp() / sum;
        }
        own[truth] -= weight;
    }
    debug_assert_eq!(scores.columns, classes);
    let onto = gradient.of_mut(head);
    group.view().transposed().times_onto(scores.view(), onto);
    let of_group = scores.view().times(parameters.view(head).transposed());
    for row in 0..drawn.rows {
        add(&mut of_drawn.row_mut(row)[first..], of_group.row(row));
    }
    total
}

/// Adds the entries of a row to those at the start of another.
fn add(sum: &mut [f32], values: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}
