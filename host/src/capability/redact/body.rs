//! A body of HTTP without the secrets in it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use super::{Redaction, Redactor};

/// A body whose data and trailers are redacted while they pass. It has as many bytes as the body within.
pub struct RedactedBody<B> {
    body: B,
    redactor: Redactor,
    redaction: Redaction,
    /// What is ready to be handed on.
    ready: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
    ended: bool,
}

impl<B> RedactedBody<B> {
    /// Redacts this body.
    #[must_use]
    pub fn new(body: B, redactor: &Redactor) -> Self {
        Self {
            body,
            redactor: redactor.clone(),
            redaction: redactor.stream(),
            ready: VecDeque::new(),
            trailers: None,
            ended: false,
        }
    }

    fn queue(&mut self, pieces: impl IntoIterator<Item = Bytes>) {
        self.ready.extend(pieces.into_iter().filter(|piece| !piece.is_empty()));
    }

    fn end(&mut self) {
        let rest = self.redaction.finish();
        self.queue([rest]);
        self.ended = true;
    }

    fn next_ready(&mut self) -> Option<Frame<Bytes>> {
        let trailers = |this: &mut Self| this.trailers.take().map(Frame::trailers);
        self.ready.pop_front().map(Frame::data).or_else(|| trailers(self))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for RedactedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        loop {
            if let Some(frame) = this.next_ready() {
                return Poll::Ready(Some(Ok(frame)));
            }
            if this.ended {
                return Poll::Ready(None);
            }
            let Some(frame) = ready!(Pin::new(&mut this.body).poll_frame(context)) else {
                this.end();
                continue;
            };
            match frame?.into_data() {
                Ok(data) => {
                    let pieces = this.redaction.push(data);
                    this.queue(pieces);
                }
                // Trailers come last.
                Err(other) => {
                    this.trailers = other.into_trailers().ok();
                    if let Some(trailers) = &mut this.trailers {
                        this.redactor.headers(trailers);
                    }
                    this.end();
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let nothing_left = self.ready.is_empty() && self.trailers.is_none() && self.redaction.held() == 0;
        nothing_left && (self.ended || self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let waiting =
            self.ready.iter().fold(self.redaction.held(), |sum, piece| sum.saturating_add(piece.len())) as u64;
        let within = self.body.size_hint();
        let mut hint = SizeHint::new();
        // The upper bound first: the lower one may never be above it.
        if let Some(upper) = within.upper() {
            hint.set_upper(upper.saturating_add(waiting));
        }
        hint.set_lower(within.lower().saturating_add(waiting));
        hint
    }
}
