//! Compression beside the threads that answer: it takes most of the time of a large answer, and
//! whoever asks for `/healthz` meanwhile must not wait for it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_ENCODING;
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;

/// Compressed pieces that wait for the client.
const PIECES_AHEAD: usize = 2;

/// Threads that compress.
pub struct Compressors(Option<Runtime>);

impl Compressors {
    /// So many threads.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("compression")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Compressors {
    fn drop(&mut self) {
        // Waiting for its threads is not for a thread that answers.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Has the body of an answer made by these threads, if it is one that is compressed while it is read.
pub async fn beside(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let runtime = app.compressors.0.as_ref();
    let is_compressed = response.headers().contains_key(CONTENT_ENCODING);
    let Some(runtime) = runtime.filter(|_| is_compressed) else {
        return response;
    };
    let (head, body) = response.into_parts();
    let (pieces, received) = mpsc::channel(PIECES_AHEAD);
    runtime.spawn(async move {
        let mut body = body.into_data_stream();
        while let Some(piece) = body.next().await {
            if pieces.send(piece).await.is_err() {
                break;
            }
        }
    });
    Response::from_parts(head, Body::from_stream(ReceiverStream::new(received)))
}
