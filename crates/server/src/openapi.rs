//! The description of the API, made from the code of the routes.

use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use crate::routes::{health, jobs, models, predict};

/// The whole of it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "refcast",
        description = "A real RNA-seq sample in, the same sample as it would look treated out.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        models::list,
        models::details,
        models::example_query,
        models::genes,
        models::vocabulary,
        predict::predict,
        jobs::status,
        jobs::cancel,
        jobs::result,
        health::alive,
        health::ready,
        health::metrics,
    ),
    security((), ("key" = [])),
    modifiers(&Key)
)]
struct Description;

struct Key;

impl Modify for Key {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key of `refcast serve keys add`; none on loopback"))
            .build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The description of any server.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The description of a server that asks for keys, or of one that does not.
pub fn description_with(asks_for_keys: bool) -> utoipa::openapi::OpenApi {
    let mut description = description();
    description.security = asks_for_keys.then(|| vec![SecurityRequirement::new("key", [""; 0])]);
    description
}

/// The body of a predict request. Scalars may come in a list of one and lists of one bare, as R
/// writes them.
#[derive(Serialize, ToSchema)]
pub struct PredictQuery {
    /// At least one reference.
    #[schema(min_items = 1)]
    pub inputs: Vec<QueryInput>,
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
pub struct QueryInput {
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
    ByGene(std::collections::BTreeMap<String, u64>),
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

/// An Arrow IPC stream: a record batch for each few samples.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "describes what is written as bytes")]
pub struct ArrowStream(Vec<u8>);

/// The result document of an expression model.
#[derive(Serialize, ToSchema)]
pub struct PredictResult {
    /// The samples, by input and then by number.
    pub outputs: Vec<PredictOutput>,
    /// Ensembl ids in the order of `counts`.
    pub gene_order: Vec<String>,
    /// Which weights answered.
    pub model_version: String,
    /// What was ignored in the query.
    pub warnings: Vec<String>,
}

/// One generated sample.
#[derive(Serialize, ToSchema)]
pub struct PredictOutput {
    /// Raw counts in `gene_order`.
    pub counts: Vec<u64>,
    /// The perturbation, the input, the seed, and how far to trust the answer.
    #[schema(value_type = Object)]
    pub metadata: serde_json::Value,
    /// The latents that it was decoded from: `biological`, `technical`, `perturbation`.
    pub latents: std::collections::BTreeMap<String, Vec<f32>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use refcast_core::{PerturbationType, SamplingStrategy as Strategy};

    #[test]
    fn the_words_described_are_those_that_are_read() {
        let schemas =
            serde_json::to_value(description()).expect("JSON")["components"]["schemas"].clone();
        assert_eq!(
            schemas["PerturbationKind"]["enum"],
            serde_json::json!(PerturbationType::ALL.map(PerturbationType::name))
        );
        assert_eq!(
            schemas["SamplingStrategy"]["enum"],
            serde_json::json!(Strategy::ALL.map(Strategy::name))
        );
    }

    #[test]
    fn the_committed_description_is_that_of_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let made = description().to_pretty_json().expect("JSON") + "\n";
        if std::env::var_os("REFCAST_WRITE_OPENAPI").is_some() {
            std::fs::write(path, &made).expect("docs");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == made,
            "docs/openapi.json is not what the code says: REFCAST_WRITE_OPENAPI=1 cargo test -p \
             refcast-server description"
        );
    }
}
