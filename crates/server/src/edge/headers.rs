//! Headers of every answer: what browsers must not do with it, and how its text is encoded.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Result};

/// The header that names a request, in answers and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest that is taken of a client.
const LONGEST_REQUEST_ID: usize = 128;

/// Of an answer that is for programs: a browser that shows it loads and runs nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    // Keys and results do not stay on the disks of browsers and proxies.
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds them.
pub async fn add(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(NOTHING));
    // R asks its user where the encoding is not said.
    if headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
    {
        let utf8 = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(CONTENT_TYPE, utf8);
    }
    response
}

/// Takes away a name that a client gave its request where it is longer than a line of a log has room for, is not of
/// visible characters, or is not the only one.
pub async fn short_request_id(mut request: Request, next: Next) -> Response {
    let mut given = request.headers().get_all(REQUEST_ID).iter();
    let is_right = |id: &HeaderValue| {
        let id = id.as_bytes();
        (1..=LONGEST_REQUEST_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
    };
    if !(given.next().is_some_and(is_right) && given.next().is_none()) {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

/// The value of a header that may be there once.
///
/// # Errors
/// 400 where it is there twice.
pub fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Failure::unreadable(format!(
            "the request has more than one {name} header: send one"
        ))),
    }
}

/// A page of this program: the style and the script that stand in `text` may run and no others, and
/// they may call this server and no other.
pub fn page(text: &str, shown: String) -> Response {
    let hash = |tag: &str| {
        let (_, inside) = text.split_once(&format!("<{tag}>"))?;
        let (inside, _) = inside.split_once(&format!("</{tag}>"))?;
        Some(BASE64_STANDARD.encode(Sha256::digest(inside)))
    };
    let (style, script) = (hash("style"), hash("script"));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        style.unwrap_or_default(),
        script.unwrap_or_default()
    );
    let mut response = Html(shown).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
