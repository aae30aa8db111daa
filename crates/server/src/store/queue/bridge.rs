//! From a thread that writes to a task that uploads: a bounded channel between them, so that a slow
//! store slows the work down and the result is never in memory as a whole.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::super::results::Piece;

/// Bytes in a piece.
const PIECE: usize = 256 << 10;
/// Pieces between the two.
const WAITING: usize = 4;

/// The writing end, for one thread that may block.
pub(super) struct PieceWriter {
    pieces: mpsc::Sender<Piece>,
    piece: BytesMut,
    /// Bytes that may still come.
    left: u64,
    most: u64,
}

/// The two ends, for `most` bytes.
pub(super) fn channel(most: u64) -> (PieceWriter, mpsc::Receiver<Piece>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let writer = PieceWriter {
        pieces: sender,
        piece: BytesMut::with_capacity(PIECE),
        left: most,
        most,
    };
    (writer, receiver)
}

impl PieceWriter {
    /// Says that the result is whole. A writer dropped without this has written nothing.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.pass_on()?;
        self.send(Piece::End)
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece: Bytes = self.piece.split().freeze();
        self.piece.reserve(PIECE);
        self.send(Piece::Bytes(piece))
    }

    fn send(&self, piece: Piece) -> io::Result<()> {
        self.pieces
            .blocking_send(piece)
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the result store has failed"))
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.left = self.left.checked_sub(taken as u64).ok_or_else(|| {
            io::Error::other(format!(
                "the result has more than the {} bytes that this server keeps of one key: ask for \
                 fewer samples at a time",
                self.most
            ))
        })?;
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.pass_on()?;
        }
        Ok(taken)
    }

    // Pieces are passed on when they are full: no one reads the result before it is whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_bounded_and_in_order() {
        let (mut writer, mut pieces) = channel(u64::MAX);
        let sent: Vec<u8> = (0..3 * PIECE + 17).map(|i| (i % 251) as u8).collect();
        let expected = sent.clone();
        let thread = std::thread::spawn(move || {
            writer.write_all(&sent).unwrap();
            writer.finish().unwrap();
        });
        let mut received = Vec::new();
        let mut ended = false;
        while let Some(piece) = pieces.blocking_recv() {
            match piece {
                Piece::Bytes(bytes) => {
                    assert!(bytes.len() <= PIECE);
                    received.extend_from_slice(&bytes);
                }
                Piece::End => ended = true,
            }
        }
        thread.join().unwrap();
        assert!(ended);
        assert_eq!(received, expected);
    }

    #[test]
    fn more_bytes_than_are_kept_are_refused() {
        let (mut writer, _pieces) = channel(10);
        writer.write_all(&[0; 10]).unwrap();
        let error = writer.write_all(&[0]).unwrap_err().to_string();
        assert!(error.contains("fewer samples"), "{error}");
    }

    #[test]
    fn writing_to_a_store_that_has_gone_fails() {
        let (mut writer, pieces) = channel(u64::MAX);
        drop(pieces);
        let error = writer.write_all(&[0; PIECE]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
