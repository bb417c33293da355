//! Requests as the host makes them. Its counterpart outside of wasm is `stand_in`.

mod code;
mod upload;

use std::time::{Duration, Instant};

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use wasip2::clocks::monotonic_clock;
use wasip2::http::{outgoing_handler, types};
use wasip2::io::poll::{self, Pollable};
use wasip2::io::streams::{InputStream, StreamError};

use self::upload::Upload;
use super::{Error, Head, Outgoing, Times};

/// A request that was handed to the host, and what of it isn't sent yet.
#[derive(Debug)]
pub(super) struct Pending {
    upload: Option<Upload>,
    answer: types::FutureIncomingResponse,
    deadline: Deadline,
}

impl Pending {
    pub(super) fn start(outgoing: Outgoing) -> Result<Self, Error> {
        let Outgoing { method, address, headers, body, times } = outgoing;
        let request = types::OutgoingRequest::new(fields(&headers)?);
        set_target(&request, &method, &address)?;
        // Before the request is handed over, which takes it away.
        let upload = body.into_reader().map(|source| Upload::new(&request, source)).transpose()?;
        let answer = outgoing_handler::handle(request, options(times)).map_err(Error::from)?;
        Ok(Self { upload, answer, deadline: Deadline::new(times.whole) })
    }

    /// An answer may begin before everything is sent: then the rest is sent while the answer is read.
    pub(super) fn wait(mut self) -> Result<(Head, Stream), Error> {
        loop {
            if let Some(upload) = &mut self.upload {
                upload.advance()?;
            }
            let ready = self.answer.subscribe();
            let sendable = self.upload.as_ref().and_then(Upload::sendable);
            let waited = self.deadline.wait(&ready, sendable.as_ref());
            drop((ready, sendable));
            // An answer that is there came in time, however late it is asked for.
            if let Some(answer) = self.answer.get() {
                let answer = answer.map_err(|()| gone())?.map_err(Error::from)?;
                return Ok((head(&answer), Stream::new(&answer, self.upload, self.deadline)?));
            }
            waited?;
        }
    }
}

/// The body of an answer. Fields are dropped in this order, and the host wants children before parents.
#[derive(Debug)]
pub(super) struct Stream {
    bytes: Option<InputStream>,
    _body: types::IncomingBody,
    upload: Option<Upload>,
    deadline: Deadline,
}

impl Stream {
    fn new(answer: &types::IncomingResponse, upload: Option<Upload>, deadline: Deadline) -> Result<Self, Error> {
        let body = answer.consume().map_err(|()| gone())?;
        let bytes = body.stream().map_err(|()| gone())?;
        Ok(Self { bytes: Some(bytes), _body: body, upload, deadline })
    }

    /// The next bytes, at most this many. Empty: there are no more.
    pub(super) fn next(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        while let Some(bytes) = &self.bytes {
            match bytes.read(most as u64) {
                Ok(part) if !part.is_empty() => return Ok(part),
                Ok(_) => self.wait()?,
                Err(StreamError::Closed) => self.bytes = None,
                Err(StreamError::LastOperationFailed(error)) => {
                    self.bytes = None;
                    return Err(types::http_error_code(&error).map_or_else(gone, Error::from));
                }
            }
        }
        Ok(Vec::new())
    }

    fn wait(&mut self) -> Result<(), Error> {
        if let Some(upload) = &mut self.upload {
            upload.advance()?;
        }
        let Some(bytes) = &self.bytes else { return Ok(()) };
        let ready = bytes.subscribe();
        let sendable = self.upload.as_ref().and_then(Upload::sendable);
        self.deadline.wait(&ready, sendable.as_ref())
    }
}

/// When the plugin stops waiting.
#[derive(Debug)]
struct Deadline {
    given: Duration,
    end: Option<Instant>,
}

impl Deadline {
    /// A time beyond what a clock can say never comes.
    fn new(given: Option<Duration>) -> Self {
        let end = given.and_then(|given| Instant::now().checked_add(given));
        Self { given: given.unwrap_or_default(), end }
    }

    /// Waits until one of them is ready.
    fn wait(&self, ready: &Pollable, other: Option<&Pollable>) -> Result<(), Error> {
        if self.end.is_none() && other.is_none() {
            // As below, but without lists that go to the host and come back.
            ready.block();
            return Ok(());
        }
        let alarm = self.end.map(|end| monotonic_clock::subscribe_duration(nanoseconds(left(end))));
        let awaited: Vec<_> = [Some(ready), other, alarm.as_ref()].into_iter().flatten().collect();
        poll::poll(&awaited);
        match self.end {
            Some(end) if left(end).is_zero() => Err(Error::TimedOut(self.given)),
            _ => Ok(()),
        }
    }
}

fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

fn set_target(request: &types::OutgoingRequest, method: &Method, address: &Uri) -> Result<(), Error> {
    let scheme = if address.scheme_str() == Some("http") { types::Scheme::Http } else { types::Scheme::Https };
    let authority = address.authority().map(|authority| authority.as_str());
    let path = address.path_and_query().map(|path| path.as_str());
    request.set_method(&method_of(method)).map_err(|()| refused("the method"))?;
    request.set_scheme(Some(&scheme)).map_err(|()| refused("the scheme"))?;
    request.set_authority(authority).map_err(|()| refused("the host in the address"))?;
    request.set_path_with_query(path).map_err(|()| refused("the path"))
}

fn method_of(method: &Method) -> types::Method {
    match method.as_str() {
        "GET" => types::Method::Get,
        "HEAD" => types::Method::Head,
        "POST" => types::Method::Post,
        "PUT" => types::Method::Put,
        "DELETE" => types::Method::Delete,
        "CONNECT" => types::Method::Connect,
        "OPTIONS" => types::Method::Options,
        "TRACE" => types::Method::Trace,
        "PATCH" => types::Method::Patch,
        other => types::Method::Other(other.to_owned()),
    }
}

fn fields(headers: &HeaderMap) -> Result<types::Fields, Error> {
    let fields = types::Fields::new();
    // One by one, to be able to say which one the host refuses.
    for (name, value) in headers {
        fields.append(name.as_str(), value.as_bytes()).map_err(|_| refused(&format!("the header `{name}`")))?;
    }
    Ok(fields)
}

fn head(answer: &types::IncomingResponse) -> Head {
    let entries = answer.headers().entries();
    let named = entries.into_iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?))
    });
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        headers.append(name, value);
    }
    Head { status: answer.status(), headers }
}

/// None: the host's own bounds are enough. A host may not know one of them. Then it has its own, which is what the plugin
/// gets anyway.
fn options(times: Times) -> Option<types::RequestOptions> {
    if times.first_byte.is_none() && times.between_bytes.is_none() {
        return None;
    }
    let options = types::RequestOptions::new();
    let _ = options.set_first_byte_timeout(times.first_byte.map(nanoseconds));
    let _ = options.set_between_bytes_timeout(times.between_bytes.map(nanoseconds));
    Some(options)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn refused(what: &str) -> Error {
    Error::Invalid(format!("the host refuses {what}"))
}

/// The host gave away already what it gives once, or broke off without a reason. Neither should happen.
fn gone() -> Error {
    Error::Host { code: "internal-error", detail: Some("the answer broke off".into()) }
}
