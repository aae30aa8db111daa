//! Answers that go on while their key is revoked.
//!
//! A key is revoked by another program, through the database. So an answer that takes longer than a moment asks there
//! now and then, and where the key has ended its connection is cut: what has come of the answer does not look whole.

use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::held::Held;

/// How often it is asked.
const EVERY: Duration = Duration::from_millis(900);

/// Cuts the connection of a request, which has it among its extensions.
#[derive(Debug, Clone, Default)]
pub struct Cut(CancellationToken);

impl Cut {
    /// Comes when the connection is to be cut.
    pub async fn wanted(&self) {
        self.0.cancelled().await;
    }
}

/// Comes once `is_revoked` has been true; what cannot be found out is not.
pub async fn revoked<F: Future<Output = bool>>(is_revoked: impl Fn() -> F) {
    asked(EVERY, is_revoked).await;
}

async fn asked<F: Future<Output = bool>>(every: Duration, is_revoked: impl Fn() -> F) {
    loop {
        sleep(every).await;
        if is_revoked().await {
            return;
        }
    }
}

/// Has the connection of an answer cut where `is_revoked` becomes true before the answer has ended.
pub fn watched<F>(
    response: Response,
    cut: Cut,
    is_revoked: impl Fn() -> F + Send + 'static,
) -> Response
where
    F: Future<Output = bool> + Send + 'static,
{
    cut_after(response, cut, revoked(is_revoked))
}

fn cut_after(
    response: Response,
    cut: Cut,
    revoked: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let ended = CancellationToken::new();
    let end: DropGuard = ended.clone().drop_guard();
    tokio::spawn(async move {
        tokio::select! {
            () = ended.cancelled() => {}
            () = revoked => cut.0.cancel(),
        }
    });
    response.map(|body| Body::new(Held::new(body, end)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn it_is_asked_now_and_then_until_the_answer_has_ended() {
        const EVERY: Duration = Duration::from_millis(20);
        let count = Arc::new(AtomicUsize::new(0));
        let asks = |until: usize| {
            let count = Arc::clone(&count);
            asked(EVERY, move || {
                let number = count.fetch_add(1, Ordering::Relaxed) + 1;
                async move { number >= until }
            })
        };
        let cut = Cut::default();
        let answer = || Response::new(Body::from("text"));
        let response = cut_after(answer(), cut.clone(), asks(usize::MAX));
        sleep(5 * EVERY).await;
        drop(response);
        let before = count.swap(0, Ordering::Relaxed);
        assert!((1..=5).contains(&before), "{before}");
        sleep(5 * EVERY).await;
        assert_eq!(count.swap(0, Ordering::Relaxed), 0);
        assert!(!cut.0.is_cancelled());
        let _held = cut_after(answer(), cut.clone(), asks(3));
        tokio::time::timeout(Duration::from_secs(5), cut.wanted())
            .await
            .expect("it was cut");
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_watched_answer_has_its_length() {
        use hyper::body::Body as _;
        let response = watched(
            Response::new(Body::from("text")),
            Cut::default(),
            || async { false },
        );
        assert_eq!(response.body().size_hint().exact(), Some(4));
    }
}
