//! The values that a model knows.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use refcast_core::MetadataField;
use refcast_model::Model;
use refcast_model::vocabulary::{
    AcceptedValue, NOTHING_TO_SEARCH, field_name, says_nothing, unknown_field,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::models::{PAGE, Page, interface};
use crate::app::App;
use crate::caller::Caller;
use crate::failure::{ErrorBody, Failure, Result};

/// What to look for in a vocabulary.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VocabularyQuery {
    /// A field of the metadata; all of them where it is not given.
    #[param(example = "perturbation_ontology_id")]
    pub field: Option<String>,
    /// A part of a value, a name or a synonym.
    #[param(example = "interferon")]
    pub search: Option<String>,
    /// Rows to leave out.
    #[serde(default)]
    #[param(minimum = 0, default = 0)]
    pub offset: usize,
    /// The most rows to give.
    #[param(minimum = 1, maximum = 10_000, default = 100)]
    pub limit: Option<usize>,
}

/// Accepted values.
#[derive(Serialize, ToSchema)]
pub struct VocabularyList {
    /// The fields that have a vocabulary.
    pub fields: Vec<String>,
    /// All that were found.
    pub total: usize,
    /// Where this page begins.
    pub offset: usize,
    /// The page.
    pub values: Vec<VocabularyEntry>,
    /// Why nothing was found, of a search that names nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One accepted value.
#[derive(Serialize, ToSchema)]
pub struct VocabularyEntry {
    /// The field.
    pub field: String,
    /// What to write.
    pub value: String,
    /// What it means.
    pub label: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// What sort of thing it is; perturbations only.
    pub kind: Option<String>,
    /// Samples with it in training: 0 for what is known but was not seen.
    pub samples: u32,
    /// Studies that these come from.
    pub studies: u32,
}

/// The values that a model knows, by field, name or synonym
#[utoipa::path(get, path = "/api/models/{model_id}/vocab", tag = "models",
    params(("model_id" = String, Path, example = "gem-1-bulk_reference-conditioning"),
        VocabularyQuery),
    responses((status = 200, body = VocabularyList), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub async fn vocabulary(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    id: std::result::Result<Path<String>, PathRejection>,
    query: std::result::Result<Query<VocabularyQuery>, QueryRejection>,
) -> Result<Json<VocabularyList>> {
    let interface = interface(&app, id)?.clone();
    let Query(query) = query?;
    let page = Page {
        offset: query.offset,
        limit: query.limit,
    };
    let limit = page.limit(PAGE)?;
    // A search walks tables of a hundred thousand names, to its end even when its client has left.
    let place = app.searches.enter(&caller).await?;
    let found = tokio::task::spawn_blocking(move || {
        let _place = place;
        let model = &interface.served.model;
        let search = query.search.unwrap_or_default();
        (
            fields(model),
            searched(model, query.field.as_deref(), &search),
            says_nothing(&search).then(|| NOTHING_TO_SEARCH.to_owned()),
        )
    })
    .await;
    let (fields, found, note) = found.map_err(|error| Failure::internal(&error))?;
    // The only fault that a search has: a field that there is not.
    let found = found.map_err(|error| Failure::not_found_all(error.into_faults("")))?;
    let rows = found.iter().skip(page.offset).take(limit);
    Ok(Json(VocabularyList {
        note,
        fields,
        total: found.len(),
        offset: page.offset,
        values: rows
            .map(|entry| VocabularyEntry {
                field: entry.field.clone(),
                value: entry.value.clone(),
                label: entry.label.clone(),
                synonyms: entry.synonyms.clone(),
                kind: entry.kind.map(|kind| kind.name().to_owned()),
                samples: entry.samples,
                studies: entry.studies,
            })
            .collect(),
    }))
}

/// Every field of the metadata, those that the model has values of first.
fn fields(model: &Model) -> Vec<String> {
    let mut fields = model.field_names();
    for name in MetadataField::ALL.map(MetadataField::name) {
        if !fields.iter().any(|known| known == name) {
            fields.push(name.to_owned());
        }
    }
    fields
}

/// The values of a field, or of all. Of a field that training saw nothing of these are the values
/// that the protocol lists, if it lists any.
fn searched(
    model: &Model,
    field: Option<&str>,
    search: &str,
) -> refcast_core::Result<Vec<AcceptedValue>> {
    let Some(wanted) = field.map(field_name) else {
        return model.search(None, search);
    };
    if model.field_names().contains(&wanted) {
        return model.search(Some(&wanted), search);
    }
    let known = MetadataField::ALL.into_iter();
    let Some(known) = known.into_iter().find(|known| known.name() == wanted) else {
        return Err(unknown_field(&wanted, &fields(model)).into());
    };
    let search = search.trim().to_lowercase();
    let listed = known.choices().unwrap_or_default().iter();
    Ok(listed
        .filter(|value| value.to_lowercase().contains(&search))
        .map(|value| AcceptedValue {
            field: wanted.clone(),
            value: (*value).to_owned(),
            label: String::new(),
            synonyms: Vec::new(),
            kind: None,
            samples: 0,
            studies: 0,
        })
        .collect())
}
