//! What a guest prints becomes log lines. It never reaches the host's own output, where a transport may be.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use super::limits;
use super::store::Template;
use super::talk::Talk;

/// One stream of one instance, cut into lines. All handles of the stream share it.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<Lines>>);

struct Lines {
    plugin: Arc<str>,
    talk: Arc<Talk>,
    stream: &'static str,
    line: Vec<u8>,
    /// Bytes that the line at hand has beyond its bound.
    cut: usize,
    written: usize,
    /// Lines that may be written.
    most: usize,
}

impl Output {
    pub(super) fn new(template: &Template, stream: &'static str) -> Self {
        let (plugin, talk) = (Arc::clone(&template.plugin), Arc::clone(&template.talk));
        let most = template.limits.log_lines;
        Self(Arc::new(Mutex::new(Lines { plugin, talk, stream, line: Vec::new(), cut: 0, written: 0, most })))
    }
}

impl Output {
    /// Ends what one call has printed, and begins to count anew.
    pub(super) fn renew(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).end();
    }
}

impl Lines {
    fn write(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        if let Some(first) = parts.next() {
            self.extend(first);
        }
        for part in parts {
            self.flush_line();
            self.extend(part);
        }
    }

    fn end(&mut self) {
        self.flush_line();
        let dropped = self.written.saturating_sub(self.most);
        if dropped > 0 && self.talk.may(&self.plugin) {
            let (plugin, stream) = (&*self.plugin, self.stream);
            tracing::warn!(target: "wharf::guest", plugin, stream, dropped, "more output than is logged for one call");
        }
        self.written = 0;
    }

    fn extend(&mut self, part: &[u8]) {
        let room = limits::LOG_LINE_BYTES.saturating_sub(self.line.len());
        let (kept, dropped) = part.split_at_checked(room).unwrap_or((part, &[]));
        self.line.extend_from_slice(kept);
        self.cut += dropped.len();
    }

    fn flush_line(&mut self) {
        if !self.line.is_empty() && self.written < self.most && self.talk.may(&self.plugin) {
            let text = String::from_utf8_lossy(&self.line);
            let (plugin, stream, cut) = (&*self.plugin, self.stream, self.cut);
            // Debug formatting: a guest must not be able to write to the operator's terminal.
            match cut {
                0 => tracing::info!(target: "wharf::guest", plugin, stream, "{text:?}"),
                _ => tracing::info!(target: "wharf::guest", plugin, stream, cut, "{text:?}"),
            }
        }
        self.written += usize::from(!self.line.is_empty());
        self.line.clear();
        self.cut = 0;
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.end();
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}
