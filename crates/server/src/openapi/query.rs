//! The query of the predict routes as the description has it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// The body of a predict request, by what the model id asks for. Scalars may come in a list of one
/// and lists of one bare, as R writes them.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is read as any JSON")]
pub enum PredictQuery {
    /// For `…_reference-conditioning`.
    ReferenceConditioned(ConditionedQuery),
    /// For `…_condition-on-sample-ids`.
    SampleConditioned(SampleConditionedQuery),
    /// For a model id without suffix.
    Baseline(DescribedQuery),
    /// For `…_predict-metadata`.
    PredictMetadata(AnnotationQuery),
}

/// References and what to do with them.
#[derive(Serialize, ToSchema)]
pub struct ConditionedQuery {
    /// At least one reference.
    #[schema(min_items = 1)]
    pub inputs: Vec<ConditionedInput>,
    /// `sample generation` (realistic, with measurement error) or `mean estimation`.
    #[schema(value_type = SamplingStrategy, example = "mean estimation")]
    pub sampling_strategy: String,
    /// Which latents come from the reference: `biological`, `technical`. Both where not given.
    #[schema(required = false, value_type = Option<Vec<Latents>>)]
    pub conditioning: Option<Vec<String>>,
    /// Give the output `total_count` instead of the reference's own library size.
    #[schema(required = false)]
    pub fixed_total_count: Option<bool>,
    /// The library size of the output; only with `fixed_total_count`.
    #[schema(required = false, minimum = 1, maximum = 10_000_000_000_u64)]
    pub total_count: Option<u64>,
    /// Use the means of the latent distributions.
    #[schema(required = false)]
    pub deterministic_latents: Option<bool>,
    /// The same seed gives the same bytes; drawn and reported where not given.
    #[schema(required = false, minimum = 0)]
    pub seed: Option<u64>,
    /// Say in the metadata of each output how the genes of its input were matched.
    #[schema(required = false)]
    pub alignment_report: Option<bool>,
}

/// Samples of training and what to do with them.
#[derive(Serialize, ToSchema)]
pub struct SampleConditionedQuery {
    /// At least one sample.
    #[schema(min_items = 1)]
    pub inputs: Vec<SampleConditionedInput>,
    /// `sample generation` (realistic, with measurement error) or `mean estimation`.
    #[schema(value_type = SamplingStrategy, example = "mean estimation")]
    pub sampling_strategy: String,
    /// Which latents come from the sample: `biological`, `technical`. Both where not given.
    #[schema(required = false, value_type = Option<Vec<Latents>>)]
    pub conditioning: Option<Vec<String>>,
    /// Give the output `total_count` instead of the sample's own library size.
    #[schema(required = false)]
    pub fixed_total_count: Option<bool>,
    /// The library size of the output; only with `fixed_total_count`.
    #[schema(required = false, minimum = 1, maximum = 10_000_000_000_u64)]
    pub total_count: Option<u64>,
    /// Use the means of the latent distributions.
    #[schema(required = false)]
    pub deterministic_latents: Option<bool>,
    /// The same seed gives the same bytes; drawn and reported where not given.
    #[schema(required = false, minimum = 0)]
    pub seed: Option<u64>,
}

/// Samples to make from their description.
#[derive(Serialize, ToSchema)]
pub struct DescribedQuery {
    /// At least one description.
    #[schema(min_items = 1)]
    pub inputs: Vec<DescribedInput>,
    /// `sample generation` (realistic, with measurement error) or `mean estimation`.
    #[schema(value_type = SamplingStrategy, example = "mean estimation")]
    pub sampling_strategy: String,
    /// The library size of the output: 10,000,000 for bulk, 10,000 for single cells where not given.
    #[schema(required = false, minimum = 1, maximum = 10_000_000_000_u64)]
    pub total_count: Option<u64>,
    /// Use the means of the latent distributions.
    #[schema(required = false)]
    pub deterministic_latents: Option<bool>,
    /// The same seed gives the same bytes; drawn and reported where not given.
    #[schema(required = false, minimum = 0)]
    pub seed: Option<u64>,
}

