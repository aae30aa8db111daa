//! For whoever looks after the server.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::failure::{ErrorBody, Failure, Result};
use crate::observe;

/// That all is well.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: String,
}

impl Health {
    fn ok() -> Json<Self> {
        Json(Self {
            status: "ok".to_owned(),
        })
    }
}

/// Whether the process answers
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()),
    responses((status = 200, body = Health)))]
pub async fn alive() -> Json<Health> {
    Health::ok()
}

/// Whether new work is welcome: not while the server shuts down or its store takes no writes
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()),
    responses((status = 200, body = Health), (status = 503, body = ErrorBody)))]
pub async fn ready(State(app): State<App>) -> Result<Json<Health>> {
    if !app.is_ready() {
        return Err(Failure::unavailable("the server is shutting down"));
    }
    app.jobs.ready().await?;
    Ok(Health::ok())
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operation", security(()),
    responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    // Without the store the other figures are still worth having.
    let jobs = match app.jobs.counts().await {
        Ok(counts) => vec![
            ("pending".to_owned(), counts.pending),
            ("running".to_owned(), counts.running),
            ("ready".to_owned(), counts.ready),
            ("failed".to_owned(), counts.failed),
        ],
        Err(_) => Vec::new(),
    };
    let waiting = app.reading.waiting() + app.streams.waiting();
    observe::queues(waiting, &jobs);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics.render(),
    )
}
