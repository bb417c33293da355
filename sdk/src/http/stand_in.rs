//! Requests in native tests: what answers is given by [`testing::set_http`](crate::testing::set_http).

use std::cell::RefCell;
use std::fmt;
use std::io::Read;

use ::http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{Error, Head, Outgoing};

/// A request as the host would get it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// All headers that the plugin set.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What a server would answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// As `200`.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// Adds a header. One that can't be is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.append(name, value);
        }
        self
    }
}

type Server = Box<dyn FnMut(Sent) -> Result<Answer, Error>>;

thread_local! {
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

pub(crate) fn set(server: Server) {
    SERVER.with_borrow_mut(|current| *current = Some(server));
}

pub(super) struct Pending(Result<Answer, Error>);

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl Pending {
    pub(super) fn start(outgoing: Outgoing) -> Result<Self, Error> {
        let mut body = Vec::new();
        if let Some(mut reader) = outgoing.body.into_reader() {
            reader.read_to_end(&mut body).map_err(Error::Reader)?;
        }
        let url = outgoing.address.to_string();
        let sent = Sent { method: outgoing.method, url, headers: outgoing.headers, body };
        let answer = SERVER.with_borrow_mut(|server| server.as_mut().map(|server| server(sent)));
        // As on a host without a grant.
        Ok(Self(answer.unwrap_or(Err(Error::Host { code: "HTTP-request-denied", detail: None }))))
    }

    pub(super) fn wait(self) -> Result<(Head, Stream), Error> {
        let Answer { status, headers, body } = self.0?;
        Ok((Head { status, headers }, Stream(body)))
    }
}

/// What is left of a body.
#[derive(Debug)]
pub(super) struct Stream(Vec<u8>);

impl Stream {
    #[expect(clippy::unnecessary_wraps, reason = "the host's side may fail")]
    pub(super) fn next(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        let rest = self.0.split_off(most.min(self.0.len()));
        Ok(std::mem::replace(&mut self.0, rest))
    }
}
