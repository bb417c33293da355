//! What can go wrong between a plugin and what it keeps or gets back.

use std::any::Any;
use std::fmt::{self, Display};

use crate::Failure;

/// A value that can't be written for later, or can't be read back.
///
/// Its text is fit for the caller, so that a tool can hand it on with `?`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The value has no form in JSON, as a map whose keys aren't strings.
    Write(serde_json::Error),
    /// The JSON isn't of the type that was asked for.
    Read {
        /// What was read: `state`, or the key of a question.
        what: String,
        /// Why it can't be read.
        source: serde_json::Error,
    },
    /// The state has this many bytes, more than [`state::MAX_LEN`](crate::state::MAX_LEN).
    TooLong(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(source) => write!(f, "the value can't be written as JSON: {source}"),
            Self::Read { what, source } => write!(f, "`{what}` isn't of the expected form: {source}"),
            Self::TooLong(len) => {
                let max = crate::state::MAX_LEN;
                write!(f, "the state has {len} bytes, but at most {max} travel: keep what is long elsewhere")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write(source) | Self::Read { source, .. } => Some(source),
            Self::TooLong(_) => None,
        }
    }
}

/// The failure that an error is already.
pub(crate) fn as_failure<E: 'static>(error: &E) -> Option<Failure> {
    (error as &dyn Any).downcast_ref::<Failure>().cloned()
}

/// Why a resource, a prompt or a suggestion isn't there: a failure as it is, any other error by its text.
pub(crate) fn into_failure<E: Display + 'static>(error: E) -> Failure {
    // The alternate form has the causes too, where the error type knows the difference.
    as_failure(&error).unwrap_or_else(|| Failure::Internal(format!("{error:#}")))
}
