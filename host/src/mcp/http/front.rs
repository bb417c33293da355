//! Which path is whose, and what is done before anyone answers: who calls, and the body.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use rmcp::transport::streamable_http_server::StreamableHttpService;

use super::super::auth::Tokens;
use super::super::handler::Gateway;
use super::super::hub::Hub;
use super::super::malformed;
use super::super::thin::{FastPath, Head, Recognised};
use super::body::Bodies;
use super::content::{self, Answer};
use super::lapse;
use super::plain::Plain;
use super::session::Sessions;
use super::watch::Watch;
use crate::caller::Caller;
use crate::surface::Published;

/// What clients and those who look after the process find here.
pub(super) struct Front {
    pub(super) tokens: Tokens,
    /// The default endpoint, at `/mcp`.
    pub(super) default: Endpoint,
    /// The others, by name: `/mcp/<name>`.
    pub(super) named: BTreeMap<String, Endpoint>,
    pub(super) bodies: Bodies,
}

/// Where the named endpoints are.
const NAMED: &str = "/mcp/";

/// Who answers at one of MCP's paths.
pub(super) struct Endpoint {
    pub(super) hub: Arc<Hub>,
    pub(super) fast: Option<FastPath>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) rmcp: StreamableHttpService<Gateway, Sessions>,
}

impl Front {
    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Incoming>, watch: &Watch) -> Answer {
        let (mut parts, mut body) = request.into_parts();
        let is_for_one_host = settle_host(&mut parts);
        let answer = match parts.uri.path() {
            _ if !is_for_one_host => content::last(content::text(StatusCode::BAD_REQUEST, BAD_HOST)),
            "/health" => for_reading(&parts.method, || content::text(StatusCode::OK, "ok\n")),
            "/ready" => for_reading(&parts.method, || ready(&self.default.hub.published)),
            path => match self.endpoint(path) {
                Some(endpoint) => self.mcp(endpoint, parts, &mut body).await,
                None => content::bare(StatusCode::NOT_FOUND),
            },
        };
        if !body.is_end_stream() {
            watch.leave_unread();
        }
        answer
    }

    /// Answers a request whose bytes are at hand, if it is a plain one. Anything else is left as it came.
    pub(super) async fn answer_plain(&self, plain: &Plain<'_>) -> Option<Answer> {
        let caller = self.tokens.caller(plain.head.authorization.text()).ok()?;
        plain.recognised.serve(&plain.head, plain.body, &caller).await
    }

    /// Takes a request that may be a plain one.
    pub(super) fn recognise(&self, path: &str, head: &Head<'_>) -> Option<Recognised<'_>> {
        self.endpoint(path)?.fast.as_ref()?.recognise(head)
    }

    fn endpoint(&self, path: &str) -> Option<&Endpoint> {
        if path == "/mcp" { Some(&self.default) } else { self.named.get(path.strip_prefix(NAMED)?) }
    }

    async fn mcp(&self, endpoint: &Endpoint, parts: Parts, body: &mut Incoming) -> Answer {
        let caller = match self.tokens.caller(only_authorization(&parts.headers)) {
            Ok(caller) => caller,
            Err(stranger) => return stranger.answer(),
        };
        let ends = caller.ends;
        lapse::until(ends, self.proven(endpoint, parts, body, caller).await)
    }

    /// Answers somebody who may connect.
    async fn proven(&self, endpoint: &Endpoint, parts: Parts, body: &mut Incoming, caller: Caller) -> Answer {
        if parts.method != Method::POST {
            return endpoint.hand_on(parts, Bytes::new(), caller).await;
        }
        match self.bodies.read(body).await {
            // Its memory is counted as long as the request is.
            Ok(whole) => endpoint.post(parts, whole.bytes.clone(), caller).await,
            Err(refusal) => refusal.answer(),
        }
    }
}

impl Endpoint {
    async fn post(&self, parts: Parts, body: Bytes, caller: Caller) -> Answer {
        if let Some(fast) = &self.fast {
            let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
            let head = Head::new(parts.method.as_str(), headers);
            if let Some(recognised) = fast.recognise(&head)
                && let Some(answer) = recognised.serve(&head, &body, &caller).await
            {
                return answer;
            }
            tracing::trace!("handed on by the fast path");
        }
        let is_json = malformed::is_json(&parts.headers);
        let answer = self.hand_on(parts, body.clone(), caller).await;
        if is_json { malformed::answer(answer, &body) } else { answer }
    }

    /// Has rmcp answer. Its futures are large, and rare: they are kept apart, so that connections stay small.
    async fn hand_on(&self, mut parts: Parts, body: Bytes, caller: Caller) -> Answer {
        parts.extensions.insert(caller.clone());
        let request = Request::from_parts(parts, Full::new(body.clone()));
        let answering = Box::pin(async { self.rmcp.handle(request).await.map(Into::into) });
        self.sessions.attempt(body, caller, &self.hub.published, answering).await
    }
}

const BAD_HOST: &str = "Bad Request: the request must name one host, and no user\n";

/// Leaves one Host header that says whom the request is for, as HTTP has it (RFC 9112, section 3.2); false where nobody
/// can tell. A proxy in front of this server may have judged another one.
fn settle_host(parts: &mut Parts) -> bool {
    // A whole address in the request line goes before the header.
    if let Some(address) = parts.uri.authority() {
        let Ok(address) = HeaderValue::from_str(address.as_str()) else { return false };
        parts.headers.insert(HOST, address);
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => !host.as_bytes().contains(&b'@'),
        (None, _) => parts.version < Version::HTTP_11,
        _ => false,
    }
}

/// The text of the header, if it is there once: of several, nobody could say whose word counts.
fn only_authorization(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    all.next().filter(|_| all.next().is_none())?.to_str().ok()
}

fn for_reading(method: &Method, answer: impl FnOnce() -> Answer) -> Answer {
    if matches!(*method, Method::GET | Method::HEAD) { answer() } else { content::only("GET,HEAD") }
}

fn ready(published: &Published) -> Answer {
    if published.is_settled() {
        content::text(StatusCode::OK, "ready\n")
    } else {
        content::text(StatusCode::SERVICE_UNAVAILABLE, "loading\n")
    }
}
