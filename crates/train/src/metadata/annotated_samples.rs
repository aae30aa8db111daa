//! The samples of a corpus with their metadata and latents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use refcast_core::{Metadata, MetadataField};
use refcast_model::NORMAL;
use refcast_model::baseline::NONE;
use refcast_model::latent::{Encoder, LatentModel};

use crate::corpus::{Corpus, SampleAnnotation, StudyKind};

/// Lines of fewer samples are donors rather than lines: nobody will ask for one by name.
const LEAST_OF_LINE: usize = 3;

/// One sample of a corpus with what is known of it.
#[derive(Debug, Clone)]
pub struct AnnotatedCorpusSample<'a> {
    /// The place of its study in the corpus.
    pub study: usize,
    /// Its annotation.
    pub sample: &'a SampleAnnotation,
    /// ln(1 + CPM), `[genes]`; 0 where its study does not measure.
    pub values: &'a [f32],
    /// What is known of it, with the study. What its sample type rules out is `none`; a blank is
    /// not filled.
    pub metadata: Metadata,
    /// Whom it is of, over all studies.
    pub donor: String,
    /// Whether it was treated.
    pub treated: bool,
    /// The mean of the posterior of its latents, nothing of it known, `[latents]`.
    pub latents: Vec<f64>,
}

/// The samples of a corpus with their metadata and latents; published changes have none.
pub fn annotated_samples_with_latents<'a>(
    corpus: &'a Corpus,
    latent: &LatentModel,
) -> Vec<AnnotatedCorpusSample<'a>> {
    let mut samples = annotated_samples(corpus);
    let encoders: Vec<Encoder> = corpus
        .studies
        .iter()
        .map(|study| {
            let observed: Arc<[bool]> = study.measured.clone().into();
            Encoder::new(latent, &observed)
        })
        .collect();
    let nothing_known = vec![0.0; latent.sizes.total()];
    samples.par_iter_mut().for_each(|sample| {
        let encoder = &encoders[sample.study];
        let wide: Vec<f64> = sample.values.iter().map(|v| f64::from(*v)).collect();
        sample.latents = encoder.encode(latent, &wide, &nothing_known).mean;
    });
    samples
}

/// The same without latents.
pub fn annotated_samples(corpus: &Corpus) -> Vec<AnnotatedCorpusSample<'_>> {
    let rare = rare_lines(corpus);
    let studies = corpus.studies.iter().enumerate();
    studies
        .filter(|(_, study)| study.kind != StudyKind::Published)
        .flat_map(|(at, study)| {
            let rare = &rare;
            let rows = study.samples.iter().zip(&study.values);
            rows.map(move |(sample, values)| AnnotatedCorpusSample {
                study: at,
                sample,
                values,
                metadata: metadata(&study.name, sample, rare),
                donor: donor(&study.name, sample),
                treated: !matches!(sample.get("perturbation_type"), "" | "control"),
                latents: Vec::new(),
            })
        })
        .collect()
}

/// Whom a sample is of. Donors are named across studies; replicates within one.
pub fn donor(study: &str, sample: &SampleAnnotation) -> String {
    match (sample.get("donor_id"), sample.get("replicate")) {
        ("", "") => format!("{study}:{}", sample.id()),
        ("", replicate) => format!("{study}:{replicate}"),
        (donor, _) => donor.to_owned(),
    }
}

fn rare_lines(corpus: &Corpus) -> BTreeSet<&str> {
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in corpus.studies.iter().flat_map(|study| &study.samples) {
        *lines
            .entry(sample.get(MetadataField::CellLine.name()))
            .or_default() += 1;
    }
    let rare = lines.into_iter().filter(|(_, n)| *n < LEAST_OF_LINE);
    rare.map(|(line, _)| line).collect()
}

fn metadata(study: &str, sample: &SampleAnnotation, rare: &BTreeSet<&str>) -> Metadata {
    let mut own = Metadata::default();
    own.set(MetadataField::Study, study);
    for field in MetadataField::ALL {
        if field == MetadataField::Study {
            continue;
        }
        // What is not a value of its field is as good as unknown.
        let Ok(checked) = Metadata::check([(field.name(), sample.get(field.name()))]) else {
            continue;
        };
        for (field, value) in checked.iter() {
            if field != MetadataField::CellLine || !rare.contains(value) {
                own.set(field, value);
            }
        }
    }
    let says = |word: &str| sample.get("disease").starts_with(word);
    if own.get(MetadataField::Disease).is_none()
        && ["normal", "healthy", "non-failing"].into_iter().any(says)
    {
        own.set(MetadataField::Disease, NORMAL);
    }
    let kind = own.get(MetadataField::SampleType).map(str::to_owned);
    if own.get(MetadataField::CellLine).is_none()
        && kind.as_deref().is_some_and(|k| k != "cell line")
    {
        own.set(MetadataField::CellLine, NONE);
    }
    if own.get(MetadataField::CellType).is_none() && kind.as_deref() == Some("primary tissue") {
        own.set(MetadataField::CellType, NONE);
    }
    own
}
