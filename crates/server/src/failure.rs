//! Errors: one shape for every route, and what each becomes as a status.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use refcast_core::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::brief;

/// Near values that are named with a fault.
const NEAREST: usize = 10;

/// Why the server does not start, in words for its operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartFailure(pub String);

/// What a request that fails is answered with. The body is the one that clients know:
/// `{"error": …, "errors": [{"path": …, "message": …, "code": …}]}`.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    error: &'static str,
    faults: Vec<Fault>,
    retry_after: Option<u64>,
}

/// The result of a route.
pub type Result<T> = std::result::Result<T, Failure>;

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// In two words.
    #[schema(example = "Invalid request")]
    pub error: String,
    /// Everything that is wrong.
    pub errors: Vec<ErrorEntry>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorEntry {
    /// Where in the request; empty for the request as a whole.
    #[schema(example = "inputs[0].counts")]
    pub path: String,
    /// What is wrong, and what to do.
    #[schema(example = "has 20000 values; gem-1-bulk expects 19847 in its order")]
    pub message: String,
    /// A stable name.
    #[schema(example = "wrong_length")]
    pub code: String,
    /// Known values near the one given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub nearest: Vec<String>,
}

impl Failure {
    /// The status of the answer.
    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn new(status: StatusCode, error: &'static str, faults: Vec<Fault>) -> Self {
        Self {
            status,
            error,
            faults,
            retry_after: None,
        }
    }

    fn one(
        status: StatusCode,
        error: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::new(status, error, vec![Fault::new("", code, message)])
    }

    /// A query with faults: 422.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid request", faults)
    }

    /// A body that cannot be read at all: 400.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self::one(
            StatusCode::BAD_REQUEST,
            "Invalid request",
            "unreadable",
            message,
        )
    }

    /// A job that was never submitted, has expired or was deleted.
    pub fn unknown_job() -> Self {
        Self::not_found(Fault::new(
            "id",
            "unknown_job",
            "no such query: it was never submitted with this key, or its result has expired, was deleted \
             or made room for younger ones",
        ))
    }

    /// A model, job or page that is not there: 404.
    pub fn not_found(fault: Fault) -> Self {
        Self::not_found_all(vec![fault])
    }

    /// The same by several faults.
    pub fn not_found_all(faults: Vec<Fault>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", faults)
    }

    /// No key, or one that is not valid: 401.
    pub fn unauthorised(message: &'static str) -> Self {
        Self::one(
            StatusCode::UNAUTHORIZED,
            "Not authorised",
            "unauthorised",
            message,
        )
    }

    /// A page of another server, or a download URL that was changed or has expired: 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::one(StatusCode::FORBIDDEN, "Not allowed", "forbidden", message)
    }

    /// A body that comes too slowly: 408.
    pub fn slow_body() -> Self {
        Self::one(
            StatusCode::REQUEST_TIMEOUT,
            "Too slow",
            "slow_body",
            "the body did not arrive in time: send it again, at 16 kB a second or more",
        )
    }

    /// A body above that many bytes: 413.
    pub fn too_large(most: usize) -> Self {
        Self::one(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            "too_large",
            format!(
                "the body is larger than the {} MiB that this server takes: send fewer inputs at a \
                 time",
                most >> 20
            ),
        )
    }

    /// A body that is not JSON by its own word: 415.
    pub fn not_json() -> Self {
        Self::one(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not JSON",
            "not_json",
            "a query is JSON: send it with Content-Type: application/json",
        )
    }

    /// A body that is compressed: 415.
    pub fn encoded_body() -> Self {
        Self::one(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not plain",
            "encoded_body",
            "bodies are taken as they are, not compressed: send it without Content-Encoding",
        )
    }

    /// A request to another server: 421.
    pub fn misdirected(message: impl Into<String>) -> Self {
        Self::one(
            StatusCode::MISDIRECTED_REQUEST,
            "Another server",
            "misdirected",
            message,
        )
    }

    /// A request that contradicts an earlier one: 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::one(StatusCode::CONFLICT, "Conflict", "conflict", message)
    }

    /// Too much at once: 429, and when to come again.
    pub fn busy(message: impl Into<String>, seconds: u64) -> Self {
        let failure = Self::one(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests",
            "busy",
            message,
        );
        Self {
            retry_after: Some(seconds.max(1)),
            ..failure
        }
    }

    /// The server is going away or cannot reach its store: 503.
    pub fn unavailable(message: impl Into<String>) -> Self {
        let failure = Self::one(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not available",
            "unavailable",
            message,
        );
        Self {
            retry_after: Some(5),
            ..failure
        }
    }

    /// The time of a request was over before its answer began: 504.
    pub fn time_over(most: std::time::Duration) -> Self {
        Self::one(
            StatusCode::GATEWAY_TIMEOUT,
            "Too late",
            "time_over",
            format!(
                "the answer had not begun after {} seconds, the longest that this server takes: ask \
                 for less at a time, or come again when it is less busy",
                most.as_secs_f64()
            ),
        )
    }

    /// Work that failed through no fault of the request: 500. The cause goes to the log alone.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::one(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server failed",
            "internal",
            "the work failed on the server; its log has the cause under the request's id",
        )
    }

    /// A path that takes other methods: 405.
    pub fn method_not_allowed() -> Self {
        Self::one(
            StatusCode::METHOD_NOT_ALLOWED,
            "Not allowed",
            "method_not_allowed",
            "this path does not take this method (GET /openapi.json)",
        )
    }
}

