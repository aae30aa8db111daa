//! A loaded model: what the other crates call.

mod names;

use std::path::Path;
use std::sync::Arc;

use refcast_core::{
    AnnotationQuery, BaselineQuery, Counts, Gene, GeneAxis, Modality, Prediction, Query, Support,
};
use serde::{Deserialize, Serialize};

use crate::annotation::{CLASSIFIERS, Classifiers};
use crate::baseline::{BASELINE, BaselineModel};
use crate::bundle::sha256_hex;
use crate::bundle::{
    BundleFiles, CARD, EFFECTS, GENES, MODEL, Manifest, TENSORS, Tensors, built_in,
};
use crate::effects::{
    ContextProfiles, EffectBank, Knowledge, Level, SharedPosteriors, SimilarityParameters,
};
use crate::error::{Error, Result};
use crate::generate::{
    self, Annotator, BaselineSamples, Calibration, PerturbedReference, Plan, PredictedEffect,
    PredictedSamples, Reference, ResponseSpace,
};
use crate::latent::{LatentModel, PriorField};
use crate::measurement::Measurement;
use crate::terms::{TERMS, Terms};
use crate::training_samples::{SAMPLE_LATENTS, SAMPLES, TrainingSamples};
use crate::unwanted::IsUnwanted;
use crate::vocabulary::{FILE_NAMES, Vocabulary, VocabularyFiles};

/// What `model.json` holds: everything of the model that is neither a tensor nor a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// The metadata fields of the priors, with their values.
    pub fields: Vec<PriorField>,
    /// How effects carry over.
    pub relation: SimilarityParameters,
    /// How a response depends on the reference's level.
    pub level: Level,
    /// Mechanisms and receptors.
    #[serde(default)]
    pub knowledge: Knowledge,
    /// How wide intervals must be.
    #[serde(default)]
    pub calibration: Calibration,
    /// The metadata and library size of the example's reference.
    pub example: Example,
}

/// The reference that `--example` generates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// Field and value.
    pub metadata: Vec<(String, String)>,
    /// Reads.
    pub library_size: u64,
}

/// One model, loaded and checked.
#[derive(Debug)]
pub struct Model {
    manifest: Manifest,
    card: String,
    axis: Arc<GeneAxis>,
    settings: ModelSettings,
    latent: LatentModel,
    measurement: Measurement,
    /// The part of a typical sample's molecules that each gene has, `[genes]`.
    typical: Vec<f32>,
    effects: EffectBank,
    posteriors: SharedPosteriors,
    profiles: ContextProfiles,
    responses: ResponseSpace,
    baseline: Option<BaselineModel>,
    classifiers: Option<Classifiers>,
    terms: Terms,
    samples: Option<TrainingSamples>,
    vocabulary: Option<Vocabulary>,
}

/// The parts that make a model, as training hands them over.
#[derive(Debug)]
pub struct ModelParts {
    /// The gene axis.
    pub axis: GeneAxis,
    /// Settings.
    pub settings: ModelSettings,
    /// Latent variables.
    pub latent: LatentModel,
    /// How samples come to their counts.
    pub measurement: Measurement,
    /// Effects.
    pub effects: EffectBank,
    /// Samples from metadata, where the model makes them.
    pub baseline: Option<BaselineModel>,
    /// Metadata from samples, where the model tells them.
    pub classifiers: Option<Classifiers>,
    /// The ontologies that describe samples.
    pub terms: Terms,
    /// The samples that it was trained on, where the model keeps them.
    pub samples: Option<TrainingSamples>,
}

impl Model {
    /// A model that is built into the program, by its id; `None` for one that is not. The first of
    /// [`BUILT_IN`](crate::bundle::BUILT_IN) is the default.
    ///
    /// # Errors
    /// None, unless the program file itself was damaged.
    pub fn built_in(id: &str) -> Option<Result<Self>> {
        Some(built_in(id)?.and_then(Self::from_files))
    }

    /// A model from its folder.
    ///
    /// # Errors
    /// A file that is missing, or is not what its hash, shape or format says.
    pub fn load(folder: &Path) -> Result<Self> {
        Self::from_files(BundleFiles::read_folder(folder)?)
    }

