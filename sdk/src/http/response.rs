//! What came back.

use std::io::{self, BufRead, Read};

use ::http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{Error, Head, source};

/// How much is asked for at once: as much as comes at a time over a fast network.
const CHUNK: usize = 256 << 10;

/// An answer that has begun. Its body comes when it is read.
#[derive(Debug)]
pub struct Response {
    pub(super) head: Head,
    pub(super) stream: source::Stream,
    pub(super) limit: usize,
}

impl Response {
    /// As `200`.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.head.status)
    }

    /// Takes only an answer of success.
    ///
    /// # Errors
    /// When the status is another one.
    pub fn success(self) -> Result<Self, Error> {
        if self.is_success() { Ok(self) } else { Err(Error::Status(self.head.status)) }
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The first header of this name, where it is a text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// How many bytes are read into memory at most, in place of [`LIMIT`](super::LIMIT).
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The whole body.
    ///
    /// # Errors
    /// When it breaks off, or is longer than the limit.
    pub fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let part = self.stream.next(CHUNK)?;
            if part.is_empty() {
                return Ok(bytes);
            }
            if part.len() > self.limit.saturating_sub(bytes.len()) {
                return Err(Error::TooLong(self.limit));
            }
            bytes.extend_from_slice(&part);
        }
    }

    /// The whole body as a text. What isn't UTF-8 becomes U+FFFD.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        let bytes = self.bytes()?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The whole body as JSON.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), and when it isn't JSON of this type.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes()?).map_err(Error::Json)
    }

    /// The body as it comes, without a limit.
    #[must_use]
    pub fn reader(self) -> Reader {
        Reader { stream: self.stream, part: Vec::new(), taken: 0 }
    }
}

/// Reads the body of an answer as it comes. Its errors have an [`Error`] inside.
#[derive(Debug)]
pub struct Reader {
    stream: source::Stream,
    part: Vec<u8>,
    taken: usize,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// As it came, without another copy.
impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken >= self.part.len() {
            self.part = self.stream.next(CHUNK)?;
            self.taken = 0;
        }
        Ok(self.part.get(self.taken..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes);
    }
}
