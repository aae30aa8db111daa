//! What can be asked: the models, their genes, their examples.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use refcast_core::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::failure::{ErrorBody, Failure, Result};
use crate::registry::{Interface, RequestType};

/// Rows of a page where the request names no other number.
pub(super) const PAGE: usize = 100;
/// The most rows of a page.
const LARGEST_PAGE: usize = 10_000;

/// The models.
#[derive(Serialize, ToSchema)]
pub struct ModelList {
    /// One for each id.
    pub models: Vec<ModelEntry>,
}

/// One model id.
#[derive(Serialize, ToSchema)]
pub struct ModelEntry {
    /// What to name in the path.
    #[schema(example = "gem-1-bulk_reference-conditioning")]
    pub model_id: String,
    /// What a request to it asks for.
    pub request_type: RequestType,
    /// `bulk` or `single-cell`.
    pub modality: String,
    /// Which weights answer.
    pub model_version: String,
    /// Genes of a count vector.
    pub genes: usize,
    /// Studies that the weights were trained on.
    pub training_studies: usize,
    /// The licence of the weights.
    pub licence: String,
}

impl ModelEntry {
    fn of(interface: &Interface) -> Self {
        let manifest = interface.served.model.manifest();
        Self {
            model_id: interface.id.clone(),
            request_type: interface.request_type,
            modality: manifest.modality.to_string(),
            model_version: manifest.version.clone(),
            genes: manifest.genes,
            training_studies: manifest.training.len(),
            licence: manifest.licence.clone(),
        }
    }
}

/// One model with its card.
#[derive(Serialize, ToSchema)]
pub struct ModelDetails {
    /// As in the list.
    #[serde(flatten)]
    pub entry: ModelEntry,
    /// What it was trained on, how it was measured, when not to trust it; Markdown.
    pub card: String,
    /// Measured figures: benchmark, metric, value.
    pub benchmarks: std::collections::BTreeMap<String, std::collections::BTreeMap<String, f64>>,
}

/// A query that runs as it is.
#[derive(Serialize, ToSchema)]
pub struct ExampleQuery {
    /// The body of a predict request.
    pub example_query: Value,
}

/// A part of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Rows to leave out.
    #[serde(default)]
    #[param(minimum = 0, default = 0)]
    pub offset: usize,
    /// The most rows to give.
    #[serde(default)]
    #[param(minimum = 1, maximum = 10_000, default = 100)]
    pub limit: Option<usize>,
}

impl Page {
    pub(super) fn limit(&self, default: usize) -> Result<usize> {
        match self.limit {
            None => Ok(default),
            Some(limit) if (1..=LARGEST_PAGE).contains(&limit) => Ok(limit),
            Some(limit) => Err(Failure::invalid(vec![Fault::new(
                "limit",
                "out_of_range",
                format!("{limit} is not from 1 to {LARGEST_PAGE}"),
            )])),
        }
    }
}

/// Genes in the order of a count vector.
#[derive(Serialize, ToSchema)]
pub struct GeneList {
    /// All of them.
    pub total: usize,
    /// Where this page begins.
    pub offset: usize,
    /// The page.
    pub genes: Vec<GeneEntry>,
}

/// One gene.
#[derive(Serialize, ToSchema)]
pub struct GeneEntry {
    /// The Ensembl id.
    #[schema(example = "ENSG00000141510")]
    pub gene_id: String,
    /// The symbol; empty where it has none.
    #[schema(example = "TP53")]
    pub symbol: String,
}

/// The model ids that are served
#[utoipa::path(get, path = "/api/models", tag = "models", responses(
    (status = 200, body = ModelList),
    (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn list(State(app): State<App>) -> Json<ModelList> {
    Json(ModelList {
        models: app.registry.interfaces().map(ModelEntry::of).collect(),
    })
}

/// One model, with its card
#[utoipa::path(get, path = "/api/models/{model_id}", tag = "models",
    params(("model_id" = String, Path, example = "gem-1-bulk_reference-conditioning")),
    responses((status = 200, body = ModelDetails), (status = 404, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn details(
    State(app): State<App>,
    id: std::result::Result<Path<String>, PathRejection>,
) -> Result<Json<ModelDetails>> {
    let interface = interface(&app, id)?;
    let model = &interface.served.model;
    Ok(Json(ModelDetails {
        entry: ModelEntry::of(interface),
        card: model.card().to_owned(),
        benchmarks: model.manifest().benchmarks.clone(),
    }))
}

/// A query that runs as it is
#[utoipa::path(get, path = "/api/models/{model_id}/example-query", tag = "models",
    params(("model_id" = String, Path, example = "gem-1-bulk_reference-conditioning")),
    responses((status = 200, body = ExampleQuery), (status = 404, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn example_query(
    State(app): State<App>,
    id: std::result::Result<Path<String>, PathRejection>,
) -> Result<Json<ExampleQuery>> {
    let interface = interface(&app, id)?;
    let example = app.examples.get(&interface.id).ok_or_else(|| {
        let message = format!("{} has no example", interface.id);
        Failure::not_found(Fault::new("model_id", "no_example", message))
    })?;
    Ok(Json(ExampleQuery {
        example_query: example.clone(),
    }))
}

/// The genes of a model, in the order of its count vectors; all of them where no limit is given
#[utoipa::path(get, path = "/api/models/{model_id}/genes", tag = "models",
    params(("model_id" = String, Path, example = "gem-1-bulk_reference-conditioning"), Page),
    responses((status = 200, body = GeneList), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub async fn genes(
    State(app): State<App>,
    id: std::result::Result<Path<String>, PathRejection>,
    page: std::result::Result<Query<Page>, QueryRejection>,
) -> Result<Json<GeneList>> {
    let interface = interface(&app, id)?;
    let Query(page) = page?;
    let genes = interface.served.model.axis().genes();
    let limit = match page.limit {
        None => genes.len(),
        Some(_) => page.limit(PAGE)?,
    };
    let rows = genes.iter().skip(page.offset).take(limit);
    Ok(Json(GeneList {
        total: genes.len(),
        offset: page.offset,
        genes: rows
            .map(|gene| GeneEntry {
                gene_id: gene.id.to_string(),
                symbol: gene.symbol.clone(),
            })
            .collect(),
    }))
}

/// The interface that a path names.
pub(super) fn interface(
    app: &App,
    id: std::result::Result<Path<String>, PathRejection>,
) -> Result<&Interface> {
    let Path(id) = id?;
    app.registry.get(&id).map_err(Failure::not_found)
}
