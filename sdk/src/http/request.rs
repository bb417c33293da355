//! A request, until it is sent.

use std::time::Duration;

use ::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{Body, Error, LIMIT, Outgoing, Response, Times, source};

/// What stands for itself in a query (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request. What is wrong with its parts is said when it is sent.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    method: Method,
    address: String,
    headers: HeaderMap,
    body: Body,
    times: Times,
    /// The first thing that was wrong.
    fault: Option<Error>,
}

impl Request {
    /// A request with this method for this address, which is absolute, as `https://api.example.com/v1/items`.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let (headers, times) = (HeaderMap::new(), Times::default());
        Self { method, address: url.into(), headers, body: Body::default(), times, fault: None }
    }

    /// Gets what is there.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// As [`get`](Self::get), without the body.
    pub fn head(url: impl Into<String>) -> Self {
        Self::new(Method::HEAD, url)
    }

    /// Hands something over.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// Puts something there.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::PUT, url)
    }

    /// Changes a part of what is there.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new(Method::PATCH, url)
    }

    /// Removes what is there.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// Adds a pair to the query, encoded: a text that a model wrote stays what it is. A fragment of the address is lost.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Some(at) = self.address.find('#') {
            self.address.truncate(at);
        }
        self.address.push(if self.address.contains('?') { '&' } else { '?' });
        self.address.extend(utf8_percent_encode(name, ENCODED));
        self.address.push('=');
        self.address.extend(utf8_percent_encode(value, ENCODED));
        self
    }

    /// Adds a header. The host sets those of the connection, and those of the operator's rule; it refuses a plugin's.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_ref())) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            (Err(_), _) => self.fail(Error::Invalid(format!("{name:?} isn't the name of a header"))),
            (_, Err(_)) => self.fail(Error::Invalid(format!("`{name}` has a value that no header can have"))),
        }
        self
    }

    /// What is sent with it. A text or bytes announce their length.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends a value as JSON.
    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => {
                self.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                self.body(json)
            }
            Err(error) => {
                self.fail(Error::Json(error));
                self
            }
        }
    }

    /// For how long to wait for all of it, from when it is started until the answer's end.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.times.whole = Some(time);
        self
    }

    /// For how long to wait until an answer begins, the connection included.
    pub fn first_byte_timeout(mut self, time: Duration) -> Self {
        self.times.first_byte = Some(time);
        self
    }

    /// For how long to wait for the next part of an answer.
    pub fn between_bytes_timeout(mut self, time: Duration) -> Self {
        self.times.between_bytes = Some(time);
        self
    }

    /// Sends it, and waits until an answer begins. A status such as 404 is an answer.
    ///
    /// # Errors
    /// When the request isn't one, when the host doesn't allow it, and when it fails.
    pub fn send(self) -> Result<Response, Error> {
        self.start()?.wait()
    }

    /// Starts it, and returns at once, so that several are in progress together. Its body is sent while it is waited for.
    ///
    /// # Errors
    /// As [`send`](Self::send), as far as that is known already.
    pub fn start(self) -> Result<Pending, Error> {
        self.outgoing().and_then(source::Pending::start).map(Pending)
    }

    fn outgoing(mut self) -> Result<Outgoing, Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let address = absolute(&self.address)?;
        if let Some(len) = self.body.len() {
            self.headers.entry(CONTENT_LENGTH).or_insert_with(|| len.into());
        }
        Ok(Outgoing { method: self.method, address, headers: self.headers, body: self.body, times: self.times })
    }

    /// Keeps the first: what comes after may follow from it.
    fn fail(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }
}

fn absolute(address: &str) -> Result<Uri, Error> {
    let invalid = |why: &str| Error::Invalid(format!("{address:?} isn't an absolute address: {why}"));
    let uri: Uri = address.parse().map_err(|error: ::http::uri::InvalidUri| invalid(&error.to_string()))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(_)) => Ok(uri),
        _ => Err(invalid("it begins with `https://` and a host")),
    }
}

/// A request that was started.
#[derive(Debug)]
#[must_use = "a request that nobody waits for is broken off"]
pub struct Pending(source::Pending);

impl Pending {
    /// Waits until an answer begins.
    ///
    /// # Errors
    /// As [`Request::send`].
    pub fn wait(self) -> Result<Response, Error> {
        let (head, stream) = self.0.wait()?;
        Ok(Response { head, stream, limit: LIMIT })
    }
}
