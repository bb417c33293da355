//! What the function of a resource may return.

use std::fmt::Display;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{CacheScope, Reading};
use crate::{Body, Contents, Failure, Step, error};

/// What is being read.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// As the client asked for it.
    pub uri: &'a str,
    /// What the resource says of itself.
    pub mime_type: Option<&'a str>,
}

impl Place<'_> {
    pub(crate) fn nothing(&self) -> Failure {
        Failure::NotFound(self.uri.into())
    }

    /// There is nothing behind the URI, since its variables don't fit.
    #[doc(hidden)]
    pub fn not_found(&self, why: &str) -> Failure {
        Failure::NotFound(format!("{}: {why}", self.uri))
    }

    fn contents(&self, mime_type: &str, body: Body) -> Reading {
        let mime_type = Some(self.mime_type.unwrap_or(mime_type).into());
        Reading::from(vec![Contents { uri: self.uri.into(), mime_type, body, meta: None }])
    }
}

/// What the function of a resource may return, alone or as the `Ok` of a `Result`. The error of such a `Result` has a text
/// (`Display`); a [`Failure`] reaches the client as it is.
///
/// | type | contents |
/// | --- | --- |
/// | `String`, `&'static str` | text |
/// | `Vec<u8>`, `&'static [u8]` | bytes |
/// | [`Json<T>`] | any serializable value as JSON |
/// | [`Contents`], `Vec<Contents>` | as they are, under URIs of their own; a folder may have several |
/// | [`Reading`] | as it is, with how long it may be kept |
/// | `Option<T>` | as for `T`; `None`: there is nothing behind the URI |
/// | [`Step<T>`] | as for `T`, or questions |
///
/// Where the resource has no `mime_type`, it is `text/plain`, `application/octet-stream` or `application/json`.
pub trait Read: Sized {
    /// # Errors
    /// When it can't be read, or there is nothing.
    fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure>;
}

/// A serializable value, as the JSON that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Json<T>(pub T);

impl From<Vec<Contents>> for Reading {
    fn from(contents: Vec<Contents>) -> Self {
        Self { contents, fresh_ms: None, scope: CacheScope::Private, meta: None }
    }
}

impl From<Contents> for Reading {
    fn from(contents: Contents) -> Self {
        Self::from(vec![contents])
    }
}

impl Reading {
    /// For how long it may be kept, up to 49 days.
    #[must_use]
    pub fn fresh(mut self, time: Duration) -> Self {
        self.fresh_ms = Some(u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// It is the same for everyone, so it may be kept for others as well.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.scope = CacheScope::Public;
        self
    }

    /// Its `_meta`.
    #[must_use]
    pub fn meta(mut self, meta: Map<String, Value>) -> Self {
        self.meta = Some(Value::Object(meta).to_string());
        self
    }
}

macro_rules! read {
    ($($ty:ty, $mime_type:literal, $body:ident);*) => {$(
        impl Read for $ty {
            fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure> {
                Ok(Step::Done(place.contents($mime_type, Body::$body(self.into()))))
            }
        }
    )*};
}

read! {
    String, "text/plain", Text;
    &'static str, "text/plain", Text;
    Vec<u8>, "application/octet-stream", Blob;
    &'static [u8], "application/octet-stream", Blob
}

impl<T: Serialize> Read for Json<T> {
    fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure> {
        let text = serde_json::to_string(&self.0);
        let text = text.map_err(|error| Failure::Internal(format!("the value can't be written as JSON: {error}")))?;
        Ok(Step::Done(place.contents("application/json", Body::Text(text))))
    }
}

impl Read for Reading {
    fn into_step(self, _: &Place<'_>) -> Result<Step<Reading>, Failure> {
        Ok(Step::Done(self))
    }
}

impl Read for Contents {
    fn into_step(self, _: &Place<'_>) -> Result<Step<Reading>, Failure> {
        Ok(Step::Done(self.into()))
    }
}

impl Read for Vec<Contents> {
    /// The contract has no empty reading.
    fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure> {
        if self.is_empty() { Err(place.nothing()) } else { Ok(Step::Done(self.into())) }
    }
}

impl<T: Read> Read for Option<T> {
    fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure> {
        self.ok_or_else(|| place.nothing())?.into_step(place)
    }
}

impl<T: Read> Read for Step<T> {
    fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure> {
        match self {
            Self::Done(value) => value.into_step(place),
            Self::Ask(asking) => Ok(Step::Ask(asking)),
            Self::Pause(pause) => Ok(Step::Pause(pause)),
        }
    }
}

impl<T: Read, E: Display + 'static> Read for Result<T, E> {
    fn into_step(self, place: &Place<'_>) -> Result<Step<Reading>, Failure> {
        self.map_err(error::into_failure)?.into_step(place)
    }
}
