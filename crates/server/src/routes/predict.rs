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
use crate::caller::Caller;
use crate::edge::body::JsonBody;
use crate::edge::headers::only;
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
        warnings: asked.warnings,
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

/// Whether the media type of the stream is among those that a client takes; a range such as `*/*` does not name it.
fn asks_for_arrow(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    accepted.flat_map(listed).any(|range| {
        let mut parts = split(range, ';');
        let name = parts.next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case(stream::ARROW_STREAM) && parts.all(|part| !is_refusal(part))
    })
}

/// The members of a list in a header.
fn listed(value: &str) -> impl Iterator<Item = &str> {
    split(value, ',')
}

/// What is between separators that are not in quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c| {
        let is_end = c == separator && !is_quoted;
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        is_end
    })
}

/// Whether a parameter is a weight of nothing, or one that cannot be read.
fn is_refusal(parameter: &str) -> bool {
    let Some((name, weight)) = parameter.split_once('=') else {
        return false;
    };
    let is_weight = name.trim().eq_ignore_ascii_case("q");
    is_weight
        && !weight
            .trim()
            .parse::<f32>()
            .is_ok_and(|weight| weight > 0.0)
}

fn idempotency(
    headers: &HeaderMap,
    interface: &Interface,
    body: &[u8],
) -> Result<Option<Idempotency>> {
    let Some(key) = only(headers, &IDEMPOTENCY_KEY)? else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_for_whoever_names_its_type_and_does_not_refuse_it() {
        for (accepted, asks) in [
            (&["application/vnd.apache.arrow.stream"][..], true),
            (&["Application/Vnd.Apache.Arrow.Stream"], true),
            (
                &["application/json, application/vnd.apache.arrow.stream"],
                true,
            ),
            (
                &["application/json", "application/vnd.apache.arrow.stream"],
                true,
            ),
            (
                &["application/vnd.apache.arrow.stream;q=0.5, */*;q=0.1"],
                true,
            ),
            (&["application/vnd.apache.arrow.stream ; q=1.000"], true),
            (&["application/vnd.apache.arrow.stream;v=\"a;q=0\""], true),
            (
                &["text/x;a=\"\\\",\", application/vnd.apache.arrow.stream"],
                true,
            ),
            (&["application/vnd.apache.arrow.stream;q=0"], false),
            (&["application/vnd.apache.arrow.stream; Q = 0.000"], false),
            (&["application/vnd.apache.arrow.stream;q=x"], false),
            (&["application/vnd.apache.arrow.stream;v=1;q=0, */*"], false),
            (&["application/vnd.apache.arrow.streamx"], false),
            (&["xapplication/vnd.apache.arrow.stream"], false),
            (
                &["text/plain;a=\", application/vnd.apache.arrow.stream,\""],
                false,
            ),
            (&["*/*"], false),
            (&["application/*"], false),
            (&[""], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in accepted {
                headers.append(header::ACCEPT, value.parse().expect("header"));
            }
            assert_eq!(asks_for_arrow(&headers), asks, "{accepted:?}");
        }
    }
}
