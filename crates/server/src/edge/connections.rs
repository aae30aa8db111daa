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
use tokio::sync::{Semaphore, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tower::{Service, ServiceExt};

use super::patience::{Activity, Patient};
use super::unread::ReadToEnd;
use crate::settings::ServerLimits;

/// The longest head of a request, bytes.
const HEAD: usize = 64 << 10;
/// While there is no place for another connection, one that was still for so long is closed.
const STILL: Duration = Duration::from_secs(2);
/// How often connections look whether they are in another's way.
const LOOK: Duration = Duration::from_secs(1);
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
    limits: ServerLimits,
    mut stopping: watch::Receiver<bool>,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let all = limits.connections.min(Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(all));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => break,
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
        let Ok(Ok(place)) = timeout(WAIT, Arc::clone(&places).acquire_owned()).await else {
            tracing::warn!(%peer, "no place for another connection");
            // It has room for this, or its client is not worth waiting for.
            let _ = socket.try_write(FULL);
            continue;
        };
        let connection = connection(
            (socket, peer),
            service.clone(),
            limits.patience,
            Arc::clone(&places),
            stopping.clone(),
        );
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    while places.available_permits() < all {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Answers the requests of one connection.
async fn connection<S>(
    (socket, peer): (TcpStream, SocketAddr),
    service: S,
    patience: Duration,
    places: Arc<Semaphore>,
    mut stopping: watch::Receiver<bool>,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    // An answer goes out in pieces; none waits until the client has acknowledged the last.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let activity = Activity::new();
    let socket = TokioIo::new(Patient::new(socket, patience, Arc::clone(&activity)));
    let asked = Arc::clone(&activity);
    let service = service_fn(move |request| {
        let mut request = ReadToEnd::of(request).map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let (asking, answer) = (asked.ask(), service.clone().oneshot(request));
        async move {
            let answer = answer.await;
            drop(asking);
            answer
        }
    });
    let mut http = http1::Builder::new();
    // Between requests it is the wait for the next one's head.
    http.timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_header_size(HEAD);
    let mut answering = pin!(http.serve_connection(socket, service));
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = false;
    loop {
        tokio::select! {
            done = &mut answering => {
                if let Err(error) = done {
                    tracing::debug!(%error, %peer, "a connection broke off");
                }
                return;
            }
            _ = stopping.wait_for(|stopping| *stopping), if !told => {
                told = true;
                answering.as_mut().graceful_shutdown();
            }
            _ = look.tick() => {
                if places.available_permits() == 0 && activity.is_still_for(STILL) {
                    tracing::debug!(%peer, "a still connection made room for another");
                    return;
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
