//! Who calls, and how often they may.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::caller::Caller;
use crate::edge::headers::only;
use crate::edge::revocation::{Cut, revoked, watched};
use crate::failure::{Failure, Result};

/// Lets a request through whose key is valid and has not called too often. A server without keys
/// lets all through, at one rate together. Whatever is asked ends where the key is revoked meanwhile.
///
/// # Errors
/// 400 with two keys, 401 without a valid one, 429 above the rate.
pub async fn check(State(app): State<App>, mut request: Request, next: Next) -> Result<Response> {
    // Of two, one or the other would count, as each that reads them on the way likes.
    let sent = only(request.headers(), &header::AUTHORIZATION)?;
    let known = match &app.keys {
        None => None,
        Some(keys) => {
            let sent = sent.and_then(bearer).ok_or_else(|| {
                Failure::unauthorised("send a key of this server: Authorization: Bearer KEY")
            })?;
            let key = keys.verify(sent).await?;
            Some((keys.clone(), key.ok_or_else(unknown)?))
        }
    };
    let key = known.as_ref().map(|(_, key)| key);
    app.rates.check(key).map_err(|refused| {
        let seconds = refused.retry_after_seconds.get();
        Failure::busy("more requests a minute than allowed: slow down", seconds)
    })?;
    let caller = Caller {
        key_id: key.map(|key| key.id.clone()),
    };
    request.extensions_mut().insert(caller);
    let Some((keys, key)) = known else {
        return Ok(next.run(request).await);
    };
    let is_revoked = move || {
        let (keys, id) = (keys.clone(), key.id.clone());
        async move { keys.is_revoked(&id).await.unwrap_or(false) }
    };
    let cut = request.extensions().get::<Cut>().cloned();
    let response = tokio::select! {
        response = next.run(request) => response,
        () = revoked(&is_revoked) => return Err(unknown()),
    };
    Ok(watched(response, cut.unwrap_or_default(), is_revoked))
}

fn unknown() -> Failure {
    Failure::unauthorised("the key is not known here, or was revoked: ask the operator for one")
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}
