//! The mean effect of the other members of a class.

use refcast_train::bank::Contrast;

use super::{Baseline, BaselineTraining, Question};

/// The mean of the class.
pub struct ClassMean;

impl Baseline for ClassMean {
    fn name(&self) -> &'static str {
        "class mean"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ of the training samples of the other perturbations of the same class (as the benchmark's file lists it), each perturbation with one vote: of the same study, cells, background and time where there are any."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let of_class: Vec<&Contrast> = training
            .contrasts
            .iter()
            .filter(|contrast| {
                let entities = &contrast.treatment.entities;
                !entities.is_empty() && entities.iter().all(|id| question.class.contains(id))
            })
            .collect();
        let of_class = training.nearest(question, of_class);
        if of_class.is_empty() {
            return None;
        }
        let mut members: Vec<(&[refcast_core::OntologyId], Vec<&Contrast>)> = Vec::new();
        for contrast in of_class {
            let entities = contrast.treatment.entities.as_slice();
            match members.iter_mut().find(|(known, _)| *known == entities) {
                Some((_, own)) => own.push(contrast),
                None => members.push((entities, vec![contrast])),
            }
        }
        let n = members.len() as f64;
        let mut sum = vec![0.0; question.genes.len()];
        for (_, own) in &members {
            for (sum, change) in sum.iter_mut().zip(training.mean(own, question.genes)) {
                *sum += change / n;
            }
        }
        Some(sum)
    }
}
