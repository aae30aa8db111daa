//! The rest of a body that nobody read, because the request was refused by its head.
//!
//! A connection that is closed with unread bytes on it is reset, and the client, which is still
//! sending, never sees why. So the rest is read for a while and thrown away.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::EXPECT;
use tokio::runtime::Handle;

use super::patience::{Activity, Coming};

/// How long the rest is read, at most.
const LONGEST: Duration = Duration::from_secs(5);

/// A request's body whose rest is read when it is dropped.
pub struct ReadToEnd {
    body: Option<Incoming>,
    /// False where the client waits to be told to send it: then nothing is on its way.
    is_coming: bool,
    /// Until it has come whole.
    coming: Option<Coming>,
}

impl ReadToEnd {
    /// Gives a request such a body.
    pub fn of(request: Request<Incoming>, activity: &Arc<Activity>) -> Request<Self> {
        let is_coming = !request.headers().contains_key(EXPECT);
        request.map(|body| Self {
            coming: (!body.is_end_stream()).then(|| activity.send()),
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
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(&mut *body).poll_frame(cx);
        let is_over = match &frame {
            Poll::Ready(Some(Ok(_))) => body.is_end_stream(),
            Poll::Ready(_) => true,
            Poll::Pending => false,
        };
        if is_over {
            self.coming = None;
        }
        frame
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
        let coming = self.coming.take();
        runtime.spawn(tokio::time::timeout(LONGEST, async move {
            while let Some(Ok(_)) = body.frame().await {}
            drop(coming);
        }));
    }
}
