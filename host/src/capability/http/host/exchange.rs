//! One request of a guest: judged, given what its rule attaches, sent, and its answer brought back, all of it within
//! bounds.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HOST, IF_RANGE, RANGE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, request};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};
use url::Url;
use wasmtime_wasi_http::{RequestOptions, WasiBody};

use super::access::{Access, Admitted, Bounds};
use super::ahead::Ahead;
use super::body::{Received, Sent};
use super::error::Fault;
use crate::audit::{Refusal, Witness};
use crate::capability::credential::{BodyKind, CredentialError, Credentials, SIGNED_BODY_BYTES, whole};
use crate::capability::decision::{By, Decision, Refused};
use crate::capability::http::NAME;
use crate::capability::http::grant::{Match, is_same_header};
use crate::capability::learner::Wish;
use crate::capability::place::without_query;
use crate::capability::record::Record as _;
use crate::capability::redact::{RedactedBody, Redactor};

/// Sends a guest's request, if the policy lets it.
///
/// # Errors
/// Why there is no answer.
pub(super) async fn exchange(
    access: Arc<Access>,
    witness: Witness,
    request: Request<WasiBody>,
    options: RequestOptions,
) -> Result<Response<WasiBody>, Fault> {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let seen = |what| Seen { witness, access: Arc::clone(&access), what, rule: None };
    let Ok(url) = parts.uri.to_string().parse::<Url>() else {
        seen(parts.method.to_string()).fault(&Fault::Target);
        return Err(Fault::Target);
    };
    let mut seen = seen(described(&parts.method, &url));
    let granted = judge(&access, &parts, &url).inspect_err(|refused| {
        seen.note(Some(refused));
        if refused.by == By::Operator {
            access.learner.note(|| Wish::Request(parts.method.clone(), url.clone()));
        }
    })?;
    seen.rule = Some(granted.to_string());
    // Before it is sent, so that a request whose guest is stopped meanwhile is on record as well.
    seen.note(None);
    let most = access.bounds.first_byte_time;
    let (first_byte, late) = match options.first_byte_timeout {
        Some(wanted) if wanted < most => (wanted, Fault::OwnTime),
        _ => (most, Fault::FirstByteTime),
    };
    let (host, rule) = (url.host_str().unwrap_or_default().to_owned(), granted.index);
    let sending = send(&access, granted, Outgoing { parts, body, url }, &seen);
    let sent = timeout_at(begun + first_byte, sending).await.unwrap_or(Err(late));
    if let Err(Fault::Address(refused)) = &sent {
        access.learner.note(|| Wish::Address { host, rule, address: refused.address });
    }
    let ends = begun + access.bounds.total_time;
    let accepted = sent.and_then(|answered| answered.accept(&access, ends, options, seen.clone()));
    accepted.inspect_err(|fault| seen.fault(fault))
}

/// A request as it is put on record.
#[derive(Clone)]
pub(super) struct Seen {
    witness: Witness,
    access: Arc<Access>,
    what: String,
    rule: Option<String>,
}

impl Seen {
    fn note(&self, refused: Option<&Refused>) {
        self.witness.used(NAME, &self.what, self.rule.as_deref(), refused.map_or(Ok(()), Err));
    }

    /// What went wrong later: on record, where the policy or a bound is why; in the log, where the operator has to see to it.
    pub(super) fn fault(&self, fault: &Fault) {
        match fault.refusal() {
            Some(refused) => self.note(Some(&refused)),
            None if *fault == Fault::OwnTime => {}
            None => self.access.complain(self.witness.plugin(), &self.what, fault),
        }
    }

    /// A header of the guest's that isn't sent.
    fn left_out(&self, name: &HeaderName) {
        let refusal = Refusal { by: By::Malformed.name(), why: "the rule writes it, or it cuts the answer", help: "" };
        self.witness.saw_left_out(NAME, &format!("header {name}"), refusal);
    }
}

/// Refuses a request of a plugin to which nobody granted any.
pub(super) fn refuse_ungranted(witness: &Witness, request: &Request<WasiBody>) {
    let what = match request.uri().to_string().parse() {
        Ok(url) => described(request.method(), &url),
        Err(_) => request.method().to_string(),
    };
    let hint = "write rules for `http` below the plugin's grants";
    witness.used(NAME, &what, None, Err(&Refused::new(By::Operator, "no request was granted", hint)));
}

/// A request in few words.
fn described(method: &Method, url: &Url) -> String {
    format!("{method} {}", without_query(url))
}

fn judge<'a>(access: &'a Access, parts: &request::Parts, url: &Url) -> Decision<Match<'a>> {
    let granted = access.rules.decide(&parts.method, url)?;
    access.rules.check_overrides(granted, url, &parts.headers)?;
    Ok(granted)
}

fn check_request(bounds: &Bounds, headers: &HeaderMap) -> Result<(), Fault> {
    check_headers(bounds, headers).map_err(Fault::RequestHeaders)?;
    // As it comes, the body is counted; where its length is said, it needn't begin.
    let bound = bounds.request_bytes;
    if length(headers).is_some_and(|length| length > bound) { Err(Fault::RequestSize(bound)) } else { Ok(()) }
}

/// How long a request says that its body is.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether there are no more headers, or trailers, than may be: else their size in bytes.
pub(super) fn check_headers(bounds: &Bounds, headers: &HeaderMap) -> Result<(), usize> {
    let bytes = headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum();
    let fits = headers.len() <= bounds.headers && bytes <= bounds.header_bytes;
    if fits { Ok(()) } else { Err(bytes) }
}

/// A request that the policy lets through.
struct Outgoing {
    parts: request::Parts,
    body: WasiBody,
    /// The very one that was judged.
    url: Url,
}

