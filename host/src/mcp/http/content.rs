//! What is sent: bodies of answers, as plain as they are.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::watch::Serving;

/// An answer.
pub(in crate::mcp) type Answer = Response<Content>;

/// The body of an answer.
pub(in crate::mcp) enum Content {
    /// In one piece, or in two: the second is sent from where it lies. Sent from the front on.
    Pieces(Bytes, Bytes),
    /// As it comes.
    Stream(BoxBody<Bytes, Infallible>),
}

impl Content {
    /// Nothing.
    pub(in crate::mcp) const fn empty() -> Self {
        Self::Pieces(Bytes::new(), Bytes::new())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Pieces(bytes.into(), Bytes::new())
    }
}

impl From<BoxBody<Bytes, Infallible>> for Content {
    fn from(body: BoxBody<Bytes, Infallible>) -> Self {
        Self::Stream(body)
    }
}

/// A text for people.
pub(in crate::mcp) fn text(status: StatusCode, text: impl Into<String>) -> Answer {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    with_type(status, plain, text.into().into_bytes().into())
}

/// A JSON text.
pub(in crate::mcp) fn json(status: StatusCode, content: Content) -> Answer {
    with_type(status, HeaderValue::from_static("application/json"), content)
}

/// Nothing but a status.
pub(in crate::mcp) fn bare(status: StatusCode) -> Answer {
    let mut answer = Response::new(Content::empty());
    *answer.status_mut() = status;
    answer
}

/// A method that isn't there, where these are.
pub(in crate::mcp) fn only(methods: &'static str) -> Answer {
    let mut answer = bare(StatusCode::METHOD_NOT_ALLOWED);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

/// The last answer on its connection.
pub(in crate::mcp) fn last(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn with_type(status: StatusCode, media_type: HeaderValue, content: Content) -> Answer {
    let mut answer = Response::new(content);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    answer
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Pieces(first, second) => {
                let next = if first.is_empty() { std::mem::take(second) } else { std::mem::take(first) };
                Poll::Ready((!next.is_empty()).then(|| Ok(Frame::data(next))))
            }
            Self::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Pieces(first, second) => first.is_empty() && second.is_empty(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Pieces(first, second) => {
                let length = first.len().saturating_add(second.len());
                u64::try_from(length).map_or_else(|_| SizeHint::new(), SizeHint::with_exact)
            }
            Self::Stream(body) => body.size_hint(),
        }
    }
}

/// A body that is being sent. Its request counts as served when it is dropped.
pub(super) struct Sent {
    content: Content,
    _serving: Serving,
}

impl Sent {
    /// The answer to this request.
    pub(super) fn of(answer: Answer, serving: Serving) -> Response<Self> {
        answer.map(|content| Self { content, _serving: serving })
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.content).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

/// The whole of a body, for tests.
#[cfg(test)]
pub(in crate::mcp) async fn whole(content: Content) -> Bytes {
    http_body_util::BodyExt::collect(content).await.unwrap().to_bytes()
}
