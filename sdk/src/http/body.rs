//! What is sent with a request.

use std::fmt;
use std::io::{Cursor, Read};

/// The body of a request: bytes, or something to read them from.
#[derive(Default)]
pub struct Body(Option<Source>);

enum Source {
    Bytes(Vec<u8>),
    Reader(Box<dyn Read>),
}

impl Body {
    /// A body that is read while it is sent, so that it may be larger than memory. Its length isn't announced, unless a
    /// header `content-length` does.
    ///
    /// Between two reads nothing else happens in the plugin: a reader that waits makes the answer wait.
    pub fn reader(reader: impl Read + 'static) -> Self {
        Self(Some(Source::Reader(Box::new(reader))))
    }

    /// How long it is, where that is known. None as well: there is no body.
    pub(super) fn len(&self) -> Option<usize> {
        match &self.0 {
            Some(Source::Bytes(bytes)) => Some(bytes.len()),
            Some(Source::Reader(_)) | None => None,
        }
    }

    /// None: there is no body.
    pub(super) fn into_reader(self) -> Option<Box<dyn Read>> {
        match self.0? {
            Source::Bytes(bytes) => Some(Box::new(Cursor::new(bytes))),
            Source::Reader(reader) => Some(reader),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("no body"),
            Some(Source::Bytes(bytes)) => write!(f, "{} bytes", bytes.len()),
            Some(Source::Reader(_)) => f.write_str("a reader"),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Some(Source::Bytes(bytes)))
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}
