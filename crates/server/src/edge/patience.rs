//! A connection that is given up where its client takes nothing of what it is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes a second that a client takes, at least, while it is sent more than fits on the line.
const SLOWEST: u64 = 1024;

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
    /// When the last byte came or went, milliseconds since the beginning.
    last: AtomicU64,
    /// Requests that wait for the head of their answer.
    requests: AtomicUsize,
}

/// A request that waits for the head of its answer.
pub struct Asking(Arc<Activity>);

impl Activity {
    /// Of a new connection.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            last: AtomicU64::new(0),
            requests: AtomicUsize::new(0),
        })
    }

    /// A request has come.
    pub fn ask(self: &Arc<Self>) -> Asking {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Asking(Arc::clone(self))
    }

    /// Whether nothing is asked, and nothing came or went for that long.
    pub fn is_still_for(&self, long: Duration) -> bool {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.requests.load(Ordering::Relaxed) == 0 && self.begun.elapsed() >= last + long
    }

    fn moved(&self) {
        let now = self.begun.elapsed().as_millis() as u64;
        self.last.store(now, Ordering::Relaxed);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
        self.0.moved();
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
        if let Poll::Ready(done) = written {
            self.taken += *done.as_ref().unwrap_or(&0) as u64;
            if self.taken >= SLOWEST * self.patience.as_secs().max(1) {
                self.waiting = None;
            }
            self.activity.moved();
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
        let read = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if read.is_ready() {
            self.activity.moved();
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
