//! One request of a guest: judged, given what its rule attaches, sent, and its answer brought back, all of it within
//! bounds.

use std::sync::Arc;

use http::header::{CONTENT_ENCODING, HOST};
use http::{HeaderMap, Method, Request, Response, request};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};
use url::Url;
use wasmtime_wasi_http::{RequestOptions, WasiBody};

use super::access::{Access, Admitted};
use super::body::{Received, Sent};
use super::error::Fault;
use crate::audit::Witness;
use crate::capability::credential::{BodyKind, Credentials, whole};
use crate::capability::decision::{By, Decision, Refused};
use crate::capability::http::NAME;
use crate::capability::http::grant::Match;
use crate::capability::learner::Wish;
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
    let Ok(url) = parts.uri.to_string().parse::<Url>() else { return Err(Fault::Target) };
    let mut seen = Seen { witness, what: described(&parts.method, &url), rule: None };
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
    let first_byte = begun + options.first_byte_timeout.map_or(most, |wanted| most.min(wanted));
    let host = url.host_str().unwrap_or_default().to_owned();
    let sending = send(&access, granted, Outgoing { parts, body, url });
    let sent = timeout_at(first_byte, sending).await.unwrap_or(Err(Fault::FirstByteTime));
    if let Err(Fault::Address(refused)) = &sent {
        access.learner.note(|| Wish::Address(host, refused.address));
    }
    let ends = begun + access.bounds.total_time;
    let accepted = sent.and_then(|answered| answered.accept(&access, ends, options, seen.clone()));
    accepted.inspect_err(|fault| seen.fault(fault))
}

/// A request as it is put on record.
#[derive(Clone)]
pub(super) struct Seen {
    witness: Witness,
    what: String,
    rule: Option<String>,
}

impl Seen {
    fn note(&self, refused: Option<&Refused>) {
        self.witness.used(NAME, &self.what, self.rule.as_deref(), refused.map_or(Ok(()), Err));
    }

    /// What went wrong later, where the policy or a bound is why.
    pub(super) fn fault(&self, fault: &Fault) {
        if let Some(refused) = fault.refusal() {
            self.note(Some(&refused));
        }
    }
}

/// Refuses a request of a plugin to which nobody granted any.
pub(super) fn refuse_ungranted(witness: &Witness, request: &Request<WasiBody>) {
    let what = match request.uri().to_string().parse() {
        Ok(url) => described(request.method(), &url),
        Err(_) => request.method().to_string(),
    };
    let hint = "write rules for `http` below the plugin's grants";
    let seen = Seen { witness: witness.clone(), what, rule: None };
    seen.note(Some(&Refused::new(By::Operator, "no request was granted", hint)));
}

/// A request in few words. Without its query and who it is from: both may hold what isn't for records.
fn described(method: &Method, url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{method} {}://{host}{port}{}", url.scheme(), url.path())
}

fn judge<'a>(access: &'a Access, parts: &request::Parts, url: &Url) -> Decision<Match<'a>> {
    let granted = access.rules.decide(&parts.method, url)?;
    access.rules.check_overrides(granted, url, &parts.headers)?;
    Ok(granted)
}

fn check_request(access: &Access, headers: &HeaderMap, body: &WasiBody) -> Result<(), Fault> {
    check_headers(access, headers).map_err(Fault::RequestHeaders)?;
    let bound = access.bounds.request_bytes;
    if body.size_hint().lower() > bound { Err(Fault::RequestSize(bound)) } else { Ok(()) }
}

/// Whether there are no more headers than may be: else their size in bytes.
fn check_headers(access: &Access, headers: &HeaderMap) -> Result<(), usize> {
    let bytes = headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum();
    let fits = headers.len() <= access.bounds.headers && bytes <= access.bounds.header_bytes;
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

async fn send(access: &Access, granted: Match<'_>, outgoing: Outgoing) -> Result<Answered, Fault> {
    check_request(access, &outgoing.parts.headers, &outgoing.body)?;
    let client = access.clients.of(&granted.rule.networks).ok_or(Fault::Connect)?;
    let credentials = access.credentials(granted).ok_or(Fault::Connect)?;
    let admitted = access.admit().await?;
    let (request, redactor) = equip(access, granted, credentials, outgoing).await?;
    let answer = client.execute(request).await.map_err(|error| Fault::of(&error))?;
    Ok(Answered { answer, admitted, redactor })
}

/// Gives a request what its rule attaches.
async fn equip(
    access: &Access,
    granted: Match<'_>,
    credentials: &Credentials,
    outgoing: Outgoing,
) -> Result<(reqwest::Request, Option<Redactor>), Fault> {
    let Outgoing { mut parts, body, url } = outgoing;
    // What is signed is what is dialled, and the client writes the host from it.
    parts.uri = url.as_str().parse().map_err(|_| Fault::Target)?;
    parts.headers.remove(HOST);
    let is_empty = body.size_hint().exact() == Some(0);
    let (body, attached) = if !is_empty && credentials.hashes_body(&parts.uri) {
        let body = whole(body).await?;
        let attached = credentials.prepare(access.secrets(), &mut parts, BodyKind::Whole(&body)).await?;
        (Some(reqwest::Body::from(body)), attached)
    } else {
        let kind = if is_empty { BodyKind::Empty } else { BodyKind::Streamed };
        let attached = credentials.prepare(access.secrets(), &mut parts, kind).await?;
        let streamed = (!is_empty).then(|| reqwest::Body::wrap(Sent::new(body, access.bounds.request_bytes)));
        (streamed, attached)
    };
    let mut request = reqwest::Request::new(parts.method, url);
    *request.headers_mut() = parts.headers;
    *request.body_mut() = body;
    Ok((request, access.redactor(granted, attached).await?))
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
        check_headers(access, &parts.headers).map_err(Fault::ResponseHeaders)?;
        let received = Received::new(body, access.bounds.response_bytes, ends, self.admitted, seen)
            .patient_for(options.between_bytes_timeout);
        let body = match &self.redactor {
            None => received.map_err(Into::into).boxed_unsync(),
            Some(redactor) => {
                check_encoding(&parts.headers)?;
                redactor.headers(&mut parts.headers);
                RedactedBody::new(received, redactor).map_err(Into::into).boxed_unsync()
            }
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// A compressed answer can't be searched for secrets.
fn check_encoding(headers: &HeaderMap) -> Result<(), Fault> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let other =
        codings.map(|coding| coding.to_str().unwrap_or("?")).find(|coding| !coding.eq_ignore_ascii_case("identity"));
    other.map_or(Ok(()), |coding| Err(Fault::Encoded(coding.to_owned())))
}
