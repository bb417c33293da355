//! Why there is no answer.

use std::fmt;
use std::io;
use std::time::Duration;

/// The policy says no: no rule allows the request.
const DENIED: &str = "HTTP-request-denied";

/// The policy says no: a rule allows the name, but not the address that it stands for.
const PROHIBITED: &str = "destination-IP-prohibited";

/// What `wasi:http` calls the ways of waiting for too long.
const TIMEOUTS: &[&str] = &[
    "DNS-timeout",
    "connection-timeout",
    "connection-read-timeout",
    "connection-write-timeout",
    "HTTP-response-timeout",
];

/// Why there is no answer, or only a part of one.
///
/// Its text is fit for the caller, so that a tool can hand it on with `?`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request can't be sent as it is: the text says what is wrong with it.
    Invalid(String),
    /// The host did not make the request, or it failed.
    Host {
        /// What `wasi:http` calls it, as `HTTP-request-denied`.
        code: &'static str,
        /// What else is known.
        detail: Option<String>,
    },
    /// There was no complete answer in the time that the plugin gave.
    TimedOut(Duration),
    /// The answer has more bytes than the limit.
    TooLong(usize),
    /// The answer's status isn't one of success. Only [`success`](super::Response::success) minds.
    Status(u16),
    /// What should be sent, or what came back, isn't JSON of the expected form.
    Json(serde_json::Error),
    /// The reader of the request's body failed.
    Reader(io::Error),
}

impl Error {
    /// The policy refused: what the plugin needs isn't granted. Trying again won't help, the operator must allow it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.code(), Some(DENIED | PROHIBITED))
    }

    /// It took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut(_)) || self.code().is_some_and(|code| TIMEOUTS.contains(&code))
    }

    /// What `wasi:http` calls it, where the host said so.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Host { code, .. } => Some(code),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(what) => write!(f, "the request can't be sent: {what}"),
            Self::Host { code: code @ (DENIED | PROHIBITED), .. } => {
                write!(f, "the request isn't allowed ({code}): the operator has to grant it")
            }
            Self::Host { code, detail: None } => write!(f, "the request failed: {code}"),
            Self::Host { code, detail: Some(detail) } => write!(f, "the request failed: {code}: {detail}"),
            Self::TimedOut(time) => write!(f, "there was no complete answer within {time:?}"),
            Self::TooLong(limit) => write!(f, "the answer has more than {limit} bytes"),
            Self::Status(status) => write!(f, "the server answered with status {status}"),
            Self::Json(source) => write!(f, "it isn't JSON of the expected form: {source}"),
            Self::Reader(source) => write!(f, "what should be sent can't be read: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(source) => Some(source),
            Self::Reader(source) => Some(source),
            _ => None,
        }
    }
}

/// So that a [`Reader`](super::Reader) fails as readers do. The error itself is inside.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            error if error.is_denied() => io::ErrorKind::PermissionDenied,
            error if error.is_timeout() => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
