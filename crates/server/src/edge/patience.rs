//! A connection that is given up where its client takes nothing of what it is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes a second that a client takes, at least, while it is sent more than fits on the line.
const SLOWEST: u64 = 1024;

/// So many bytes of a body are as good as a request: those of two seconds at the slowest that a body may come.
const MUCH: usize = 32 << 10;

/// A socket whose client is not waited for longer than that.
pub struct Patient {
    socket: TcpStream,
    patience: Duration,
    /// Runs while the client has not taken what there was.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Bytes that it took since then.
    taken: u64,
    activity: Arc<Activity>,
}

/// What a connection is doing.
#[derive(Debug)]
pub struct Activity {
    begun: Instant,
    /// When it last had a request, much of a body came or something of an answer went out, milliseconds since the
    /// beginning.
    useful: AtomicU64,
    /// Bytes of a body since then.
    body: AtomicUsize,
    /// When the first byte of a head came that is not whole yet, in the same way, and one more; 0 where there is none.
    head: AtomicU64,
    /// Requests whose answers have not ended.
    requests: AtomicUsize,
    /// Bodies that have not come whole.
    bodies: AtomicUsize,
    /// Whether there is something of an answer that the client does not take.
    is_untaken: AtomicBool,
}

/// A request whose answer has not ended.
pub struct Asking(Arc<Activity>);

/// A body that has not come whole.
pub struct Coming(Arc<Activity>);

impl Activity {
    /// Of a new connection.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            useful: AtomicU64::new(0),
            body: AtomicUsize::new(0),
            head: AtomicU64::new(0),
            requests: AtomicUsize::new(0),
            bodies: AtomicUsize::new(0),
            is_untaken: AtomicBool::new(false),
        })
    }

    /// A request has come.
    pub fn ask(self: &Arc<Self>) -> Asking {
        self.head.store(0, Ordering::Relaxed);
        self.use_now();
        self.requests.fetch_add(1, Ordering::Relaxed);
        Asking(Arc::clone(self))
    }

    /// A body begins.
    pub fn send(self: &Arc<Self>) -> Coming {
        self.bodies.fetch_add(1, Ordering::Relaxed);
        Coming(Arc::clone(self))
    }

    /// Whether a request has come whole and has not been answered to the end.
    pub fn is_asked(&self) -> bool {
        !self.is_without_whole_request()
    }

    /// For how long there has been no whole request. What comes of one that is not there yet does not count, in
    /// whatever pieces, but for a body that comes in good time.
    pub fn unused_for(&self) -> Option<Duration> {
        let unused = || self.since(self.useful.load(Ordering::Relaxed));
        self.is_without_whole_request().then(unused)
    }

    /// For how long a head has been coming.
    pub fn head_for(&self) -> Option<Duration> {
        let begun = self.head.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.since(begun))
    }

    /// Whether nothing that came whole is being answered.
    pub fn is_without_whole_request(&self) -> bool {
        let is_coming = self.bodies.load(Ordering::Relaxed) > 0;
        !self.is_untaken.load(Ordering::Relaxed)
            && (is_coming || self.requests.load(Ordering::Relaxed) == 0)
    }

    fn since(&self, milliseconds: u64) -> Duration {
        let then = Duration::from_millis(milliseconds);
        self.begun.elapsed().saturating_sub(then)
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }

    fn use_now(&self) {
        self.useful.store(self.now(), Ordering::Relaxed);
        self.body.store(0, Ordering::Relaxed);
    }

    fn came(&self, bytes: usize) {
        if self.bodies.load(Ordering::Relaxed) > 0 {
            let body = self.body.fetch_add(bytes, Ordering::Relaxed) + bytes;
            if body >= MUCH && self.requests.load(Ordering::Relaxed) > 0 {
                self.use_now();
            }
        } else if self.requests.load(Ordering::Relaxed) == 0
            && self.head.load(Ordering::Relaxed) == 0
        {
            self.head.store(self.now() + 1, Ordering::Relaxed);
        }
    }

    fn went(&self, is_taken: bool) {
        if is_taken {
            self.use_now();
        }
        self.is_untaken.store(!is_taken, Ordering::Relaxed);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.use_now();
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.bodies.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Patient {
    /// Waits so long for a client that takes nothing.
    pub fn new(socket: TcpStream, patience: Duration, activity: Arc<Activity>) -> Self {
        Self {
            socket,
            patience,
            waiting: None,
            taken: 0,
            activity,
        }
    }

    /// What became of a write: bytes that the client took, or a wait that may have been too long.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.activity.went(written.is_ready());
        if let Poll::Ready(done) = written {
            self.taken += *done.as_ref().unwrap_or(&0) as u64;
            if self.taken >= SLOWEST * self.patience.as_secs().max(1) {
                self.waiting = None;
            }
            return Poll::Ready(done);
        }
        let patience = self.patience;
        let taken = &mut self.taken;
        let waiting = self.waiting.get_or_insert_with(|| {
            *taken = 0;
            Box::pin(sleep_until(Instant::now() + patience))
        });
        ready!(waiting.as_mut().poll(cx));
        let message = "the client does not read its answer";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buffer);
        let came = buffer.filled().len() - before;
        if came > 0 {
            self.activity.came(came);
        }
        read
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, pieces);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// Comes when all that there was is on the line.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waiting = None;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_of_a_head_are_no_use_and_have_a_time_of_their_own() {
        let moment = Duration::from_millis(20);
        let activity = Activity::new();
        tokio::time::sleep(moment).await;
        assert_eq!(activity.head_for(), None);
        activity.came(1);
        tokio::time::sleep(moment).await;
        activity.came(1);
        let (head, unused) = (activity.head_for(), activity.unused_for());
        assert!(head.is_some_and(|head| head >= moment / 2), "{head:?}");
        assert!(
            unused.is_some_and(|unused| unused >= moment * 3 / 2),
            "{unused:?}"
        );
        assert!(activity.is_without_whole_request());
        let asking = activity.ask();
        let coming = activity.send();
        assert!(
            activity.is_without_whole_request(),
            "its body is still to come"
        );
        assert_eq!(activity.head_for(), None);
        activity.came(1);
        assert_eq!(activity.head_for(), None, "that was of the body");
        tokio::time::sleep(moment).await;
        activity.came(1);
        let unused = activity.unused_for();
        assert!(
            unused.is_some_and(|unused| unused >= moment / 2),
            "{unused:?}"
        );
        activity.came(MUCH);
        let unused = activity.unused_for();
        assert!(unused.is_some_and(|unused| unused < moment), "{unused:?}");
        drop(coming);
        assert!(!activity.is_without_whole_request());
        assert_eq!(activity.unused_for(), None);
        // The client does not take the end of the answer.
        activity.went(false);
        drop(asking);
        assert_eq!(activity.unused_for(), None);
        assert!(!activity.is_without_whole_request());
        tokio::time::sleep(moment).await;
        activity.went(true);
        let unused = activity.unused_for();
        assert!(unused.is_some_and(|unused| unused < activity.begun.elapsed() - moment));
        // The rest of a body that nobody reads is no head, and no request either.
        let coming = activity.send();
        activity.came(1);
        assert_eq!(activity.head_for(), None);
        assert!(activity.unused_for().is_some());
        drop(coming);
        activity.came(1);
        assert!(activity.head_for().is_some());
    }
}
