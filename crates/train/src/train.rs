//! `refcast train`: from a recipe and a corpus to a bundle in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refcast_core::{MetadataField, Modality, OntologyId};
use refcast_model::annotation::CLASSIFIERS;
use refcast_model::baseline::{BASELINE, NONE};
use refcast_model::bundle::{
    CARD, EFFECTS, GENES, MODEL, Manifest, TENSORS, Tensors, TrainingStudy, sha256_hex,
    write_folder,
};
use refcast_model::terms::TERMS;
use refcast_model::vocabulary::{FieldValue, packed};
use refcast_model::{Model, ModelParts, NORMAL};

use crate::build::{Progress, fit_cells_on, fit_on, read};
use crate::card::card;
use crate::corpus::Corpus;
use crate::corpus::cells::CellCorpus;
use crate::error::{Error, Result};
use crate::latent::{Backend, Device};
use crate::metadata::annotated_samples;
use crate::ontology::Labels;
use crate::recipe::Recipe;
use crate::vocabulary::{TrainedSupport, build_vocabulary};

/// Trains the model of a recipe and writes its bundle into `output`. The same recipe, corpus and
/// seed give the same bytes on the same device, on any number of threads.
///
/// # Errors
/// A recipe or corpus that is not what it says, a device that is not there or fails, or a folder
/// that cannot be written.
pub fn train(
    recipe: &Path,
    corpus: &Path,
    output: &Path,
    seed: Option<u64>,
    device: Device,
    progress: &dyn Fn(Progress),
) -> Result<Manifest> {
    let recipe = Recipe::read(recipe)?;
    // Before minutes are spent on reading: a device that is not there is known at once.
    let backend = Backend::open(device)?;
    if let Some(name) = backend.name() {
        progress(Progress::Device {
            name: name.to_owned(),
        });
    }
    progress(Progress::Reading);
    let seed = seed.unwrap_or(recipe.seed);
    let (parts, seen, labels) = match recipe.modality {
        Modality::Bulk => {
            let (data, labels) = read(&recipe, corpus)?;
            let parts = fit_on(&backend, &data, &recipe, &labels, seed, progress)?;
            (parts, Seen::of(&data, &labels), labels)
        }
        Modality::SingleCell => {
            let (data, labels) = (CellCorpus::read(&recipe, corpus)?, Labels::read(corpus)?);
            let parts = fit_cells_on(&backend, &data, &recipe, &labels, seed, progress)?;
            let mut seen = Seen::of(&data.cells()?, &labels);
            seen.studies = data.studies();
            (parts, seen, labels)
        }
    };
    progress(Progress::Vocabulary);
    let knowledge = corpus.join("knowledge");
    let vocabulary = build_vocabulary(&knowledge, &recipe.folder, &trained(&parts), &seen.values)?;
    progress(Progress::Writing);
    let studies = seen.studies;
    let mut contents: BTreeMap<String, Vec<u8>> = vocabulary
        .iter()
        .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
        .collect();
    contents.insert(
        CARD.to_owned(),
        card(&recipe, &parts, &studies).into_bytes(),
    );
    contents.insert(GENES.to_owned(), genes(&parts).into_bytes());
    let mut settings = serde_json::to_vec_pretty(&parts.settings)
        .map_err(|problem| Error::Nothing(problem.to_string()))?;
    settings.push(b'\n');
    contents.insert(MODEL.to_owned(), settings);
    let mut tensors = Tensors::default();
    parts.latent.put(&mut tensors);
    parts.measurement.put(&mut tensors);
    contents.insert(EFFECTS.to_owned(), parts.effects.put(&mut tensors)?);
    let mut capabilities = vec!["reference_conditioned".to_owned()];
    if let Some(baseline) = &parts.baseline {
        contents.insert(BASELINE.to_owned(), baseline.put(&mut tensors)?);
        capabilities.push("baseline".to_owned());
    }
    if let Some(classifiers) = &parts.classifiers {
        contents.insert(CLASSIFIERS.to_owned(), classifiers.put(&mut tensors)?);
        capabilities.push("predict_metadata".to_owned());
    }
    if let Some(samples) = &parts.samples {
        contents.extend(
            samples
                .write()?
                .map(|(name, bytes)| (name.to_owned(), bytes)),
        );
        capabilities.push("sample_conditioned".to_owned());
    }
    let terms = packed(labels.term_lines());
    let terms = terms.map_err(|source| Error::file(Path::new(TERMS), source))?;
    contents.insert(TERMS.to_owned(), terms);
    contents.insert(TENSORS.to_owned(), tensors.write()?);
    let manifest = Manifest {
        format: 0,
        id: recipe.id.clone(),
        version: String::new(),
        modality: recipe.modality,
        genes: parts.axis.len(),
        gene_axis_sha256: sha256_hex(parts.axis.canonical_text().as_bytes()),
        latents: recipe.latent.sizes,
        capabilities,
        seed,
        training: studies,
        benchmarks: recipe.benchmarks.clone(),
        licence: recipe.licence.clone(),
        attribution: recipe.attribution.clone(),
        files: BTreeMap::new(),
    };
    let manifest = write_folder(output, manifest, &contents)?;
    // What was written must be what a user can load.
    Model::load(output)?;
    Ok(manifest)
}

