//! Streams end with the token that opened them: a request is judged when it comes, and what is streamed to it may go on for
//! days.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::header::CONTENT_TYPE;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame};
use tokio::time::{Sleep, sleep};

use super::content::{Answer, Content};

/// How an answer says that it is a stream.
const EVENT_STREAM: &[u8] = b"text/event-stream";

/// The answer to a caller who proved an identity that ends then. An answer in one piece is for a request that was judged
/// already, and stays as it is.
pub(super) fn until(ends: Option<SystemTime>, answer: Answer) -> Answer {
    match ends {
        Some(ends) if is_stream(&answer) => answer.map(|content| Lapsing::new(content, ends).boxed().into()),
        _ => answer,
    }
}

fn is_stream(answer: &Answer) -> bool {
    answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM))
}

/// A body that ends when its time has come, wherever it is.
struct Lapsing {
    content: Content,
    ends: SystemTime,
    /// Until then, by a clock that nobody sets.
    nap: Pin<Box<Sleep>>,
}

impl Lapsing {
    fn new(content: Content, ends: SystemTime) -> Self {
        Self { content, ends, nap: Box::pin(sleep(left(ends))) }
    }

    /// Whether it is over. By the clock on the wall, as for requests; the nap is only there to be woken, and is taken again
    /// where that clock was set back meanwhile, or its end is further away than a timer reaches.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let left = left(self.ends);
            if left.is_zero() {
                return true;
            }
            if self.nap.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.nap = Box::pin(sleep(left));
        }
    }
}

fn left(ends: SystemTime) -> Duration {
    ends.duration_since(SystemTime::now()).unwrap_or_default()
}

impl Body for Lapsing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_over(cx) {
            // What is behind it is let go of at once: whoever fills it is told so.
            self.content = Content::empty();
        }
        Pin::new(&mut self.content).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use http::{HeaderValue, Response};
    use http_body_util::StreamBody;
    use http_body_util::combinators::BoxBody;

    use super::super::content::whole;
    use super::*;

    fn answer(kind: &'static str, content: Content) -> Answer {
        let mut answer = Response::new(content);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    }

    /// One event, and then nothing for ever.
    fn endless() -> Content {
        let event = futures::stream::iter([Ok(Frame::data(Bytes::from_static(b"data: 1\n\n")))]);
        BoxBody::new(StreamBody::new(event.chain(futures::stream::pending()))).into()
    }

    fn soon() -> SystemTime {
        SystemTime::now() + Duration::from_millis(50)
    }

    #[tokio::test]
    async fn a_stream_ends_with_its_token() {
        let kind = "text/event-stream";
        assert_eq!(whole(until(Some(soon()), answer(kind, endless())).into_body()).await, "data: 1\n\n");
        let past = Some(SystemTime::UNIX_EPOCH);
        assert_eq!(whole(until(past, answer(kind, endless())).into_body()).await, "");
        let open = whole(until(None, answer(kind, endless())).into_body());
        assert!(tokio::time::timeout(Duration::from_millis(100), open).await.is_err());
        let far = SystemTime::now() + Duration::from_secs(400 * 365 * 24 * 60 * 60);
        let open = whole(until(Some(far), answer(kind, endless())).into_body());
        assert!(tokio::time::timeout(Duration::from_millis(100), open).await.is_err());
    }

    #[tokio::test]
    async fn an_answer_in_one_piece_stays_whole() {
        let plain = answer("application/json", b"{}".to_vec().into());
        assert_eq!(whole(until(Some(SystemTime::UNIX_EPOCH), plain).into_body()).await, "{}");
    }
}