/// An answer that has begun.
struct Answered {
    answer: reqwest::Response,
    admitted: Admitted,
    redactor: Option<Redactor>,
}

async fn send(access: &Access, granted: Match<'_>, mut outgoing: Outgoing, seen: &Seen) -> Result<Answered, Fault> {
    check_request(&access.bounds, &outgoing.parts.headers)?;
    let client = access.clients.of(&granted.rule.networks).ok_or(Fault::Target)?;
    let credentials = access.credentials(granted).ok_or(Fault::Target)?;
    for name in unwanted(access, credentials, &outgoing.parts.headers) {
        outgoing.parts.headers.remove(&name);
        seen.left_out(&name);
    }
    let admitted = access.admit().await?;
    let (request, redactor) = equip(access, granted, credentials, outgoing).await?;
    let answer = client.execute(request).await.map_err(|error| Fault::of(&error))?;
    Ok(Answered { answer, admitted, redactor })
}

/// Headers of a guest's that aren't sent: those that the rule writes, under whatever spelling servers take for them, and those
/// by which it would get an answer in pieces, in none of which a secret could be found. Where a rule signs, no server gets a
/// secret to send back.
fn unwanted(access: &Access, credentials: &Credentials, headers: &HeaderMap) -> Vec<HeaderName> {
    let cuts = !credentials.signs() && access.answers.are_searched();
    let is_written = |name: &str| credentials.names().any(|written| is_same_header(name, written.as_str()));
    let is_unwanted = |name: &&HeaderName| is_written(name.as_str()) || cuts && (*name == RANGE || *name == IF_RANGE);
    headers.keys().filter(is_unwanted).cloned().collect()
}

/// Gives a request what its rule attaches.
async fn equip(
    access: &Access,
    granted: Match<'_>,
    credentials: &Credentials,
    outgoing: Outgoing,
) -> Result<(reqwest::Request, Option<Redactor>), Fault> {
    let Outgoing { mut parts, body, url } = outgoing;
    if credentials.signs() {
        // What is signed is what is dialled, and the client writes the host from it.
        parts.uri = url.as_str().parse().map_err(|_| Fault::Target)?;
    }
    parts.headers.remove(HOST);
    let is_empty = body.size_hint().exact() == Some(0);
    let bound = access.bounds.request_bytes;
    let (body, sent) = if !is_empty && credentials.hashes_body(&parts.uri) {
        let body = hashed(body, bound).await?;
        let sent = credentials.prepare(access.secrets(), &mut parts, BodyKind::Whole(&body)).await?;
        (Some(reqwest::Body::from(body)), sent)
    } else {
        let kind = if is_empty { BodyKind::Empty } else { BodyKind::Streamed };
        let sent = credentials.prepare(access.secrets(), &mut parts, kind).await?;
        let streamed = (!is_empty).then(|| reqwest::Body::wrap(Sent::new(body, bound, length(&parts.headers))));
        (streamed, sent)
    };
    let redactor = access.answers.redactor(&sent);
    if redactor.is_some() {
        // Nothing can be found in what is compressed. Requests that carry a secret have it already, and perhaps signed.
        parts.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    let url = if credentials.signs() { as_signed(access, granted, &parts)? } else { url };
    let mut request = reqwest::Request::new(parts.method, url);
    *request.headers_mut() = parts.headers;
    *request.body_mut() = body;
    Ok((request, redactor))
}

/// The address as it was signed, which is the one that is dialled: it may be written in another form, and is judged again.
fn as_signed(access: &Access, granted: Match<'_>, parts: &request::Parts) -> Result<Url, Fault> {
    let signed: Url = parts.uri.to_string().parse().map_err(|_| Fault::Target)?;
    match access.rules.decide(&parts.method, &signed)? {
        again if again.index == granted.index => Ok(signed),
        _ => Err(Fault::Target),
    }
}

/// A body that a signature covers, held to the plugin's bound and to that of such bodies.
async fn hashed(body: WasiBody, bound: u64) -> Result<Bytes, Fault> {
    let most = usize::try_from(bound).unwrap_or(usize::MAX);
    whole(body, most.min(SIGNED_BODY_BYTES)).await.map_err(|error| match error {
        CredentialError::Large if most < SIGNED_BODY_BYTES => Fault::RequestSize(bound),
        error => error.into(),
    })
}

impl Answered {
    /// What the guest gets of it.
    fn accept(
        self,
        access: &Access,
        ends: Instant,
        options: RequestOptions,
        seen: Seen,
    ) -> Result<Response<WasiBody>, Fault> {
        let (mut parts, body) = Response::<reqwest::Body>::from(self.answer).into_parts();
        check_headers(&access.bounds, &parts.headers).map_err(|_| Fault::ResponseHeaders)?;
        let has_body = !body.is_end_stream();
        let body = Ahead::new(body, access.runtime.clone());
        let received =
            Received::new(body, access.bounds, ends, self.admitted, seen).patient_for(options.between_bytes_timeout);
        let body = match &self.redactor {
            None => received.map_err(Into::into).boxed_unsync(),
            Some(redactor) => {
                if has_body && is_encoded(&parts.headers) {
                    return Err(Fault::Encoded);
                }
                redactor.headers(&mut parts.headers);
                RedactedBody::new(received, redactor).map_err(Into::into).boxed_unsync()
            }
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// Whether it is compressed, and so can't be searched for secrets: as a whole, or on its way.
fn is_encoded(headers: &HeaderMap) -> bool {
    let other = |name: HeaderName, plain: &[u8]| {
        headers.get_all(name).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(plain))
    };
    other(CONTENT_ENCODING, b"identity") || other(TRANSFER_ENCODING, b"chunked")
}