/// Samples whose metadata are wanted.
#[derive(Serialize, ToSchema)]
pub struct AnnotationQuery {
    /// At least one sample.
    #[schema(min_items = 1)]
    pub inputs: Vec<AnnotationInput>,
    /// Only these fields of the metadata; all that the model predicts where not given.
    #[schema(required = false, example = json!(["tissue_ontology_id", "sex"]))]
    pub fields: Option<Vec<String>>,
    /// Of the decoder's sample; drawn and reported where not given.
    #[schema(required = false, minimum = 0)]
    pub seed: Option<u64>,
    /// Say in the metadata of each output how the genes of its input were matched.
    #[schema(required = false)]
    pub alignment_report: Option<bool>,
}

/// Whether measurement error is drawn.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what is read as text")]
enum SamplingStrategy {
    #[serde(rename = "sample generation")]
    SampleGeneration,
    #[serde(rename = "mean estimation")]
    MeanEstimation,
}

/// What is taken from the reference.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes what is read as text")]
enum Latents {
    Biological,
    Technical,
}

/// One reference and what to do with it. No other key is accepted.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionedInput {
    /// Raw counts: a list in the order of the model's genes, the same under `counts`, a list beside
    /// `gene_ids`, or an object from gene id or symbol to count.
    #[schema(value_type = CountsSpelling)]
    pub counts: serde_json::Value,
    /// The genes of a plain list, by Ensembl id or symbol, in any order.
    #[schema(required = false)]
    pub gene_ids: Option<Vec<String>>,
    /// What is done to the sample.
    pub metadata: PerturbationMetadata,
    /// How many samples.
    #[schema(required = false, minimum = 1, maximum = 10_000)]
    pub num_samples: Option<u32>,
}

/// One sample of training and what to do with it. No other key is accepted.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleConditionedInput {
    /// Its id: `/api/models/{model_id}/vocab?field=sample_id&search=` finds them.
    #[schema(example = "SRR1039508")]
    pub sample_id: String,
    /// What is done to the sample.
    pub metadata: PerturbationMetadata,
    /// How many samples.
    #[schema(required = false, minimum = 1, maximum = 10_000)]
    pub num_samples: Option<u32>,
}

/// The description of a sample. No other key is accepted.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribedInput {
    /// What is known of the sample; what is not given is averaged over.
    pub metadata: SampleDescription,
    /// How many samples.
    #[schema(required = false, minimum = 1, maximum = 10_000)]
    pub num_samples: Option<u32>,
}

/// A sample whose metadata are wanted. No other key is accepted.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotationInput {
    /// As for reference conditioning.
    #[schema(value_type = CountsSpelling)]
    pub counts: serde_json::Value,
    /// The genes of a plain list, by Ensembl id or symbol, in any order.
    #[schema(required = false)]
    pub gene_ids: Option<Vec<String>>,
}

