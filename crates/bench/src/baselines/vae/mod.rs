//! A variational autoencoder in three groups of latents, without a bank of effects: what a service
//! of this kind is said to use.
//!
//! A sample is the sum of what its laboratory, its cells and its treatment make of it, each a group
//! of latents with a prior from the metadata; a treated sample is predicted by encoding the controls
//! and decoding them with the perturbation latents of what is asked. Files: [`samples`] what is
//! learned from, [`basis`] the axes it is written in, [`parameters`] and [`network`] the network with
//! its loss and gradient, [`train`] the optimiser, [`matrix`] products.

mod basis;
mod matrix;
mod network;
mod parameters;
mod samples;
#[cfg(test)]
mod tests;
mod train;

use refcast_core::OntologyId;

use super::Baseline;
use super::training::{BaselineTraining, Direction, Question};
use basis::VaeBasis;
use matrix::VaeMatrix;
use parameters::VaeParameters;
use samples::{VaeSamples, VaeTreatment, VaeVocabulary};
use train::VaeSettings;

/// The network without a bank of effects.
pub struct PlainVae;

impl Baseline for PlainVae {
    fn name(&self) -> &'static str {
        "plain VAE"
    }

    fn definition(&self) -> &'static str {
        "A variational autoencoder without a bank of effects, trained on the training samples (at most 40 of each atlas study; no published contrasts). Profiles enter and leave as 128 fixed coordinates: 32 principal components of the training's ln(1 + CPM), then 96 of what they leave over of its Δ. Latents: 16 technical (prior from the study), 32 biological (prior from the cells), 64 perturbation (prior by a network from embeddings of the entities, each with its direction, and ln(1 + hours)); encoder, decoder and that network have one hidden layer of 128, the first two also a linear path past it. Loss: Gaussian likelihood, 0.1 · KL, and classification of the metadata from the latents of its group. Half of the samples are decoded with their own perturbation latents, half with the prior's; treated samples are also decoded from their controls' technical and biological latents, as they are asked for. Δ = decoded(technical and biological latents of the controls, perturbation latents of what is asked) − the same with those of no treatment. No change where an entity was not seen in training."
    }

    fn prepare(&self, training: &BaselineTraining<'_>) {
        trained(training);
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        trained(training)?.predict(training, question)
    }
}

/// The fold's network, trained when it is first asked for.
fn trained<'a>(training: &'a BaselineTraining<'_>) -> Option<&'a TrainedVae> {
    let new = || TrainedVae::of(training, &VaeSettings::PLAIN);
    training.vae.get_or_init(new).as_ref()
}

/// A trained network, with what a question is read by.
pub struct TrainedVae {
    parameters: VaeParameters,
    basis: VaeBasis,
    /// Deviation of each coordinate, `[components]`.
    scale: Vec<f32>,
    vocabulary: VaeVocabulary,
}

impl TrainedVae {
    /// Trains a network; `None` where training holds no treated sample with its controls. On one
    /// thread, so that others may wait for it.
    fn of(training: &BaselineTraining<'_>, settings: &VaeSettings) -> Option<Self> {
        let samples = VaeSamples::of(training, settings)?;
        let (parameters, _) = train::train(&samples, settings);
        Some(Self {
            parameters,
            basis: samples.basis,
            scale: samples.scale,
            vocabulary: samples.vocabulary,
        })
    }

    /// The change over the genes of a question.
    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let study = training
            .corpus
            .studies
            .iter()
            .find(|study| study.name == question.study)?;
        let Some(entities) = self.entities(question) else {
            return Some(vec![0.0; question.genes.len()]);
        };
        let asked = VaeTreatment {
            entities,
            time: samples::time(question.treatment.time),
        };
        let mut centred = VaeMatrix::zeros(1, self.basis.mean.len());
        let (mean, control) = (&self.basis.mean, question.control);
        samples::centre(control, mean, &study.measured, &mut centred.values);
        let mut control = self.basis.coordinates(&centred);
        samples::divide(&mut control, &self.scale);

        let latents = network::encode(&self.parameters, &control);
        let perturbations =
            network::perturbation(&self.parameters, &[asked, VaeTreatment::default()]);
        let kept = latents.columns - perturbations.columns;
        let mut swapped = VaeMatrix::zeros(2, latents.columns);
        for at in 0..2 {
            let (reference, perturbation) = swapped.row_mut(at).split_at_mut(kept);
            reference.copy_from_slice(&latents.row(0)[..kept]);
            perturbation.copy_from_slice(perturbations.row(at));
        }
        let decoded = network::decode(&self.parameters, &swapped);
        let pairs = decoded.row(0).iter().zip(decoded.row(1));
        let change: Vec<f32> = pairs
            .zip(&self.scale)
            .map(|((treated, untreated), scale)| scale * (treated - untreated))
            .collect();
        Some(self.basis.change(&change, question.genes))
    }

    /// The places of the entities that are asked for, each by itself or by what counts as the same;
    /// `None` if training has not seen one.
    fn entities(&self, question: &Question<'_>) -> Option<Vec<usize>> {
        let direction = Direction::of(question.treatment.kind);
        let known = |id: &OntologyId| {
            let mut entities = self.vocabulary.entities.iter();
            entities.position(|(own, way)| own == id && *way == direction)
        };
        let asked = question.treatment.entities.iter();
        let places: Vec<usize> = asked
            .map(|id| known(id).or_else(|| question.same.iter().find_map(known)))
            .collect::<Option<_>>()?;
        (!places.is_empty()).then_some(places)
    }
}