/// The message with what else is known: clients show nothing but this.
fn whole_message(fault: &Fault) -> String {
    let mut message = fault.message.clone();
    if let Some(near) = fault.nearest.first() {
        message += &format!("; did you mean `{near}`?");
    }
    if let Some(field) = fault.vocabulary_field {
        message += &format!(" (GET /api/models/MODEL/vocab?field={field}&search=… finds names)");
    }
    message
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let faults = brief::first(self.faults, |more| {
            let message = format!("{more} more faults are not listed: mend these first");
            Fault::new("", "more_faults", message)
        });
        let errors = faults.into_iter().map(|fault| ErrorEntry {
            message: brief::line(whole_message(&fault)),
            path: brief::line(fault.path),
            code: fault.code.to_owned(),
            nearest: fault
                .nearest
                .into_iter()
                .take(NEAREST)
                .map(brief::line)
                .collect(),
        });
        let body = ErrorBody {
            error: self.error.to_owned(),
            errors: errors.collect(),
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"refcast\""),
            );
        }
        response
    }
}

impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Self {
        Self::not_found(Fault::new("", "not_found", "the path is not valid UTF-8"))
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(vec![Fault::new(
            "query",
            "invalid_parameter",
            rejection.body_text(),
        )])
    }
}

impl From<crate::store::Error> for Failure {
    fn from(error: crate::store::Error) -> Self {
        use crate::store::Error;
        match error {
            Error::NotFound => Failure::unknown_job(),
            Error::Revoked => Self::forbidden(error.to_string()),
            Error::NotReady(_) | Error::IdempotencyConflict => Self::conflict(error.to_string()),
            // A waiting job takes about this long where the queue is full.
            Error::QueueFull { .. } => Self::busy(error.to_string(), 10),
            Error::Unavailable { ref source, .. } => {
                tracing::error!(%source, "the store does not answer");
                Self::unavailable(error.to_string())
            }
            Error::UnknownKey | Error::KeyName(_) | Error::Setup(_) => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_to_faults_is_short_whatever_was_sent() {
        let fault = |number: usize| {
            let long = "ä🧬".repeat(1_000);
            let fault = Fault::new(format!("inputs[{number}].{long}"), "wrong", long.clone());
            fault.with_nearest(vec![long; 20])
        };
        let response = Failure::invalid((0..500).map(fault).collect()).into_response();
        let most = 101 * 12 * 310 * 4;
        let body = axum::body::to_bytes(response.into_body(), most).await;
        let body: serde_json::Value =
            serde_json::from_slice(&body.expect("bounded")).expect("JSON");
        let errors = body["errors"].as_array().expect("errors");
        assert_eq!(errors.len(), 101);
        for error in errors {
            for part in ["path", "message"] {
                let characters = error[part].as_str().expect("text").chars().count();
                assert!(characters <= 300, "{part}: {characters}");
            }
        }
        assert_eq!(errors[100]["code"], "more_faults");
        assert_eq!(
            errors[100]["message"],
            "400 more faults are not listed: mend these first"
        );
    }
}
