//! Who calls, and how often they may.

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::caller::Caller;
use crate::failure::{Failure, Result};

/// Lets a request through whose key is valid and has not called too often. A server without keys
/// lets all through, at one rate together.
///
/// # Errors
/// 401 without a valid key, 429 above the rate.
pub async fn check(State(app): State<App>, mut request: Request, next: Next) -> Result<Response> {
    let key = match &app.keys {
        None => None,
        Some(keys) => {
            let sent = bearer(&request).ok_or_else(|| {
                Failure::unauthorised("send a key of this server: Authorization: Bearer KEY")
            })?;
            let known = keys.verify(sent).await?.ok_or_else(|| {
                Failure::unauthorised(
                    "the key is not known here, or was revoked: ask the operator for one",
                )
            })?;
            Some(known)
        }
    };
    app.rates.check(key.as_ref()).map_err(|refused| {
        let seconds = refused.retry_after_seconds.get();
        Failure::busy("more requests a minute than allowed: slow down", seconds)
    })?;
    let caller = Caller {
        key_id: key.map(|key| key.id),
    };
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}