    /// A model from the files of a bundle.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_files(mut files: BundleFiles) -> Result<Self> {
        let manifest = files.manifest().clone();
        let axis = read_axis(files.get(GENES)?)?;
        if axis.len() != manifest.genes
            || sha256_hex(axis.canonical_text().as_bytes()) != manifest.gene_axis_sha256
        {
            return Err(Error::bundle(
                GENES,
                "is not the gene axis that the manifest names",
            ));
        }
        let card = String::from_utf8_lossy(files.get(CARD)?).into_owned();
        let settings: ModelSettings = serde_json::from_slice(files.get(MODEL)?)
            .map_err(|problem| Error::bundle(MODEL, problem.to_string()))?;
        let mut tensors = Tensors::read(files.get(TENSORS)?)?;
        let genes = axis.len();
        let mut tables = VocabularyFiles::new();
        for name in FILE_NAMES {
            tables.insert(name, files.take(name)?);
        }
        let latents = settings.fields.clone();
        let latent = LatentModel::take(&mut tensors, genes, manifest.latents, latents)?;
        let effects = EffectBank::take(&mut tensors, genes, files.get(EFFECTS)?)?;
        let studies = effects.studies().len();
        let measurement = Measurement::take(&mut tensors, manifest.modality, genes, studies)?;
        let centre = centre(&measurement, &latent);
        // A bundle from before there were baselines has none of these.
        let optional = |name: &str| files.get(name).ok();
        let described = latent.sizes.technical + latent.sizes.biological;
        let baseline = optional(BASELINE)
            .map(|json| BaselineModel::take(&mut tensors, genes, described, json))
            .transpose()?;
        let classifiers = optional(CLASSIFIERS)
            .map(|json| Classifiers::take(&mut tensors, described, json))
            .transpose()?;
        let samples = optional(SAMPLES)
            .map(|table| TrainingSamples::read(table, files.get(SAMPLE_LATENTS)?, manifest.latents))
            .transpose()?;
        let terms = match files.take(TERMS) {
            Ok(packed) => Terms::new(packed)?,
            Err(_) => Terms::default(),
        };
        Ok(Self {
            baseline,
            classifiers,
            terms,
            samples,
            vocabulary: Some(Vocabulary::new(tables)?),
            typical: measurement.typical_shares(&latent),
            measurement,
            profiles: ContextProfiles::new(&effects, &centre),
            responses: ResponseSpace::new(&latent),
            latent,
            effects,
            posteriors: SharedPosteriors::default(),
            manifest,
            card,
            axis: Arc::new(axis),
            settings,
        })
    }

    /// A model that was just trained and not stored, for benchmarks that train without some samples.
    pub fn from_parts(parts: ModelParts) -> Self {
        let modality = parts.measurement.modality();
        let manifest = Manifest::unstored(modality, parts.axis.len(), parts.latent.sizes);
        let centre = centre(&parts.measurement, &parts.latent);
        Self {
            manifest,
            card: String::new(),
            axis: Arc::new(parts.axis),
            settings: parts.settings,
            profiles: ContextProfiles::new(&parts.effects, &centre),
            responses: ResponseSpace::new(&parts.latent),
            typical: parts.measurement.typical_shares(&parts.latent),
            latent: parts.latent,
            measurement: parts.measurement,
            effects: parts.effects,
            posteriors: SharedPosteriors::default(),
            baseline: parts.baseline,
            classifiers: parts.classifiers,
            terms: parts.terms,
            samples: parts.samples,
            vocabulary: None,
        }
    }

    /// What the model is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The model card, Markdown.
    pub fn card(&self) -> &str {
        &self.card
    }

    /// The genes.
    pub fn axis(&self) -> &Arc<GeneAxis> {
        &self.axis
    }

    /// The latent variables.
    pub fn latent(&self) -> &LatentModel {
        &self.latent
    }

    /// What its samples are of.
    pub fn modality(&self) -> Modality {
        self.measurement.modality()
    }

    /// How samples come to their counts.
    pub fn measurement(&self) -> &Measurement {
        &self.measurement
    }

    /// The part of the molecules of a typical sample that each gene has, `[genes]`; adds up to 1.
    pub fn typical_shares(&self) -> &[f32] {
        &self.typical
    }

    /// The observed effects.
    pub fn effects(&self) -> &EffectBank {
        &self.effects
    }

    /// The cells that the effects were observed in.
    pub fn profiles(&self) -> &ContextProfiles {
        &self.profiles
    }

    /// What samples are made from metadata with, if the model makes any.
    pub fn baseline_model(&self) -> Option<&BaselineModel> {
        self.baseline.as_ref()
    }

    /// What metadata are told with, if the model tells them.
    pub fn classifiers(&self) -> Option<&Classifiers> {
        self.classifiers.as_ref()
    }

    /// The ontologies that describe samples.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The samples that it was trained on, where it keeps them.
    pub fn training_samples(&self) -> Option<&TrainingSamples> {
        self.samples.as_ref()
    }

    /// The training sample at a place as a reference: its latents, and what they decode to, over all
    /// genes and at a depth at which counts are as good as levels. `name` is part of the key of
    /// every draw.
    ///
    /// # Errors
    /// Latents that decode to nothing.
    pub fn training_reference(
        &self,
        samples: &TrainingSamples,
        at: usize,
        name: String,
    ) -> refcast_core::Result<Reference> {
        let latents = samples.latents_of(at);
        Ok(Reference {
            name,
            counts: generate::expected_counts(self, &self.latent.decode(&latents))?,
            latents: Some(latents),
        })
    }

    /// The samples that a query asks for of metadata alone; `input` is its place among the inputs
    /// of a request, part of the key of every draw. A pure function, as [`predict`](Self::predict).
    ///
    /// # Errors
    /// A model that makes none, every value that is not known, or a perturbation that training
    /// holds nothing of.
    pub fn baseline(&self, query: &BaselineQuery, input: u32) -> Result<BaselineSamples<'_>> {
        self.baseline_unless(query, input, &|| false)
    }

    /// The same for somebody who may not wait for its end.
    ///
    /// # Errors
    /// As [`baseline`](Self::baseline), and [`Error::Unwanted`] within milliseconds of `is_unwanted`
    /// while a treatment is prepared.
    pub fn baseline_unless(
        &self,
        query: &BaselineQuery,
        input: u32,
        is_unwanted: IsUnwanted<'_>,
    ) -> Result<BaselineSamples<'_>> {
        BaselineSamples::new(self, query, input, is_unwanted)
    }

    /// Refuses what [`baseline`](Self::baseline) would, in a fraction of its time.
    ///
    /// # Errors
    /// As [`baseline`](Self::baseline).
    pub fn check_baseline(&self, query: &BaselineQuery) -> Result<()> {
        BaselineSamples::check(self, query)
    }

    /// Tells the metadata of samples.
    ///
    /// # Errors
    /// A model that tells none, or a field that it does not tell.
    pub fn annotator(&self, query: &AnnotationQuery) -> Result<Annotator<'_>> {
        Annotator::new(self, query)
    }

    /// The perturbation latents as a space of effects.
    pub(crate) fn responses(&self) -> &ResponseSpace {
        &self.responses
    }

    /// How effects carry over.
    pub fn relation(&self) -> SimilarityParameters {
        self.settings.relation
    }

    /// Mechanisms and receptors.
    pub fn knowledge(&self) -> &Knowledge {
        &self.settings.knowledge
    }

    /// How wide intervals must be.
    pub fn calibration(&self) -> &Calibration {
        &self.settings.calibration
    }

    /// Posteriors that plans share.
    pub(crate) fn posteriors(&self) -> &SharedPosteriors {
        &self.posteriors
    }

    /// How a response depends on the reference's level.
    pub fn level(&self) -> Level {
        self.settings.level
    }

    /// Makes a query ready: what it asks for is looked up and its evidence prepared, once for all
    /// references.
    ///
    /// # Errors
    /// An entity that the training data hold nothing of.
    pub fn plan(&self, query: &Query) -> Result<Plan> {
        self.plan_unless(query, &|| false)
    }

    /// Refuses what [`plan`](Self::plan) would, in a fraction of its time.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn check(&self, query: &Query) -> Result<()> {
        Plan::check(self, &query.perturbation)
    }

    /// The same for somebody who may not wait for its end.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and [`Error::Unwanted`] within milliseconds of `is_unwanted`.
    pub fn plan_unless(&self, query: &Query, is_unwanted: IsUnwanted<'_>) -> Result<Plan> {
        Plan::new(self, query, is_unwanted)
    }

    /// Generates the samples that the plan asks for from one reference. A pure function: the same
    /// plan and reference give the same bytes on any thread.
    ///
    /// # Errors
    /// A reference that is not on the model's axis.
    pub fn predict(&self, plan: &Plan, reference: &Reference) -> Result<Vec<Prediction>> {
        let samples = self.samples(plan, reference)?;
        (0..plan.query().num_samples)
            .map(|sample| samples.sample(sample))
            .collect()
    }

    /// The same one sample at a time, for many samples of a reference.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn samples<'a>(
        &'a self,
        plan: &'a Plan,
        reference: &'a Reference,
    ) -> Result<PredictedSamples<'a>> {
        let case = Arc::new(self.case(plan, reference)?);
        Ok(self.samples_of(plan, &reference.name, case))
    }

    /// A reference under the plan's perturbation, to be kept for other queries of it.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn case(&self, plan: &Plan, reference: &Reference) -> Result<PerturbedReference> {
        PerturbedReference::new(self, plan, reference)
    }

    /// The samples that a plan asks for of a case of its own perturbation, made by this model.
    /// `name` is that of the reference.
    pub fn samples_of<'a>(
        &'a self,
        plan: &'a Plan,
        name: &'a str,
        case: Arc<PerturbedReference>,
    ) -> PredictedSamples<'a> {
        PredictedSamples::new(self, plan.query(), name, case)
    }

    /// The effect on a reference with how far it may be off, and what it rests on: the mean
    /// estimate of [`predict`](Self::predict) without its counts.
    ///
    /// # Errors
    /// A reference that is not on the model's axis.
    pub fn effect(&self, plan: &Plan, reference: &Reference) -> Result<(PredictedEffect, Support)> {
        generate::effect(self, plan, reference)
    }

    /// The reference of the example, generated by the model.
    ///
    /// # Errors
    /// A model that generates nothing.
    pub fn example_reference(&self, seed: u64) -> Result<Reference> {
        let example = &self.settings.example;
        let metadata: Vec<(&str, &str)> = example
            .metadata
            .iter()
            .map(|(field, value)| (field.as_str(), value.as_str()))
            .collect();
        let counts: Counts = generate::baseline_sample(
            &self.latent,
            &self.measurement,
            &metadata,
            example.library_size,
            seed,
        )?;
        Ok(Reference {
            name: example.name.clone(),
            counts,
            latents: None,
        })
    }
}

/// The profile that others are compared about, on the scale of the bank's: ln(1 + CPM) or
/// ln(1 + CP10k) of a mean sample, `[genes]`.
fn centre(measurement: &Measurement, latent: &LatentModel) -> Vec<f32> {
    match measurement {
        Measurement::Bulk(_) => latent.mean.clone(),
        Measurement::Cells(cells) => cells.mean_profile(),
    }
}

fn read_axis(bytes: &[u8]) -> Result<GeneAxis> {
    let text =
        std::str::from_utf8(bytes).map_err(|problem| Error::bundle(GENES, problem.to_string()))?;
    let genes = text
        .lines()
        .map(|line| {
            let (id, symbol) = line.split_once('\t').ok_or_else(|| {
                Error::bundle(GENES, format!("{line:?} is not an id and a symbol"))
            })?;
            let id = id.parse().map_err(|problem: refcast_core::Error| {
                Error::bundle(GENES, problem.to_string())
            })?;
            Ok(Gene {
                id,
                symbol: symbol.to_owned(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    GeneAxis::new(genes).map_err(|problem| Error::bundle(GENES, problem.to_string()))
}
