//! A socket that says what happens on it, and that is closed so that the last answer arrives.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::watch::Watch;

/// What is read, and thrown away, of a client that sends on after it was refused, in bytes: some times the largest body,
/// since a client may read its answer only when it has sent everything.
const DRAIN_BYTES: usize = 16 << 20;

/// What is thrown away at once, in bytes.
const DRAIN_STEP: usize = 4 << 10;

/// A client's end.
pub(super) struct Socket {
    stream: TcpStream,
    watch: Arc<Watch>,
    /// What was read already, and is to be read once more.
    unread: Bytes,
    closing: Closing,
}

/// How far closing has come.
enum Closing {
    Open,
    /// Our end is closed, and so much may still be read.
    Draining(usize),
    Closed,
}

impl Socket {
    /// Watched while it is open.
    pub(super) fn new(stream: TcpStream, watch: Arc<Watch>) -> Self {
        Self { stream, watch, unread: Bytes::new(), closing: Closing::Open }
    }

    /// Puts back what was read.
    pub(super) fn unread(&mut self, bytes: Bytes) {
        self.unread = bytes;
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let fits = self.unread.len().min(buf.remaining());
            buf.put_slice(&self.unread.split_to(fits));
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.watch.heard();
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch.wrote(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watch.wrote(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.closing {
                Closing::Open => {
                    ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
                    self.closing = if self.watch.close() { Closing::Draining(DRAIN_BYTES) } else { Closing::Closed };
                }
                Closing::Draining(left) => {
                    let mut sink = [0; DRAIN_STEP];
                    let mut sink = ReadBuf::new(&mut sink);
                    ready!(Pin::new(&mut self.stream).poll_read(cx, &mut sink))?;
                    let read = sink.filled().len();
                    let left = if read == 0 { 0 } else { left.saturating_sub(read) };
                    self.closing = if left == 0 { Closing::Closed } else { Closing::Draining(left) };
                }
                Closing::Closed => return Poll::Ready(Ok(())),
            }
        }
    }
}
