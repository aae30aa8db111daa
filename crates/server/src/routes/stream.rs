//! The answer at once: an Arrow stream that is written while it is generated.

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use refcast::answer::ArrowWriter;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout_at;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::caller::Caller;
use crate::edge::budget::Share;
use crate::failure::{Failure, Result};
use crate::generation::{Stopped, generate};
use crate::observe::{Stage, Timer};
use crate::registry::Interface;
use crate::wire::Asked;

/// The media type by which a client asks for this answer.
pub const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
/// Encoded batches that wait for a slow client; generation stops meanwhile.
const BATCHES_AHEAD: usize = 2;
/// The seed, also where the stream is not read.
pub const SEED: HeaderName = HeaderName::from_static("x-refcast-seed");

/// A piece of the stream; none after the last. Where the pieces end without that, it broke off.
type Piece = Option<Bytes>;

/// Generates what is asked and streams it, until `deadline`; `share` is what the query holds of the
/// budget of bytes, `timer` has timed what came before. Once the client is gone, generation stops at
/// the next batch.
///
/// # Errors
/// Whatever fails before the first batch; later the connection is cut, since the status is out.
pub async fn respond(
    app: &App,
    caller: &Caller,
    share: Share,
    interface: Interface,
    asked: Asked,
    timer: Timer,
    deadline: Instant,
) -> Result<Response> {
    let permit = app.streams.enter(caller).await?;
    let (pieces, mut received) = mpsc::channel::<Piece>(BATCHES_AHEAD);
    let seed = asked.seed;
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || {
        let _held = (permit, share);
        let _in_span = span.entered();
        match write(&interface, &asked, &timer, deadline, &pieces) {
            Ok(()) => timer.done(asked.samples()),
            Err(Stopped::Unwanted) => tracing::info!("the client went away"),
            Err(Stopped::Failed(cause)) => tracing::error!(%cause, "a stream broke off"),
        }
    });
    let first = match received.recv().await {
        Some(Some(piece)) => piece,
        _ if Instant::now() >= deadline => {
            return Err(Failure::time_over(app.settings.limits.request));
        }
        _ => {
            return Err(Failure::internal(
                &"a stream broke off before its beginning",
            ));
        }
    };
    let rest = ReceiverStream::new(received)
        .map(Some)
        .chain(tokio_stream::once(None))
        .map_while(|piece| match piece {
            Some(piece) => piece.map(io::Result::Ok),
            None => Some(Err(io::Error::other("the stream broke off"))),
        });
    let body = Body::from_stream(tokio_stream::once(Ok(first)).chain(rest));
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
    let over = || Stopped::Failed("the time limit of a request".to_owned());
    let runtime = Handle::current();
    // A client that takes its bytes one by one holds its place no longer than any other.
    let send = |piece: Option<Vec<u8>>| {
        let sent = timeout_at(deadline.into(), pieces.send(piece.map(Bytes::from)));
        let sent = runtime.block_on(sent).map_err(|_| over())?;
        sent.map_err(|_| Stopped::Unwanted)
    };
    // The schema goes out with the first batch, so that what fails before it is an error response.
    let mut writer = ArrowWriter::new(about(interface, asked));
    let is_unwanted = || pieces.is_closed() || Instant::now() >= deadline;
    generate(
        &interface.served,
        &asked.tasks,
        timer,
        &is_unwanted,
        |batch| {
            if Instant::now() >= deadline {
                return Err(over());
            }
            let encoded = timer.time(Stage::Encode, || writer.push(&batch));
            send(Some(encoded.map_err(failed)?))
        },
    )?;
    send(Some(writer.finish().map_err(failed)?))?;
    send(None)
}

/// What a stream says of itself: the request, the weights, the genes and what was understood.
fn about(interface: &Interface, asked: &Asked) -> HashMap<String, String> {
    let served = &interface.served;
    let mut about = HashMap::from([
        (
            "request_type".to_owned(),
            interface.request_type.name().to_owned(),
        ),
        (
            "model_version".to_owned(),
            served.model.manifest().version.clone(),
        ),
        ("gene_order".to_owned(), served.gene_order_json.clone()),
        ("seed".to_owned(), asked.seed.to_string()),
    ]);
    if !asked.warnings.is_empty() {
        let warnings = serde_json::Value::from(asked.warnings.clone());
        about.insert("warnings".to_owned(), warnings.to_string());
    }
    about
}