/// What is known of a sample, by id or by name, and what is done to it. No other key is accepted.
/// The values that a model has seen are under `/api/models/{model_id}/vocab`.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleDescription {
    /// Years.
    #[schema(required = false, minimum = 0, maximum = 130)]
    pub age_years: Option<f64>,
    /// Cellosaurus.
    #[schema(required = false, example = "CVCL_0030")]
    pub cell_line_ontology_id: Option<String>,
    /// Cell Ontology.
    #[schema(required = false, example = "CL:0000182")]
    pub cell_type_ontology_id: Option<String>,
    /// HsapDv, or words.
    #[schema(required = false)]
    pub developmental_stage: Option<String>,
    /// MONDO; `PATO:0000461` for none.
    #[schema(required = false, example = "PATO:0000461")]
    pub disease_ontology_id: Option<String>,
    /// In words.
    #[schema(required = false)]
    pub ethnicity: Option<String>,
    /// In words.
    #[schema(required = false)]
    pub genotype: Option<String>,
    /// In words.
    #[schema(required = false)]
    pub race: Option<String>,
    /// What it was taken from.
    #[schema(required = false, value_type = Option<SampleType>, example = "primary tissue")]
    pub sample_type: Option<String>,
    /// Of the donor.
    #[schema(required = false, value_type = Option<Sex>, example = "female")]
    pub sex: Option<String>,
    /// UBERON.
    #[schema(required = false, example = "UBERON:0002107")]
    pub tissue_ontology_id: Option<String>,
    /// The name of a study of training, to look like its samples.
    #[schema(required = false)]
    pub study: Option<String>,
    /// `polyA`, `cDNA` …
    #[schema(required = false)]
    pub library_selection: Option<String>,
    /// Whether reads are in pairs.
    #[schema(required = false, value_type = Option<LibraryLayout>)]
    pub library_layout: Option<String>,
    /// The instrument, or the assay by EFO.
    #[schema(required = false)]
    pub platform: Option<String>,
    /// Ensembl gene, ChEMBL, ChEBI or NCBI Taxonomy ids, several joined by `|`.
    #[schema(required = false, example = "CHEMBL384467")]
    pub perturbation_ontology_id: Option<String>,
    /// As seen in training where not given.
    #[schema(required = false, value_type = Option<PerturbationKind>, example = "compound")]
    pub perturbation_type: Option<String>,
    /// `24 h`, `2 days`.
    #[schema(required = false, example = "24 h")]
    pub perturbation_time: Option<String>,
    /// `100 nM`, `10 ng/ml`, `MOI 2`; one per entity, separated by `;`, or one for all.
    #[schema(required = false, example = "100 nM")]
    pub perturbation_dose: Option<String>,
}

/// What a sample was taken from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes what is read as text")]
enum SampleType {
    #[serde(rename = "cell line")]
    CellLine,
    Organoid,
    Other,
    #[serde(rename = "primary cells")]
    PrimaryCells,
    #[serde(rename = "primary tissue")]
    PrimaryTissue,
    Xenograft,
}

/// Of a donor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes what is read as text")]
enum Sex {
    Male,
    Female,
}

/// Whether reads are in pairs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(dead_code, reason = "describes what is read as text")]
enum LibraryLayout {
    Paired,
    Single,
}

/// The spellings of counts.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is read as any JSON")]
enum CountsSpelling {
    /// In the order of the model's genes, or of `gene_ids`.
    List(Vec<u64>),
    /// The same, with its genes or without.
    Nested(NestedCounts),
    /// By Ensembl id or symbol.
    ByGene(BTreeMap<String, u64>),
}

/// Counts under a key of their own.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what is read as any JSON")]
struct NestedCounts {
    /// In the order of the model's genes, or of `gene_ids`.
    counts: Vec<u64>,
    /// As beside a plain list.
    #[schema(required = false)]
    gene_ids: Option<Vec<String>>,
}

/// The perturbation: its id, its type, or both; the type `control` alone for none. No other key is
/// accepted.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PerturbationMetadata {
    /// Ensembl gene, ChEMBL, ChEBI or NCBI Taxonomy ids, several joined by `|`.
    #[schema(required = false, example = "CHEMBL384467")]
    pub perturbation_ontology_id: Option<String>,
    /// As seen in training where not given.
    #[schema(required = false, value_type = Option<PerturbationKind>, example = "compound")]
    pub perturbation_type: Option<String>,
    /// `24 h`, `2 days`.
    #[schema(required = false, example = "24 h")]
    pub perturbation_time: Option<String>,
    /// `100 nM`, `10 ng/ml`, `MOI 2`; one per entity, separated by `;`, or one for all.
    #[schema(required = false, example = "100 nM")]
    pub perturbation_dose: Option<String>,
}

/// How it acts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes what is read as text")]
enum PerturbationKind {
    Coculture,
    Compound,
    Control,
    Crispr,
    Genetic,
    Infection,
    Other,
    Overexpression,
    #[serde(rename = "peptide or biologic")]
    PeptideOrBiologic,
    Shrna,
    Sirna,
}
