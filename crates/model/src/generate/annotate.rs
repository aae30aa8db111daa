//! A sample's metadata, with a sample generated from its latents.

use std::sync::{Arc, Mutex, PoisonError};

use refcast_core::random::Random;
use refcast_core::{
    AnnotatedSample, Annotation, AnnotationQuery, Counts, FieldPrediction, Latents, MetadataField,
    UNKNOWN, ValueProbability,
};

use super::cell::{draw_cell, only_measured};
use super::familiarity::Familiarity;
use super::measurement::measure;
use super::predict::{Reference, sample_key};
use super::streams;
use crate::annotation::{Broader, Classifiers, PreparedClassifiers};
use crate::error::Result;
use crate::latent::{LatentGroup, LatentModel};
use crate::measurement::Measurement;
use crate::model::Model;
use crate::reading::Reading;

/// The genes that a sample measures, and what samples of those genes share.
type PreparedFor = (Arc<[bool]>, Arc<PreparedClassifiers>);

/// Annotates samples one by one; those that measure the same genes share what that takes.
pub struct Annotator<'a> {
    model: &'a Model,
    classifiers: &'a Classifiers,
    query: AnnotationQuery,
    /// The terms above the values of each field.
    broader: Vec<(MetadataField, Broader)>,
    prepared: Mutex<Option<PreparedFor>>,
}

impl<'a> Annotator<'a> {
    /// For a query.
    ///
    /// # Errors
    /// A model without classifiers, or a field that it does not predict.
    pub(crate) fn new(model: &'a Model, query: &AnnotationQuery) -> Result<Self> {
        let Some(classifiers) = model.classifiers() else {
            let message = format!(
                "{} does not predict metadata: use a model that does, or train one",
                model.manifest().id
            );
            return Err(refcast_core::Error::one("model", "not_capable", message).into());
        };
        let mut faults = refcast_core::Faults::new();
        for field in query.fields.iter().flatten() {
            if classifiers.values(*field).is_empty() {
                let known: Vec<&str> = MetadataField::ALL
                    .into_iter()
                    .filter(|field| !classifiers.values(*field).is_empty())
                    .map(MetadataField::name)
                    .collect();
                let message = format!(
                    "{} does not predict {field}: choose among {}",
                    model.manifest().id,
                    known.join(", ")
                );
                faults.add("fields", "not_predicted", message);
            }
        }
        faults.into_result()?;
        let told = MetadataField::ALL.into_iter();
        let told = told.filter(|field| {
            let asked = query.fields.as_ref();
            asked.is_none_or(|asked| asked.contains(field))
        });
        Ok(Self {
            model,
            classifiers,
            query: query.clone(),
            broader: told
                .map(|field| {
                    (
                        field,
                        Broader::new(model.terms(), classifiers.values(field)),
                    )
                })
                .collect(),
            prepared: Mutex::new(None),
        })
    }

    fn prepared(&self, observed: &Arc<[bool]>) -> Arc<PreparedClassifiers> {
        // A panic elsewhere cannot leave the cell half-written: it is replaced whole.
        let kept = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((mask, prepared)) = kept().as_ref()
            && (Arc::ptr_eq(mask, observed) || mask == observed)
        {
            return prepared.clone();
        }
        // Not under the lock: it is made in parallel.
        let prepared = Arc::new(self.classifiers.prepare(self.model.latent(), observed));
        *kept() = Some((observed.clone(), prepared.clone()));
        prepared
    }