/// What the card and the vocabulary say of the training data.
struct Seen {
    studies: Vec<TrainingStudy>,
    values: Vec<FieldValue>,
}

impl Seen {
    fn of(corpus: &Corpus, labels: &Labels) -> Self {
        Self {
            studies: studies(corpus),
            values: field_values(corpus, labels),
        }
    }
}

fn genes(parts: &ModelParts) -> String {
    parts
        .axis
        .genes()
        .iter()
        .map(|gene| format!("{}\t{}\n", gene.id, gene.symbol))
        .collect()
}

pub(crate) fn studies(corpus: &Corpus) -> Vec<TrainingStudy> {
    corpus
        .studies
        .iter()
        .map(|study| {
            let accession = study
                .samples
                .first()
                .map_or("", |sample| sample.get("study"));
            TrainingStudy {
                name: study.name.clone(),
                accession: accession.to_owned(),
                samples: study.samples.len(),
                genes: study.measured.iter().filter(|measured| **measured).count(),
            }
        })
        .collect()
}

/// What the bank holds of each entity.
fn trained(parts: &ModelParts) -> Vec<TrainedSupport> {
    let bank = &parts.effects;
    let mut entities: BTreeMap<OntologyId, Vec<usize>> = BTreeMap::new();
    for (at, entry) in bank.entries().iter().enumerate() {
        if entry.samples == 0 {
            // Aggregates are evidence, not something to ask for.
            continue;
        }
        for entity in &entry.entities {
            entities.entry(entity.clone()).or_default().push(at);
        }
    }
    entities
        .into_iter()
        .map(|(id, entries)| {
            let entries: Vec<_> = entries.into_iter().map(|at| &bank.entries()[at]).collect();
            let mut types: Vec<_> = entries.iter().map(|entry| entry.kind).collect();
            types.sort_by_key(|kind| kind.name());
            types.dedup();
            let studies: BTreeSet<usize> = entries.iter().map(|entry| entry.study).collect();
            let systems: BTreeSet<String> = entries
                .iter()
                .map(|entry| bank.contexts()[entry.context].label.clone())
                .collect();
            TrainedSupport {
                id,
                types,
                samples: entries.iter().map(|entry| entry.samples).sum(),
                studies: studies.len() as u32,
                systems: systems.into_iter().collect(),
            }
        })
        .collect()
}

/// The values of the metadata fields, with how much of each training saw.
fn field_values(corpus: &Corpus, labels: &Labels) -> Vec<FieldValue> {
    let mut seen: BTreeMap<(MetadataField, String), (u32, BTreeSet<usize>)> = BTreeMap::new();
    for sample in annotated_samples(corpus) {
        // An age is a number, not one of a list.
        let values = sample.metadata.iter();
        for (field, value) in values.filter(|(field, _)| *field != MetadataField::AgeYears) {
            let (samples, studies) = seen.entry((field, value.to_owned())).or_default();
            *samples += 1;
            studies.insert(sample.study);
        }
    }
    seen.into_iter()
        .map(|((field, value), (samples, studies))| FieldValue {
            label: label(field, &value, labels),
            synonyms: labels.synonyms_of(&value),
            field: field.name().to_owned(),
            value,
            samples,
            studies: studies.len() as u32,
        })
        .collect()
}

/// What a value means; empty where it says so itself.
fn label(field: MetadataField, value: &str, labels: &Labels) -> String {
    match (field, value) {
        (MetadataField::CellLine, NONE) => "no cell line".to_owned(),
        (MetadataField::CellType, NONE) => "whole tissue".to_owned(),
        (MetadataField::Disease, NORMAL) => "normal".to_owned(),
        _ => match labels.of(value) {
            label if label == value => String::new(),
            label => label.to_owned(),
        },
    }
}
