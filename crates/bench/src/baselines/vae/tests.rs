//! The gradient is that of the loss, and training lowers it.

use refcast_core::random::{Random, RandomStream};

use super::basis::VaeBasis;
use super::matrix::VaeMatrix;
use super::network::{VaeBatch, VaeObjective, loss};
use super::parameters::{TENSORS, VaeParameters, VaeShape};
use super::samples::{VaeMetadata, VaeSamples, VaeTreatment, VaeVocabulary};
use super::train::{VaeSettings, train};

const DRAWS: RandomStream = RandomStream(1);

fn shape() -> VaeShape {
    VaeShape {
        inputs: 7,
        hidden: 6,
        latents: [2, 3, 4],
        embedding: 3,
        studies: 2,
        cells: 3,
        entities: 4,
        classes: 4,
    }
}

fn normal(rows: usize, columns: usize, key: u64) -> VaeMatrix {
    let mut matrix = VaeMatrix::zeros(rows, columns);
    for (at, value) in matrix.values.iter_mut().enumerate() {
        *value = Random::new(3).normal(DRAWS, key, at as u32) as f32;
    }
    matrix
}

/// Every kind of row: untreated, one entity, two, without a time, perturbation latents of the prior.
fn batch(shape: &VaeShape) -> VaeBatch {
    let given = |entities: &[usize], time| VaeTreatment {
        entities: entities.to_vec(),
        time,
    };
    VaeBatch {
        input: normal(5, shape.inputs, 1),
        target: normal(5, shape.inputs, 2),
        study: vec![0, 0, 1, 1, 0],
        cells: vec![0, 1, 2, 2, 1],
        class: vec![0, 1, 2, 3, 1],
        given: vec![
            given(&[], None),
            given(&[0], Some(1.5)),
            given(&[1, 3], Some(0.5)),
            given(&[2], None),
            given(&[0], Some(2.0)),
        ],
        from_prior: vec![false, false, true, false, true],
        noise: normal(5, shape.all_latents(), 3),
    }
}

#[test]
fn the_gradient_of_every_tensor_is_that_of_finite_differences() {
    let shape = shape();
    let batch = batch(&shape);
    let objective = VaeObjective {
        divergence: 0.7,
        heads: 0.9,
        noise: (0..shape.inputs).map(|at| 0.2 * at as f32 - 0.5).collect(),
    };
    let mut parameters = VaeParameters::start(&shape, 5);
    // Away from the start, where skips, biases and prior means are 0.
    for (at, value) in parameters.values.iter_mut().enumerate() {
        *value += 0.2 * Random::new(4).normal(DRAWS, 0, at as u32) as f32;
    }
    let mut gradient = VaeParameters::zeros(&shape);
    loss(&parameters, &batch, &objective, &mut gradient);
    let along = |direction: &[f32]| {
        const STEP: f32 = 4e-3;
        let at = |sign: f32| {
            let mut moved = parameters.clone();
            for (value, along) in moved.values.iter_mut().zip(direction) {
                *value += sign * STEP * along;
            }
            loss(
                &moved,
                &batch,
                &objective,
                &mut VaeParameters::zeros(&shape),
            )
        };
        (at(1.0) - at(-1.0)) / (2.0 * f64::from(STEP))
    };
    for (number, tensor) in TENSORS.into_iter().enumerate() {
        // Along the gradient itself, and along a random direction: every entry takes part in both.
        let own = gradient.of(tensor);
        let length = own.iter().map(|value| value * value).sum::<f32>().sqrt();
        assert!(length > 1e-3, "{tensor:?} has no gradient");
        let range = gradient.range(tensor);
        let mut direction = vec![0.0; gradient.values.len()];
        for (to, value) in direction[range.clone()].iter_mut().zip(own) {
            *to = value / length;
        }
        let found = along(&direction);
        let off = (found / f64::from(length) - 1.0).abs();
        assert!(off < 0.005, "{tensor:?}: {length} for {found}");
        let mut expected = 0.0;
        for (at, value) in direction[range].iter_mut().enumerate() {
            *value = Random::new(6).normal(DRAWS, number as u64, at as u32) as f32;
            expected += f64::from(*value) * f64::from(own[at]);
        }
        let off = (along(&direction) - expected).abs();
        assert!(
            off < 0.02 * f64::from(length),
            "{tensor:?}: {expected} is off by {off}"
        );
    }
}

#[test]
fn training_lowers_the_loss() {
    let settings = VaeSettings {
        hidden: 8,
        latents: [2, 3, 4],
        embedding: 3,
        batch: 8,
        steps: 300,
        ..VaeSettings::PLAIN
    };
    let samples = samples();
    let (_, losses) = train(&samples, &settings);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let (first, last) = (mean(&losses[..30]), mean(&losses[270..]));
    assert!(last < first - 3.0, "{first} to {last}");
    assert_eq!(train(&samples, &settings).1, losses);
}

/// Two studies, in each of which half of the samples are shifted by a treatment.
fn samples() -> VaeSamples {
    let (n, columns) = (24, 5);
    let mut coordinates = normal(n, columns, 7);
    let mut metadata = Vec::new();
    for at in 0..n {
        let (study, treated) = (at / 12, at % 2 == 1);
        for (place, value) in coordinates.row_mut(at).iter_mut().enumerate() {
            let shift = if treated {
                [2.0, -1.0, 0.0, 1.0, 0.0][place]
            } else {
                0.0
            };
            *value = 0.2 * *value + shift + study as f32;
        }
        metadata.push(VaeMetadata {
            study,
            cells: study,
            given: VaeTreatment {
                entities: if treated { vec![0] } else { Vec::new() },
                time: None,
            },
            class: usize::from(treated),
        });
    }
    let pairs = (0..n / 2).map(|at| (2 * at + 1, coordinates.row(2 * at).to_vec()));
    VaeSamples {
        pairs: pairs.collect(),
        coordinates,
        metadata,
        scale: vec![1.0; columns],
        basis: VaeBasis {
            mean: Vec::new(),
            axes: VaeMatrix::default(),
        },
        vocabulary: VaeVocabulary {
            studies: vec!["a".to_owned(), "b".to_owned()],
            cells: vec!["x".to_owned(), "y".to_owned()],
            entities: vec![("CHEMBL25".parse().unwrap(), super::Direction::Given)],
            classes: vec![Vec::new(), vec![0]],
        },
    }
}
