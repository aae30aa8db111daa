//! The body of a query: JSON by its own word, no longer than allowed, no slower than a slow line, and
//! counted among the bytes that the server holds.

use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequest, Request};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, timeout_at};
use tokio_stream::StreamExt;

use super::budget::{Holder, SMALL, Share};
use crate::app::App;
use crate::caller::Caller;
use crate::failure::{Failure, Result};

/// Bytes a second that a body comes at, at least. What came faster lets its client pause, but never for longer
/// than a client is waited for at the beginning.
const SLOWEST: f64 = 16_384.0;
/// A body is kept in parts of this many bytes while it comes, the first ones smaller.
const PART: usize = 256 << 10;
/// The first part.
const FIRST: usize = 4 << 10;

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
        if !is_plain(&head.headers) {
            return Err(Failure::encoded_body());
        }
        let limits = &app.settings.limits;
        let (most, told) = (limits.body, length(&head.headers));
        if told.is_some_and(|told| told > most) {
            return Err(Failure::too_large(most));
        }
        let mut share = app.bodies.share(holder(&head, app));
        let mut parts = BodyParts::default();
        let mut pieces = body.into_data_stream();
        let mut pace = Pace::new(limits.patience, Instant::now());
        loop {
            let piece = timeout_at(pace.by, pieces.next()).await;
            let Some(piece) = piece.map_err(|_| Failure::slow_body())? else {
                break;
            };
            let piece = piece.map_err(|_| Failure::unreadable(BROKEN))?;
            let length = parts.length + piece.len();
            if length > most {
                return Err(Failure::too_large(most));
            }
            // Only what has come counts: what a client says that it will send costs nobody anything.
            share.grow(length, told.unwrap_or(length) <= SMALL)?;
            pace.came(piece.len(), Instant::now());
            parts.push(&piece);
        }
        Ok(Self {
            bytes: parts.joined(),
            share,
        })
    }
}

/// Until when the next bytes of a body must come.
struct Pace {
    patience: Duration,
    by: Instant,
}

impl Pace {
    fn new(patience: Duration, now: Instant) -> Self {
        let by = now + patience;
        Self { patience, by }
    }

    /// Each byte earns its time, of which no more is kept than there is in the beginning: whoever has sent
    /// much at once does not keep it here for as long as it might have taken.
    fn came(&mut self, bytes: usize, now: Instant) {
        let earned = Duration::from_secs_f64(bytes as f64 / SLOWEST);
        self.by = (self.by.max(now) + earned).min(now + self.patience);
    }
}

/// What has come of a body. BodyParts, since a buffer that grows would be there twice whenever it does.
#[derive(Default)]
struct BodyParts {
    parts: Vec<BytesMut>,
    length: usize,
}

impl BodyParts {
    fn push(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let free = self
                .parts
                .last()
                .map_or(0, |part| part.capacity() - part.len());
            if free == 0 {
                let capacity = self.length.clamp(FIRST, PART);
                self.parts.push(BytesMut::with_capacity(capacity));
                continue;
            }
            let (now, later) = piece.split_at(free.min(piece.len()));
            if let Some(part) = self.parts.last_mut() {
                part.extend_from_slice(now);
            }
            self.length += now.len();
            piece = later;
        }
    }

    /// As one. A part goes when it is copied, so that nothing is there twice but that.
    fn joined(mut self) -> Bytes {
        if self.parts.len() == 1 {
            return self.parts.pop().unwrap_or_default().freeze();
        }
        let mut whole = BytesMut::with_capacity(self.length);
        for part in self.parts {
            whole.extend_from_slice(&part);
        }
        whole.freeze()
    }
}

/// Who the bytes are counted for: the key, or, on a server without keys, the address.
fn holder(head: &Head, app: &App) -> Option<Holder> {
    let caller = head.extensions.get::<Caller>();
    if let Some(key) = caller.and_then(|caller| caller.key_id.clone()) {
        return Some(Holder::Key(key));
    }
    let ConnectInfo(peer) = head.extensions.get::<ConnectInfo<std::net::SocketAddr>>()?;
    app.callers.counted(peer.ip()).map(Holder::Address)
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

/// Whether a body is what it is, not compressed.
fn is_plain(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    encodings.all(|encodings| {
        let encodings = encodings.to_str().unwrap_or("unreadable");
        let mut encodings = encodings.split(',').map(str::trim);
        encodings.all(|encoding| encoding.is_empty() || encoding.eq_ignore_ascii_case("identity"))
    })
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
    fn only_what_is_not_encoded_is_plain() {
        for (encodings, plain) in [
            (&[][..], true),
            (&["identity"], true),
            (&["Identity, identity"], true),
            (&[""], true),
            (&["gzip"], false),
            (&["identity, gzip"], false),
            (&["identity", "br"], false),
            (&["identityx"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in encodings {
                headers.append(header::CONTENT_ENCODING, value.parse().expect("header"));
            }
            assert_eq!(is_plain(&headers), plain, "{encodings:?}");
        }
    }

    #[test]
    fn what_came_fast_earns_no_longer_pause_than_there_is_to_begin_with() {
        let patience = Duration::from_secs(30);
        let begun = Instant::now();
        let mut pace = Pace::new(patience, begun);
        assert_eq!(pace.by, begun + patience);
        // All of it at once: 2,000 seconds by the slowest pace.
        pace.came(32 << 20, begun);
        assert_eq!(pace.by, begun + patience);
        // At that pace it goes on for ever.
        let mut now = begun;
        for _ in 0..1_000 {
            now += Duration::from_secs(1);
            assert!(now <= pace.by);
            pace.came(16_384, now);
        }
        // Slower, and it does not.
        let mut seconds = 0;
        while now <= pace.by {
            now += Duration::from_secs(1);
            seconds += 1;
            pace.came(1_024, now.min(pace.by));
        }
        assert!((30..36).contains(&seconds), "{seconds}");
    }

    #[test]
    fn parts_are_the_body_again() {
        for length in [0, 1, FIRST, FIRST + 1, 3 * PART + 17] {
            let body: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            for piece in [1, 1000, 70_000, usize::MAX] {
                if length > FIRST + 1 && piece == 1 {
                    continue;
                }
                let mut parts = BodyParts::default();
                for piece in body.chunks(piece.min(length.max(1))) {
                    parts.push(piece);
                }
                assert_eq!(parts.length, length);
                assert!(parts.joined() == body, "{length} in {piece}");
            }
        }
    }
}
