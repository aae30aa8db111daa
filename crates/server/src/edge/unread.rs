//! The rest of a body that nobody read, because the request was refused by its head.
//!
//! A connection that is closed with unread bytes on it is reset, and the client, which is still
//! sending, never sees why. So the rest is read for a while and thrown away.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::EXPECT;
use tokio::runtime::Handle;

/// How long the rest is read, at most.
const LONGEST: Duration = Duration::from_secs(5);

/// A request's body whose rest is read when it is dropped.
pub struct ReadToEnd {
    body: Option<Incoming>,
    /// False where the client waits to be told to send it: then nothing is on its way.
    is_coming: bool,
}

impl ReadToEnd {
    /// Gives a request such a body.
    pub fn of(request: Request<Incoming>) -> Request<Self> {
        let is_coming = !request.headers().contains_key(EXPECT);
        request.map(|body| Self {
            body: Some(body),
            is_coming,
        })
    }
}

impl Body for ReadToEnd {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for ReadToEnd {
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        let (Some(mut body), true, Ok(runtime)) = (body, self.is_coming, Handle::try_current())
        else {
            return;
        };
        runtime.spawn(tokio::time::timeout(LONGEST, async move {
            while let Some(Ok(_)) = body.frame().await {}
        }));
    }
}
