//! Bodies of requests: read once, whole and within bounds, for everyone who looks at them.

use std::time::Duration;

use futures::FutureExt as _;
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::content::{self, Answer};
use crate::plugin::limits;

/// Largest body of a request, in bytes: the largest arguments, written with escapes, and the envelope around them.
pub(super) const BODY_BYTES: usize = 2 * limits::ARGUMENT_BYTES + (64 << 10);

/// How long a body may take to arrive: the largest in this time is 70 kB a second.
const BODY_TIME: Duration = Duration::from_secs(30);

/// What bodies that come in several pieces may take in all, in bytes, until their requests are answered. A client that
/// sends many large ones, and finishes none, must not fill the memory.
const ALL_BYTES: usize = 128 << 20;

/// The same is counted in pieces of so many bytes.
const GRAIN: usize = 1 << 10;

/// Memory for the bodies of all requests.
pub(super) struct Bodies(Semaphore);

/// A body, whole. Its memory is free for others when this is dropped.
pub(super) struct Whole<'a> {
    pub(super) bytes: Bytes,
    _memory: Option<SemaphorePermit<'a>>,
}

/// Why a body wasn't read to its end.
#[derive(Debug)]
pub(super) enum Refusal {
    TooLarge,
    TooSlow,
    /// Others take all the memory.
    NoRoom,
    /// The client broke off, or what it sent isn't HTTP.
    Broken(hyper::Error),
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Semaphore::new(ALL_BYTES / GRAIN))
    }
}

impl Bodies {
    /// Reads a body to its end.
    pub(super) async fn read(&self, body: &mut Incoming) -> Result<Whole<'_>, Refusal> {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > BODY_BYTES {
            return Err(Refusal::TooLarge);
        }
        // Most come in one piece with their head, and are taken from where they lie.
        let first = match body.frame().now_or_never() {
            Some(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            Some(Some(Err(error))) => return Err(Refusal::Broken(error)),
            Some(None) | None => Bytes::new(),
        };
        if body.is_end_stream() {
            return Ok(Whole { bytes: first, _memory: None });
        }
        timeout(BODY_TIME, self.gather(first, announced, body)).await.unwrap_or(Err(Refusal::TooSlow))
    }

    async fn gather(&self, first: Bytes, announced: usize, body: &mut Incoming) -> Result<Whole<'_>, Refusal> {
        let mut memory = self.take(first.len())?;
        let mut bytes = Vec::from(first);
        while let Some(frame) = body.frame().await {
            let piece = frame.map_err(Refusal::Broken)?.into_data().unwrap_or_default();
            if piece.len() > BODY_BYTES.saturating_sub(bytes.len()) {
                return Err(Refusal::TooLarge);
            }
            memory.merge(self.take(piece.len())?);
            // Only what has come: a length that is merely announced takes no memory.
            bytes.reserve(piece.len().max(announced.min(2 * bytes.len()).saturating_sub(bytes.len())));
            bytes.extend_from_slice(&piece);
        }
        Ok(Whole { bytes: bytes.into(), _memory: Some(memory) })
    }

    fn take(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Refusal> {
        let grains = u32::try_from(bytes.div_ceil(GRAIN)).unwrap_or(u32::MAX);
        self.0.try_acquire_many(grains).map_err(|_| Refusal::NoRoom)
    }
}

impl Refusal {
    /// What the client is told.
    pub(super) fn answer(&self) -> Answer {
        let (status, text) = match self {
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("Payload Too Large: request body exceeds {BODY_BYTES} bytes\n"))
            }
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                format!("Request Timeout: the request's body did not arrive within {BODY_TIME:?}\n"),
            ),
            Self::NoRoom => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Service Unavailable: too many large requests at once, try later\n".into(),
            ),
            Self::Broken(error) => (StatusCode::BAD_REQUEST, format!("Bad Request: the body can't be read: {error}\n")),
        };
        content::last(content::text(status, text))
    }
}
