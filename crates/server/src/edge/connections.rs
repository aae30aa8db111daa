//! The connections: how many at a time, and how long each may keep still.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tower::{Service, ServiceExt};

use super::held::Held;
use super::patience::Patient;
use super::places::{ConnectionPlace, Places};
use super::revocation::Cut;
use super::unread::ReadToEnd;
use crate::app::App;

/// The longest head of a request, bytes.
const HEAD: usize = 64 << 10;
/// How long a head may take from its first byte to its last.
const HEAD_TAKES: Duration = Duration::from_secs(10);
/// How often a connection looks whether it is to end.
const LOOK: Duration = Duration::from_secs(1);
/// The same while the server stops.
const LOOK_AT_THE_END: Duration = Duration::from_millis(20);
/// How long a new connection waits for a place.
const WAIT: Duration = Duration::from_secs(3);
/// What is said where there is none.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; \
charset=utf-8\r\nContent-Length: 171\r\nConnection: close\r\nRetry-After: 5\r\n\r\n\
{\"error\":\"Not available\",\"errors\":[{\"path\":\"\",\"message\":\"as many connections as this server takes \
(--max-connections) are open already: come again\",\"code\":\"unavailable\"}]}";

/// Answers on `listener` until it is told to stop, and then until the last connection has ended.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    app: App,
    mut stopping: watch::Receiver<bool>,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let patience = app.settings.limits.patience;
    let places = Places::new(app.settings.limits.connections);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_stop(&mut stopping) => break,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // The client has left already, or files have run out, which others have to close.
                tracing::warn!(%error, "a connection was not taken");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(turn) = places.line_up(app.callers.counted(peer.ip())) else {
            refuse(&socket, peer);
            continue;
        };
        let (service, mut stopping) = (service.clone(), stopping.clone());
        tokio::spawn(async move {
            let until = Instant::now() + WAIT;
            let place = tokio::select! {
                place = turn.wait(until) => place,
                () = told_to_stop(&mut stopping) => None,
            };
            drop(turn);
            match place {
                Some(place) => connection((socket, peer), service, patience, place, stopping).await,
                None => refuse(&socket, peer),
            }
        });
    }
    drop(listener);
    while places.taken() > 0 {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Comes when the server is to stop, or is gone.
async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Says that there is no place.
fn refuse(socket: &TcpStream, peer: SocketAddr) {
    tracing::warn!(%peer, "no place for another connection");
    // A connection that is closed with unread bytes on it is reset, and its client never sees why.
    let mut unread = [0; 4096];
    while socket
        .try_read(&mut unread)
        .is_ok_and(|read| read == unread.len())
    {}
    // It has room for this, or its client is not worth waiting for.
    let _ = socket.try_write(FULL);
}

/// Answers the requests of one connection.
async fn connection<S>(
    (socket, peer): (TcpStream, SocketAddr),
    service: S,
    patience: Duration,
    place: ConnectionPlace,
    mut stopping: watch::Receiver<bool>,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    // An answer goes out in pieces; none waits until the client has acknowledged the last.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let activity = Arc::clone(&place.activity);
    let socket = TokioIo::new(Patient::new(socket, patience, Arc::clone(&activity)));
    let (asked, cut) = (Arc::clone(&activity), Cut::default());
    let may_cut = cut.clone();
    let service = service_fn(move |request| {
        let asking = asked.ask();
        let mut request = ReadToEnd::of(request, &asked).map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(may_cut.clone());
        let answer = service.clone().oneshot(request);
        async move {
            let answer = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| Held::new(body, asking)))
        }
    });
    let mut http = http1::Builder::new();
    // Between requests it is the wait for the next one's head.
    http.timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_header_size(HEAD);
    let mut answering = pin!(http.serve_connection(socket, service));
    let head_takes = HEAD_TAKES.min(patience);
    let look = |every| {
        let mut look = interval(every);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look
    };
    let mut ticks = look(LOOK);
    let (mut is_stopping, mut is_leaving) = (false, false);
    loop {
        tokio::select! {
            done = &mut answering => {
                if let Err(error) = done {
                    tracing::debug!(%error, %peer, "a connection broke off");
                }
                return;
            }
            () = cut.wanted() => {
                tracing::info!(%peer, "an answer was broken off: its key was revoked");
                return;
            }
            () = place.leave.cancelled(), if !is_leaving => {
                // Whoever has asked something since then is answered first.
                if !activity.is_asked() {
                    tracing::debug!(%peer, "a connection without a request made room for another");
                    return;
                }
                answering.as_mut().graceful_shutdown();
                is_leaving = true;
            }
            () = told_to_stop(&mut stopping), if !is_stopping => {
                is_stopping = true;
                answering.as_mut().graceful_shutdown();
                ticks = look(LOOK_AT_THE_END);
            }
            _ = ticks.tick() => {
                if is_stopping && activity.is_without_whole_request() {
                    return;
                }
                if activity.head_for().is_some_and(|took| took >= head_takes) {
                    tracing::debug!(%peer, "a head did not come in time");
                    return;
                }
                // Others wait: the next request of this one is for a turn of its own.
                if !is_leaving && activity.is_asked() && place.places().are_wanted() {
                    answering.as_mut().graceful_shutdown();
                    is_leaving = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_without_a_place_is_an_answer() {
        let text = std::str::from_utf8(FULL).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["errors"][0]["code"], "unavailable");
    }
}
