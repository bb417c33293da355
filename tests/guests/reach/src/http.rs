//! Requests as the SDK makes them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use wharf_sdk::http::{Body, Error, Method, Pending, Request, Response};
use wharf_sdk::prelude::*;

use crate::exchange::{Exchange, Generated, Reading};
use crate::{Fault, one};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    /// As `GET`, which it is if nothing is said.
    #[serde(default = "get")]
    method: String,
    /// Absolute.
    url: String,
    /// Pairs of name and value.
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// What is sent.
    body: Option<String>,
    /// In place of a body: this many bytes, made while they are sent, without an announced length. The byte at place i is
    /// i modulo 251.
    body_bytes: Option<u64>,
    /// How the answer's body is read: `all`, `none` (dropped unread), `bytes:N` (the first N), `slowly` (in chunks, with
    /// pauses).
    #[serde(default = "all")]
    #[schemars(regex(pattern = "^(all|none|slowly|bytes:[0-9]+)$"))]
    read: String,
    /// At once. 64 KiB if nothing is said, 1 KiB if slowly.
    read_chunk_bytes: Option<usize>,
    /// Between two chunks, if slowly. 100 if nothing is said.
    read_pause_ms: Option<u64>,
    /// Whether to compute the SHA-256 of the body. Takes a while for a large one.
    #[serde(default = "yes")]
    digest: bool,
    timeout_ms: Option<u64>,
    first_byte_timeout_ms: Option<u64>,
    between_bytes_timeout_ms: Option<u64>,
    /// How many times over.
    #[serde(default = "one")]
    repeat: u32,
    /// How many requests to start each time before the first one is waited for.
    #[serde(default = "one")]
    concurrent: u32,
    /// For how long to keep the answers open, unread, once all have begun.
    #[serde(default)]
    hold_ms: u64,
}

fn get() -> String {
    "GET".into()
}

fn all() -> String {
    "all".into()
}

fn yes() -> bool {
    true
}

/// Makes HTTP requests, and tells what came back, or why nothing did.
#[tool]
pub(crate) fn http(args: Http) -> Exchange {
    args.perform()
}

impl Http {
    pub(crate) fn perform(self) -> Exchange {
        let begin = Instant::now();
        let mut first: Option<Exchange> = None;
        let mut tally = crate::Tally::new();
        let mut most_open = 0;
        for _ in 0..self.repeat {
            let (open, exchanges) = self.round();
            most_open = open.max(most_open);
            for exchange in exchanges {
                *tally.entry(exchange.outcome()).or_default() += 1;
                first.get_or_insert(exchange);
            }
        }
        let milliseconds = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        Exchange { milliseconds, tally, most_open, ..first.unwrap_or_default() }
    }

    /// Starts all, waits for all, holds all, and reads one after the other.
    fn round(&self) -> (u32, impl Iterator<Item = Exchange>) {
        let started: Vec<_> = (0..self.concurrent).map(|_| self.request().and_then(Request::start)).collect();
        let open = started.iter().filter(|pending| pending.is_ok()).count();
        let answers: Vec<_> = started.into_iter().map(|pending| pending.and_then(Pending::wait)).collect();
        sleep(Duration::from_millis(self.hold_ms));
        let exchanges = answers.into_iter().map(|answer| self.exchange(answer));
        (u32::try_from(open).unwrap_or(u32::MAX), exchanges)
    }

    fn request(&self) -> Result<Request, Error> {
        let invalid = |_| Error::Invalid(format!("{:?} isn't a method", self.method));
        let method = Method::from_bytes(self.method.as_bytes()).map_err(invalid)?;
        let mut request = Request::new(method, self.url.as_str());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.as_str());
        } else if let Some(end) = self.body_bytes {
            request = request.body(Body::reader(Generated { at: 0, end }));
        }
        let set = |request, time: Option<u64>, set: fn(Request, Duration) -> Request| match time {
            Some(time) => set(request, Duration::from_millis(time)),
            None => request,
        };
        request = set(request, self.timeout_ms, Request::timeout);
        request = set(request, self.first_byte_timeout_ms, Request::first_byte_timeout);
        Ok(set(request, self.between_bytes_timeout_ms, Request::between_bytes_timeout))
    }

    fn exchange(&self, answer: Result<Response, Error>) -> Exchange {
        let mut exchange = Exchange::default();
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                exchange.fail(&error);
                return exchange;
            }
        };
        exchange.status = Some(response.status());
        let shown = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), shown(value.as_bytes())));
        exchange.headers = headers.collect();
        match self.reading() {
            Ok(Some(reading)) => reading.read(response.reader(), &mut exchange),
            Ok(None) => {}
            Err(fault) => exchange.error = Some(fault),
        }
        exchange
    }

    /// None: it isn't read at all.
    fn reading(&self) -> Result<Option<Reading>, Fault> {
        let chunk = self.read_chunk_bytes.unwrap_or(64 << 10);
        let all = Reading { most: None, chunk, pause: Duration::ZERO, digest: self.digest };
        let unknown = || Fault::new("arguments", format!("`read` is all, none, slowly or bytes:N, not {}", self.read));
        match self.read.as_str() {
            "none" => Ok(None),
            "all" => Ok(Some(all)),
            "slowly" => {
                let pause = Duration::from_millis(self.read_pause_ms.unwrap_or(100));
                Ok(Some(Reading { chunk: self.read_chunk_bytes.unwrap_or(1 << 10), pause, ..all }))
            }
            other => {
                let most = other.strip_prefix("bytes:").and_then(|number| number.parse().ok()).ok_or_else(unknown)?;
                Ok(Some(Reading { most: Some(most), ..all }))
            }
        }
    }
}
