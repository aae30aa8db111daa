//! The body of a query: JSON by its own word, no longer than allowed, no slower than a slow line, and
//! counted among the bytes that the server holds.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_stream::StreamExt;

use crate::app::App;
use crate::failure::{Failure, Result};

/// Bytes a second that a body comes at, at least, after what it may take to begin with.
const SLOWEST: f64 = 16_384.0;
/// Bytes are counted in pieces of this many.
const PIECE: usize = 1024;
/// What is set aside for a body that does not say how long it is, to begin with.
const UNKNOWN: usize = 64 << 10;
/// What a refused request is told to wait, seconds.
const RETRY_AFTER: u64 = 1;

/// The bytes of all queries in memory together.
#[derive(Debug)]
pub struct Budget(Arc<Semaphore>);

/// A part of the budget; given back when it is dropped, so it stays with whatever was made of the
/// bytes.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Semaphore>,
    pieces: Option<OwnedSemaphorePermit>,
}

impl Budget {
    /// So many bytes, or those of one body if these are more.
    pub fn new(bytes: usize, body: usize) -> Self {
        let pieces = bytes.max(body).div_ceil(PIECE);
        Self(Arc::new(Semaphore::new(pieces.min(u32::MAX as usize))))
    }

    fn share(&self) -> Share {
        Share {
            budget: Arc::clone(&self.0),
            pieces: None,
        }
    }
}

impl Share {
    fn bytes(&self) -> usize {
        let pieces = self.pieces.as_ref();
        pieces.map_or(0, OwnedSemaphorePermit::num_permits) * PIECE
    }

    /// Has it be of at least so many bytes.
    fn grow(&mut self, bytes: usize) -> Result<()> {
        let missing = bytes.saturating_sub(self.bytes()).div_ceil(PIECE);
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.budget).try_acquire_many_owned(missing);
        let more = more.map_err(|_| {
            Failure::busy(
                "this server holds as many bytes of queries as it may: come again, or send fewer \
                 inputs at a time",
                RETRY_AFTER,
            )
        })?;
        match &mut self.pieces {
            None => self.pieces = Some(more),
            Some(pieces) => pieces.merge(more),
        }
        Ok(())
    }
}

/// A JSON body, read whole, with its share of the budget.
pub struct JsonBody {
    /// The body.
    pub bytes: Bytes,
    /// Its share.
    pub share: Share,
}

impl FromRequest<App> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (head, body) = request.into_parts();
        if !is_json(&head.headers) {
            return Err(Failure::not_json());
        }
        let limits = &app.settings.limits;
        let (most, told) = (limits.body, length(&head.headers));
        if told.is_some_and(|told| told > most) {
            return Err(Failure::too_large(most));
        }
        let mut share = app.bodies.share();
        share.grow(told.unwrap_or(UNKNOWN))?;
        let mut bytes = BytesMut::with_capacity(told.unwrap_or(UNKNOWN));
        let mut pieces = body.into_data_stream();
        let begun = Instant::now();
        loop {
            let earned = Duration::from_secs_f64(bytes.len() as f64 / SLOWEST);
            let by = begun + limits.patience + earned;
            let piece = timeout_at(by, pieces.next()).await;
            let Some(piece) = piece.map_err(|_| Failure::slow_body())? else {
                break;
            };
            let piece = piece.map_err(|_| Failure::unreadable(BROKEN))?;
            let length = bytes.len() + piece.len();
            if length > most {
                return Err(Failure::too_large(most));
            }
            if length > share.bytes() {
                // Room is made by doubling, as the buffer does it.
                share.grow((2 * length).min(most))?;
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Self {
            bytes: bytes.freeze(),
            share,
        })
    }
}

const BROKEN: &str = "the body did not arrive whole: send it again";

/// `application/json` or `application/…+json`, in whatever case, with whatever parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let name = only.to_str().unwrap_or_default().split(';').next();
    let name = name.unwrap_or_default().trim().to_ascii_lowercase();
    let kind = name.strip_prefix("application/");
    kind.is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

fn length(headers: &HeaderMap) -> Option<usize> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_that_it_is_json_is_json() {
        for (types, taken) in [
            (&["application/json"][..], true),
            (&["application/json; charset=utf-8"], true),
            (&["APPLICATION/JSON ;charset=UTF-8"], true),
            (&["application/vnd.api+json"], true),
            (&[], false),
            (&["text/plain"], false),
            (&["text/plain; application/json"], false),
            (&["text/json"], false),
            (&["application/x-www-form-urlencoded"], false),
            (&["multipart/form-data; boundary=json"], false),
            (&["application/jsonp"], false),
            (&["application/json, text/plain"], false),
            (&["application/json", "text/plain"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in types {
                headers.append(header::CONTENT_TYPE, value.parse().expect("header"));
            }
            assert_eq!(is_json(&headers), taken, "{types:?}");
        }
    }

    #[test]
    fn shares_are_given_back_and_never_more_than_there_is() {
        let budget = Budget::new(10 * PIECE, 4 * PIECE);
        let mut first = budget.share();
        first.grow(6 * PIECE).expect("room");
        first.grow(5 * PIECE).expect("has it already");
        let mut second = budget.share();
        second.grow(4 * PIECE).expect("room");
        second.grow(4 * PIECE + 1).expect_err("no room");
        drop(first);
        second.grow(10 * PIECE).expect("room again");
    }
}
