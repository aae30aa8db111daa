//! Pages for people, and the description of the API for programs.

use axum::Json;
use axum::extract::State;
use axum::response::Html;

use crate::app::App;
use crate::failure::Failure;
use crate::openapi;

/// What is served, and how to call it.
pub async fn home(State(app): State<App>) -> Html<String> {
    let rows: String = app
        .registry
        .interfaces()
        .map(|interface| {
            let manifest = interface.served.model.manifest();
            format!(
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                interface.id,
                interface.request_type.name().replace('_', " "),
                manifest.genes,
                manifest.version.get(..12).unwrap_or(&manifest.version),
            )
        })
        .collect();
    Html(include_str!("pages/home.html").replace("{{models}}", &rows))
}

/// A page to try it.
pub async fn try_it() -> Html<&'static str> {
    Html(include_str!("pages/docs.html"))
}

/// The OpenAPI description.
pub async fn description(State(app): State<App>) -> Json<utoipa::openapi::OpenApi> {
    Json(openapi::description_with(app.keys.is_some()))
}

/// A path that is not there.
pub async fn not_found() -> Failure {
    Failure::not_found(refcast_core::Fault::new(
        "",
        "not_found",
        "no such path (GET /openapi.json lists all)",
    ))
}

/// A path that takes other methods.
pub async fn method_not_allowed() -> Failure {
    Failure::method_not_allowed()
}
