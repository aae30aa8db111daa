//! What has become of a query that was submitted, its result, and how to end it.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::brief;
use crate::caller::Caller;
use crate::edge::origin::BaseUrl;
use crate::edge::revocation::{Cut, watched};
use crate::failure::{ErrorBody, Failure, Result};
use crate::signing::Permit;
use crate::store::{State as JobState, Status};

/// How long a download URL is good for.
const URL_SECONDS: u64 = 3600;

/// How a job stands.
#[derive(Serialize, ToSchema)]
pub struct JobStatus {
    /// `pending`, `running`, `ready` or `failed`.
    #[schema(example = "ready")]
    pub status: String,
    /// Where the result is, for anyone who has the URL, until it expires; null before it is ready.
    #[serde(rename = "downloadUrl")]
    pub download_url: Option<String>,
    /// Why it failed; null otherwise.
    pub message: Option<String>,
    /// The job.
    #[serde(rename = "modelQueryId")]
    pub model_query_id: String,
    /// The model asked.
    #[serde(rename = "modelId")]
    pub model_id: String,
}

/// What a download URL carries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Permission {
    /// Which attempt at the job made the result.
    pub attempt: i64,
    /// When the URL ends, seconds since 1970.
    pub expires: u64,
    /// Over the job and the time.
    pub signature: String,
}

/// How a job stands
#[utoipa::path(get, path = "/api/model-queries/{id}/status", tag = "predict",
    params(("id" = String, Path, description = "The modelQueryId")),
    responses((status = 200, body = JobStatus), (status = 404, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn status(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    id: std::result::Result<Path<String>, PathRejection>,
    Extension(BaseUrl(base)): Extension<BaseUrl>,
) -> Result<Json<JobStatus>> {
    let status = own(&app, &caller, id).await?;
    let download_url = if status.state == JobState::Ready {
        let permit = Permit {
            job: status.id,
            attempt: status.attempt,
            expires: now() + URL_SECONDS,
        };
        let signature = app.signer.sign(&permit);
        Some(format!(
            "{base}/api/model-queries/{}/result?attempt={}&expires={}&signature={signature}",
            permit.job, permit.attempt, permit.expires
        ))
    } else {
        None
    };
    Ok(Json(JobStatus {
        status: status.state.as_str().to_owned(),
        download_url,
        message: status.message.map(brief::line),
        model_query_id: status.id.to_string(),
        model_id: status.model_id,
    }))
}

/// End a job, or delete one that has ended, with its result
///
/// A waiting job ends at once; a running one within a tenth of a second, or a second or two where
/// another server runs it. Such a job stays as failed until it is deleted.
#[utoipa::path(delete, path = "/api/model-queries/{id}", tag = "predict",
    params(("id" = String, Path, description = "The modelQueryId")),
    responses((status = 204, description = "It ends, or is deleted"),
        (status = 404, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    id: std::result::Result<Path<String>, PathRejection>,
) -> Result<StatusCode> {
    let status = own(&app, &caller, id).await?;
    app.jobs.delete(status.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The result of a job, by the URL that its status gives
#[utoipa::path(get, path = "/api/model-queries/{id}/result", tag = "predict", security(()),
    params(("id" = String, Path, description = "The modelQueryId"), Permission),
    responses((status = 200, description = "The result", body = crate::openapi::PredictResult),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn result(
    State(app): State<App>,
    id: std::result::Result<Path<String>, PathRejection>,
    permission: std::result::Result<Query<Permission>, QueryRejection>,
    cut: Option<Extension<Cut>>,
) -> Result<Response> {
    let id = job_id(id)?;
    let Query(permission) = permission?;
    let permit = Permit {
        job: id,
        attempt: permission.attempt,
        expires: permission.expires,
    };
    if !app.signer.verify(&permit, &permission.signature, now()) {
        return Err(Failure::forbidden(
            "the URL was changed or has expired: the status of the job has a new one",
        ));
    }
    let result = app.jobs.open_result(id, permit.attempt).await?;
    let mut response = Body::from_stream(result.content).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(result.bytes));
    let Extension(cut) = cut.unwrap_or_default();
    let jobs = app.jobs.clone();
    let is_revoked = move || {
        let jobs = jobs.clone();
        async move {
            let status = jobs.status(id).await;
            status.is_ok_and(|status| status.owner_is_revoked)
        }
    };
    Ok(watched(response, cut, is_revoked))
}

/// The job, if it is the caller's; another's is as good as none.
async fn own(
    app: &App,
    caller: &Caller,
    id: std::result::Result<Path<String>, PathRejection>,
) -> Result<Status> {
    let status = app.jobs.status(job_id(id)?).await?;
    if status.owner == caller.key_id {
        Ok(status)
    } else {
        Err(Failure::unknown_job())
    }
}

fn job_id(id: std::result::Result<Path<String>, PathRejection>) -> Result<Uuid> {
    let Path(id) = id?;
    Uuid::parse_str(id.trim()).map_err(|_| Failure::unknown_job())
}

/// Seconds since 1970.
fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