    /// What the model says of a sample.
    ///
    /// # Errors
    /// A sample that is not on the model's axis, or has no counts.
    pub fn annotate(&self, reference: &Reference) -> Result<AnnotatedSample> {
        super::perturbed_reference::check(self.model, reference)?;
        let counts = &reference.counts;
        let prepared = self.prepared(counts.observed());
        let model = self.model.latent();
        let typical = self.model.typical_shares();
        let measurement = self.model.measurement();
        let reading = measurement.read(model, typical, &prepared.encoder, counts);
        let (levels, latents) = (&reading.levels, &reading.posterior.mean);
        let told = self
            .classifiers
            .fields_of(&prepared, levels, counts.observed(), latents);
        let scores = reading.scores(self.model, &prepared.known, counts.observed());
        let novelty = self.classifiers.novelty.of(scores);
        let familiarity = Familiarity::of(self.model, counts, Some(scores));
        let is_familiar = novelty <= 1.0;
        let wanted = |field: &MetadataField| {
            let asked = self.query.fields.as_ref();
            asked.is_none_or(|asked| asked.contains(field))
        };
        let fields = told
            .iter()
            .filter(|(field, _)| wanted(field))
            .map(|(field, probabilities)| self.field(*field, probabilities, is_familiar))
            .collect();
        Ok(AnnotatedSample {
            annotation: Annotation {
                reference: reference.name.clone(),
                fields,
                novelty: novelty as f32,
                is_familiar,
                measured_genes: reference.counts.n_observed() as u32,
                notes: familiarity.reasons,
            },
            decoder_sample: self.decoder_sample(reference, &reading)?,
            latents: grouped(model, latents),
        })
    }

    fn field(&self, field: MetadataField, probabilities: &[f64], known: bool) -> FieldPrediction {
        let values = self.classifiers.values(field);
        let mut ranked: Vec<ValueProbability> = values
            .iter()
            .zip(probabilities)
            .map(|(value, probability)| ValueProbability {
                value: value.clone(),
                label: self.model.value_label(field, value),
                probability: *probability as f32,
            })
            .collect();
        ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let broader = self.broader.iter().find(|(own, _)| *own == field);
        let sure = broader
            .filter(|_| known)
            .and_then(|(_, broader)| broader.narrowest(probabilities))
            .map(|(term, held)| ValueProbability {
                value: term.to_owned(),
                label: self.model.value_label(field, term),
                probability: held as f32,
            });
        let best = ranked.first().filter(|_| known).cloned();
        let best = best.unwrap_or(ValueProbability {
            value: UNKNOWN.to_owned(),
            label: UNKNOWN.to_owned(),
            probability: 0.0,
        });
        FieldPrediction {
            field,
            value: best.value,
            label: best.label,
            probability: best.probability,
            sure,
            probabilities: ranked,
        }
    }

    /// A sample of the genes that the input measures, as the decoder sees its latents.
    fn decoder_sample(&self, reference: &Reference, reading: &Reading) -> Result<Counts> {
        let counts = &reference.counts;
        let (observed, size) = (counts.observed(), counts.library_size());
        let random = Random::new(self.query.seed);
        let key = sample_key(&reference.name, 0);
        let reads = match (self.model.measurement(), &reading.state) {
            (Measurement::Cells(cells), Some(state)) => {
                let rates = only_measured(state.rates.clone(), observed);
                draw_cell(cells, &rates, size, random, key)
            }
            (Measurement::Cells(_), None) => unreachable!("a cell is read with its state"),
            (Measurement::Bulk(noise), _) => {
                let mut cpm = reading.decoded.clone();
                for (level, seen) in cpm.iter_mut().zip(observed.iter()) {
                    *level = if *seen {
                        libm::expm1(level.max(0.0))
                    } else {
                        0.0
                    };
                }
                measure(
                    &cpm,
                    noise.of_study(None),
                    size,
                    random,
                    streams::EXAMPLE,
                    key,
                )
            }
        };
        Ok(Counts::new(reads, observed.clone())?)
    }
}

/// Latents by group.
pub(super) fn grouped(model: &LatentModel, latents: &[f64]) -> Latents {
    let of = |group: LatentGroup| {
        let own = &latents[model.range(group)];
        own.iter().map(|z| *z as f32).collect()
    };
    Latents {
        biological: of(LatentGroup::Biological),
        technical: of(LatentGroup::Technical),
        perturbation: of(LatentGroup::Perturbation),
    }
}
