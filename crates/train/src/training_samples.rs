//! What a model keeps of the samples that it was trained on.

use std::collections::BTreeMap;

use refcast_model::latent::LatentModel;
use refcast_model::vocabulary::as_cell;
use refcast_model::{TrainingSample, TrainingSamples};

use crate::corpus::{Corpus, SampleAnnotation};
use crate::metadata::annotated_samples_with_latents;
use crate::ontology::Labels;

/// The fields that tell what a sample is of, by id,
const TERMS: [&str; 4] = [
    "cell_line_ontology_id",
    "cell_type_ontology_id",
    "tissue_ontology_id",
    "disease_ontology_id",
];
/// and in words.
const WORDS: [&str; 5] = [
    "sex",
    "sample_type",
    "perturbation_name",
    "perturbation_time",
    "perturbation_dose",
];

/// The samples of a corpus with their latents; published changes have none.
pub(crate) fn training_samples(
    corpus: &Corpus,
    latent: &LatentModel,
    labels: &Labels,
) -> TrainingSamples {
    let mut with_id: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in corpus.studies.iter().flat_map(|study| &study.samples) {
        *with_id.entry(sample.id()).or_default() += 1;
    }
    let samples = annotated_samples_with_latents(corpus, latent).into_iter();
    TrainingSamples::new(samples.map(|annotated| {
        let (sample, study) = (annotated.sample, &corpus.studies[annotated.study]);
        let id = match with_id[sample.id()] {
            1 => sample.id().to_owned(),
            _ => format!("{}/{}", study.name, sample.id()),
        };
        let accession = match sample.get("study") {
            "" => study.name.as_str(),
            accession => accession,
        };
        let at = study.position(sample.id());
        let library_size = at.map_or(0.0, |at| study.library_sizes[at]);
        let kept = TrainingSample {
            id: as_cell(&id),
            study: as_cell(accession),
            library_size: library_size.round().max(1.0) as u64,
            description: as_cell(&description(sample, labels)),
        };
        (kept, annotated.latents)
    }))
}

/// What a sample is of and what was done to it, in words.
fn description(sample: &SampleAnnotation, labels: &Labels) -> String {
    let terms = TERMS.map(|field| labels.of(sample.get(field)));
    let words = WORDS.map(|field| sample.get(field));
    let known = terms.into_iter().chain(words).filter(|own| !own.is_empty());
    known.collect::<Vec<_>>().join(", ")
}
