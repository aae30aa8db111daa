//! Pages for people, and the description of the API for programs.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::edge::headers;
use crate::failure::Failure;
use crate::openapi;

/// What is served, and how to call it.
pub async fn home(State(app): State<App>) -> Response {
    let rows: String = app
        .registry
        .interfaces()
        .map(|interface| {
            let manifest = interface.served.model.manifest();
            format!(
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                escaped(&interface.id),
                interface.request_type.name().replace('_', " "),
                manifest.genes,
                escaped(manifest.version.get(..12).unwrap_or(&manifest.version)),
            )
        })
        .collect();
    let page = include_str!("pages/home.html");
    headers::page(page, page.replace("{{models}}", &rows))
}

/// A page to try it.
pub async fn try_it() -> Response {
    let page = include_str!("pages/docs.html");
    headers::page(page, page.to_owned())
}

/// Text that is no HTML, whatever a bundle calls itself.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(character),
        }
    }
    html
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_bundle_is_no_html() {
        let name = r#"<img src=x onerror="alert(1)">&"#;
        let html = escaped(name);
        assert_eq!(html, "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;");
    }
}
