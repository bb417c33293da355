//! Requests as no library lets them through, by the bindings alone.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use wasip2::http::outgoing_handler;
use wasip2::http::types::{self, Fields, FutureIncomingResponse, HeaderError, OutgoingBody, OutgoingRequest};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wharf_sdk::http::Error;
use wharf_sdk::prelude::*;

use crate::exchange::{Exchange, Generated, Reading};
use crate::latin1;

/// What `blocking-write-and-flush` takes at once.
const CHUNK: usize = 4096;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    /// Goes to the host as it is, and so does each of the following.
    method: Option<String>,
    /// None: it isn't set.
    scheme: Option<String>,
    /// None: it isn't set.
    authority: Option<String>,
    /// None: it isn't set.
    path_with_query: Option<String>,
    /// Pairs of name and value. In a value each character is one byte, U+0000 to U+00FF. A header that the host doesn't
    /// take is told in `refused`, and left out.
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// Gives all headers to the host at once. If it takes them not, there are none.
    #[serde(default)]
    at_once: bool,
    /// What is sent. Each character is one byte.
    body: Option<String>,
    /// In place of a body: this many bytes. The byte at place i is i modulo 251.
    body_bytes: Option<u64>,
    /// What is sent after a body, in the form of headers.
    #[serde(default)]
    trailers: Vec<(String, String)>,
    /// Drops the body without saying that it is complete.
    #[serde(default)]
    unfinished: bool,
}

/// Makes an HTTP request whose parts go to the host unchecked, and tells what came back, or why nothing did.
#[tool]
pub(crate) fn http_raw(args: Raw) -> Exchange {
    args.perform()
}

impl Raw {
    pub(crate) fn perform(self) -> Exchange {
        let begin = Instant::now();
        let mut exchange = Exchange::default();
        if let Err(error) = self.exchange(&mut exchange) {
            exchange.fail(&error);
        }
        exchange.most_open = 1;
        exchange.tally = [(exchange.outcome(), 1)].into();
        exchange.milliseconds = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        exchange
    }

    fn exchange(&self, exchange: &mut Exchange) -> Result<(), Error> {
        let refused = &mut exchange.refused;
        let fields = if self.at_once { all_at_once(&self.headers, refused) } else { fields(&self.headers, refused) };
        let request = OutgoingRequest::new(fields);
        self.set_target(&request, refused);
        let body = self.source().map(|source| request.body().map(|body| (body, source))).transpose();
        let body = body.map_err(|()| invalid("the request has no body"))?;
        let answer = outgoing_handler::handle(request, None)?;
        if let Some((body, source)) = body {
            self.send(body, source, refused)?;
        }
        receive(&answer, exchange)
    }

    fn set_target(&self, request: &OutgoingRequest, refused: &mut Vec<String>) {
        let mut note = |what: &str, taken: Result<(), ()>| {
            if taken.is_err() {
                refused.push(what.to_owned());
            }
        };
        if let Some(method) = &self.method {
            note("method", request.set_method(&method_of(method)));
        }
        if let Some(scheme) = &self.scheme {
            note("scheme", request.set_scheme(Some(&scheme_of(scheme))));
        }
        if let Some(authority) = &self.authority {
            note("authority", request.set_authority(Some(authority)));
        }
        if let Some(path) = &self.path_with_query {
            note("path_with_query", request.set_path_with_query(Some(path)));
        }
    }

    fn source(&self) -> Option<Box<dyn Read + '_>> {
        match (&self.body, self.body_bytes) {
            (Some(body), _) => Some(Box::new(io::Cursor::new(latin1(body).unwrap_or_default()))),
            (None, Some(end)) => Some(Box::new(Generated { at: 0, end })),
            (None, None) if !self.trailers.is_empty() => Some(Box::new(io::empty())),
            (None, None) => None,
        }
    }

    /// What the host doesn't take is noted: why not is what the answer tells.
    fn send(&self, body: OutgoingBody, mut source: impl Read, refused: &mut Vec<String>) -> Result<(), Error> {
        let stream = body.write().map_err(|()| invalid("the body can't be written"))?;
        if let Err(error) = copy(&stream, &mut source) {
            refused.push(format!("body: {error}"));
        }
        drop(stream);
        if self.unfinished {
            return Ok(());
        }
        let trailers = (!self.trailers.is_empty()).then(|| fields(&self.trailers, refused));
        if let Err(code) = OutgoingBody::finish(body, trailers) {
            refused.push(format!("end of the body: {}", Error::from(code)));
        }
        Ok(())
    }
}

