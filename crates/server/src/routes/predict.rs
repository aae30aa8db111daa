//! The route that everything is about.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use refcast_model::IsUnwanted;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::models::interface;
use super::stream;
use crate::app::App;
use crate::brief;
use crate::caller::Caller;
use crate::edge::body::JsonBody;
use crate::edge::time::Deadline;
use crate::failure::{ErrorBody, Failure, Result};
use crate::generation;
use crate::observe::{Stage, Timer};
use crate::registry::Interface;
use crate::store::{Idempotency, NewJob};
use crate::wire::{Asked, Body, Limits};

/// The header by which a repeated submission is known to be the same one.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest that is taken.
const LONGEST_KEY: usize = 255;

/// A query that became a job.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// What to ask for under `/api/model-queries/`.
    #[serde(rename = "modelQueryId")]
    pub model_query_id: String,
    /// The seed, given or drawn: send it again for the same answer. Null for a submission that was
    /// repeated, whose job keeps the seed of the first; its result has it.
    pub seed: Option<u64>,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// Ask a model
///
/// With `Accept: application/vnd.apache.arrow.stream` the answer comes at once, as an Arrow IPC
/// stream that is written while it is generated. Otherwise the query becomes a job.
#[utoipa::path(post, path = "/api/models/{model_id}/predict", tag = "predict",
    params(("model_id" = String, Path, example = "gem-1-bulk_reference-conditioning"),
        ("Idempotency-Key" = Option<String>, Header,
            min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "The same key and body give the same job")),
    request_body(content = crate::openapi::PredictQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "An Arrow stream, or the id of a job",
            content((Accepted = "application/json"),
                (crate::openapi::ArrowStream = "application/vnd.apache.arrow.stream")),
            links(("status" = (operation_id = "status",
                parameters(("id" = "$response.body#/modelQueryId")))))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 408, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
        (status = 429, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub async fn predict(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    id: std::result::Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response> {
    if !app.is_ready() {
        return Err(Failure::unavailable("the server is shutting down"));
    }
    let interface = interface(&app, id)?.clone();
    let headers = request.headers().clone();
    let JsonBody { bytes: body, share } = JsonBody::from_request(request, &app).await?;
    let at_once = asks_for_arrow(&headers);
    let limits = &app.settings.limits;
    let limits = Limits {
        inputs: limits.inputs,
        samples: if at_once {
            limits.samples
        } else {
            limits.job_samples
        },
    };
    // Reading is work too: twenty thousand counts an input, and a plan that looks into every gene.
    let permit = app.reading.enter(&caller).await?;
    let left = CancellationToken::new();
    let _leaves = left.clone().drop_guard();
    let (reader, timer) = (interface.clone(), Timer::start(&interface.id, "stream"));
    let (idempotency, query, asked, timer) = tokio::task::spawn_blocking(move || -> Result<_> {
        let _permit = permit;
        let goes_on = || match left.is_cancelled() {
            true => Err(Failure::unavailable("the client left")),
            false => Ok(()),
        };
        let (idempotency, query, asked) = timer.time(Stage::Read, || -> Result<_> {
            goes_on()?;
            let idempotency = idempotency(&headers, &reader, &body)?;
            let body = Body::read(&body).map_err(Failure::unreadable)?;
            goes_on()?;
            let asked = Asked::read(&body, &reader, limits).map_err(Failure::invalid)?;
            goes_on()?;
            check(&reader, &asked, &|| left.is_cancelled())?;
            goes_on()?;
            let query = (!at_once).then(|| asked.query(&body));
            Ok((idempotency, query.unwrap_or_default(), asked))
        })?;
        Ok((idempotency, query, asked, timer))
    })
    .await
    .map_err(|error| Failure::internal(&error))??;
    if at_once {
        drop(query);
        return stream::respond(
            &app,
            &caller,
            share,
            interface,
            asked,
            timer,
            deadline.into_std(),
        )
        .await;
    }
    let job = NewJob {
        owner: caller.key_id,
        model_version: interface.served.model.manifest().version.clone(),
        model_id: interface.id,
        query,
        idempotency,
    };
    let submitted = app.jobs.submit(job).await?;
    let accepted = Accepted {
        model_query_id: submitted.id.to_string(),
        seed: submitted.created.then_some(asked.seed),
        warnings: brief::warnings(asked.warnings),
    };
    drop(share);
    Ok((StatusCode::OK, Json(accepted)).into_response())
}

/// What only the model can refuse is refused now, not later through a failed job.
fn check(interface: &Interface, asked: &Asked, is_unwanted: IsUnwanted<'_>) -> Result<()> {
    match generation::check(&interface.served, &asked.tasks, is_unwanted) {
        Ok(()) => Ok(()),
        Err((input, refcast_model::Error::Query(error))) => {
            let path = input.map(|input| format!("inputs[{input}].metadata"));
            let faults = error.into_faults(&path.unwrap_or_default());
            Err(Failure::invalid(faults))
        }
        Err((_, error)) => Err(Failure::internal(&error)),
    }
}

fn asks_for_arrow(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains(stream::ARROW_STREAM))
}

fn idempotency(
    headers: &HeaderMap,
    interface: &Interface,
    body: &[u8],
) -> Result<Option<Idempotency>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    let Some(key) = key else {
        return Err(Failure::unreadable(format!(
            "Idempotency-Key is not 1 to {LONGEST_KEY} visible ASCII characters"
        )));
    };
    let request = [interface.id.as_bytes(), b"\n", body].concat();
    Ok(Some(Idempotency::new(key, &request)))
}
