//! The answer at once: an Arrow stream that is written while it is generated.

use std::io;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::failure::{Failure, Result};
use crate::generation::{Stopped, generate};
use crate::observe::{Stage, Timer};
use crate::registry::Interface;
use crate::wire::{ArrowWriter, Asked};

/// The media type by which a client asks for this answer.
pub const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
/// Encoded batches that wait for a slow client; generation stops meanwhile.
const BATCHES_AHEAD: usize = 2;
/// The seed, also where the stream is not read.
const SEED: HeaderName = HeaderName::from_static("x-refcast-seed");

type Piece = io::Result<Bytes>;

/// Generates what is asked and streams it, in the place at work that `permit` holds;
/// `timer` has timed what came before. Once the client is gone, generation stops at the next
/// batch.
///
/// # Errors
/// Whatever fails before the first batch; later the connection is cut, since the status is out.
pub async fn respond(
    app: &App,
    permit: OwnedSemaphorePermit,
    interface: Interface,
    asked: Asked,
    timer: Timer,
) -> Result<Response> {
    let deadline = Instant::now() + app.settings.limits.request;
    let (pieces, mut received) = mpsc::channel::<Piece>(BATCHES_AHEAD);
    let seed = asked.seed;
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let _in_span = span.entered();
        match write(&interface, &asked, &timer, deadline, &pieces) {
            Ok(()) => timer.done(asked.samples()),
            Err(Stopped::Unwanted) => tracing::info!("the client went away"),
            Err(Stopped::Failed(cause)) => {
                tracing::error!(%cause, "a stream broke off");
                // The reader may be gone as well, then nobody is left to tell.
                let _ = pieces.blocking_send(Err(io::Error::other("generation failed")));
            }
        }
    });
    let first = match received.recv().await {
        Some(Ok(piece)) => piece,
        Some(Err(error)) => return Err(Failure::internal(&error)),
        None => return Err(Failure::internal(&"generation ended without a word")),
    };
    let rest = ReceiverStream::new(received);
    let body = Body::from_stream(tokio_stream::once(Piece::Ok(first)).chain(rest));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ARROW_STREAM));
    headers.insert(SEED, HeaderValue::from(seed));
    Ok(response)
}

fn write(
    interface: &Interface,
    asked: &Asked,
    timer: &Timer,
    deadline: Instant,
    pieces: &mpsc::Sender<Piece>,
) -> std::result::Result<(), Stopped> {
    let failed = |error: arrow_schema::ArrowError| Stopped::Failed(error.to_string());
    let send = |piece: Vec<u8>| {
        pieces
            .blocking_send(Ok(piece.into()))
            .map_err(|_| Stopped::Unwanted)
    };
    let mut writer = ArrowWriter::new(interface, asked).map_err(failed)?;
    // The schema goes out with the first batch, so that what fails before it is an error response.
    let mut schema = writer.encoded();
    let is_unwanted = || pieces.is_closed();
    generate(
        &interface.served,
        &asked.tasks,
        timer,
        &is_unwanted,
        |batch| {
            if Instant::now() >= deadline {
                return Err(Stopped::Failed("the time limit of a request".to_owned()));
            }
            let mut piece = std::mem::take(&mut schema);
            let encoded = timer.time(Stage::Encode, || writer.push(&batch));
            piece.extend(encoded.map_err(failed)?);
            send(piece)
        },
    )?;
    send(writer.finish().map_err(failed)?)
}