fn copy(stream: &OutputStream, source: &mut impl Read) -> Result<(), String> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = source.read(&mut chunk).map_err(|error| error.to_string())?;
        let part = chunk.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok(());
        }
        stream.blocking_write_and_flush(part).map_err(|error| format!("{error:?}"))?;
    }
}

fn receive(answer: &FutureIncomingResponse, exchange: &mut Exchange) -> Result<(), Error> {
    answer.subscribe().block();
    let gone = || invalid("the answer is gone");
    let response = answer.get().ok_or_else(gone)?.map_err(|()| gone())??;
    exchange.status = Some(response.status());
    let shown = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    exchange.headers = response.headers().entries().iter().map(|(name, value)| (name.clone(), shown(value))).collect();
    let body = response.consume().map_err(|()| gone())?;
    let stream = body.stream().map_err(|()| gone())?;
    let reading = Reading { most: None, chunk: CHUNK, pause: Duration::ZERO, digest: true };
    reading.read(Incoming(&stream), exchange);
    Ok(())
}

struct Incoming<'a>(&'a InputStream);

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.blocking_read(buffer.len() as u64) {
            Ok(part) => (&*part).read(buffer),
            Err(StreamError::Closed) => Ok(0),
            Err(StreamError::LastOperationFailed(error)) => Err(match types::http_error_code(&error) {
                Some(code) => Error::from(code).into(),
                None => io::Error::other(error.to_debug_string()),
            }),
        }
    }
}

fn all_at_once(headers: &[(String, String)], refused: &mut Vec<String>) -> Fields {
    let entries: Vec<_> =
        headers.iter().map(|(name, value)| (name.clone(), latin1(value).unwrap_or_default())).collect();
    Fields::from_list(&entries).unwrap_or_else(|error| {
        refused.push(format!("headers: {}", name_of(&error)));
        Fields::new()
    })
}

fn fields(headers: &[(String, String)], refused: &mut Vec<String>) -> Fields {
    let fields = Fields::new();
    for (name, value) in headers {
        let Some(value) = latin1(value) else {
            refused.push(format!("header {name}: a character is more than one byte"));
            continue;
        };
        if let Err(error) = fields.append(name, &value) {
            refused.push(format!("header {name}: {}", name_of(&error)));
        }
    }
    fields
}

/// As the contract calls it.
fn name_of(error: &HeaderError) -> &'static str {
    match error {
        HeaderError::InvalidSyntax => "invalid-syntax",
        HeaderError::Forbidden => "forbidden",
        HeaderError::Immutable => "immutable",
    }
}

/// The named methods of the contract by their names: any other text is one of its own.
fn method_of(method: &str) -> types::Method {
    match method {
        "GET" => types::Method::Get,
        "HEAD" => types::Method::Head,
        "POST" => types::Method::Post,
        "PUT" => types::Method::Put,
        "DELETE" => types::Method::Delete,
        "CONNECT" => types::Method::Connect,
        "OPTIONS" => types::Method::Options,
        "TRACE" => types::Method::Trace,
        "PATCH" => types::Method::Patch,
        other => types::Method::Other(other.into()),
    }
}

fn scheme_of(scheme: &str) -> types::Scheme {
    match scheme {
        "http" => types::Scheme::Http,
        "https" => types::Scheme::Https,
        other => types::Scheme::Other(other.into()),
    }
}

fn invalid(why: &str) -> Error {
    Error::Invalid(why.into())
}
