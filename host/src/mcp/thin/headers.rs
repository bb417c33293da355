//! Which requests are worth a look, by their headers alone. Narrower than rmcp on purpose: what rmcp allows in several
//! forms is recognised here in the form that clients use.

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName};

/// The one revision of the protocol whose requests stand for themselves.
pub(super) const REVISION: &str = "2026-07-28";

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");
const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");

/// How a header begins whose text is written in base64; rmcp decodes it.
const ENCODED: &str = "=?base64?";

/// What a request says that it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    ListTools,
    CallTool,
}

/// Judges headers.
pub(super) struct Gate {
    hosts: Vec<AllowedHost>,
    body_bytes: usize,
}

struct AllowedHost {
    name: String,
    port: Option<u16>,
}

impl Gate {
    /// For requests to these hosts (with a port or without), with bodies of at most so many bytes.
    pub(super) fn new(hosts: &[String], body_bytes: usize) -> Self {
        Self { hosts: hosts.iter().map(|host| AllowedHost::parse(host)).collect(), body_bytes }
    }

    /// What the request wants; none where only rmcp can tell.
    pub(super) fn recognise(&self, parts: &Parts) -> Option<Method> {
        let headers = &parts.headers;
        let is_plain = parts.method == http::Method::POST
            && self.is_for_us(headers)
            && self.has_bounded_body(headers)
            && accepts_both(headers)
            && is_json(headers)
            && only(headers, &PROTOCOL_VERSION) == Some(REVISION);
        match only(headers, &MCP_METHOD).filter(|_| is_plain)? {
            "tools/call" => Some(Method::CallTool),
            "tools/list" => Some(Method::ListTools),
            _ => None,
        }
    }

    /// Whether the request is addressed to an allowed host, and no web page sends it: pages are rmcp's to judge.
    fn is_for_us(&self, headers: &HeaderMap) -> bool {
        let Some(host) = only(headers, &HOST).and_then(|host| Authority::try_from(host).ok()) else {
            return false;
        };
        let (name, port) = (bare(host.host()), host.port_u16());
        let is_allowed = |allowed: &AllowedHost| {
            allowed.name.eq_ignore_ascii_case(name) && (allowed.port.is_none() || allowed.port == port)
        };
        !headers.contains_key(ORIGIN) && self.hosts.iter().any(is_allowed)
    }

    /// Whether the body's length is known beforehand and within the bound: then it is read whole, and never has to be
    /// put together again from what was read and what is still to come.
    fn has_bounded_body(&self, headers: &HeaderMap) -> bool {
        let length = only(headers, &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        !headers.contains_key(TRANSFER_ENCODING) && length.is_some_and(|length| length <= self.body_bytes)
    }
}

impl AllowedHost {
    fn parse(host: &str) -> Self {
        let host = host.trim();
        match Authority::try_from(host) {
            Ok(host) => Self { name: bare(host.host()).to_owned(), port: host.port_u16() },
            // An IPv6 address without its brackets.
            Err(_) => Self { name: bare(host).to_owned(), port: None },
        }
    }
}

/// Whether the request's name in the headers is the one in its body.
pub(super) fn is_name(headers: &HeaderMap, name: &str) -> bool {
    only(headers, &MCP_NAME).is_some_and(|header| header == name && !header.starts_with(ENCODED))
}

/// A host's name without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_matches('[').trim_matches(']')
}

/// The header's text, if the header is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Whether the client takes both forms of an answer, as every client of MCP must say. Weights and other parameters,
/// and quoted text, are rmcp's to weigh.
fn accepts_both(headers: &HeaderMap) -> bool {
    let Some(accepted) = only(headers, &ACCEPT) else { return false };
    let accepts = |wanted: &str| accepted.split(',').any(|range| range.trim().eq_ignore_ascii_case(wanted));
    !accepted.contains('"') && accepts("application/json") && accepts("text/event-stream")
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = only(headers, &CONTENT_TYPE).and_then(|media_type| media_type.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    /// The headers that a client sends, with one of them replaced, or added where it isn't there.
    fn method_with(name: &str, values: &[&str]) -> Option<Method> {
        let usual = [
            ("host", "127.0.0.1:8080"),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("content-length", "2"),
            ("mcp-protocol-version", REVISION),
            ("mcp-method", "tools/list"),
        ];
        let kept = usual.into_iter().filter(|(usual, _)| *usual != name);
        let replaced = values.iter().map(|value| (name, *value));
        let request =
            kept.chain(replaced).fold(Request::post("/mcp"), |request, (name, value)| request.header(name, value));
        let hosts = ["localhost", "127.0.0.1", "::1", "gate.example:8443"].map(str::to_owned);
        Gate::new(&hosts, 10).recognise(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn only_what_is_recognised_completely_is_taken() {
        const LIST: Option<Method> = Some(Method::ListTools);
        let cases: &[(&str, &[&str], Option<Method>)] = &[
            ("x-other", &["1"], LIST),
            ("mcp-method", &["tools/call"], Some(Method::CallTool)),
            ("mcp-method", &["prompts/list"], None),
            ("mcp-method", &["tools/list", "tools/list"], None),
            ("mcp-method", &[], None),
            ("mcp-protocol-version", &["2025-11-25"], None),
            ("mcp-protocol-version", &[], None),
            ("host", &["localhost"], LIST),
            ("host", &["LOCALHOST:1"], LIST),
            ("host", &["[::1]:8080"], LIST),
            ("host", &["gate.example:8443"], LIST),
            ("host", &["gate.example"], None),
            ("host", &["evil.example"], None),
            ("host", &["127.0.0.1", "127.0.0.1"], None),
            ("host", &[], None),
            ("origin", &["http://localhost"], None),
            ("accept", &["Application/JSON,text/event-stream"], LIST),
            ("accept", &["application/json"], None),
            ("accept", &["*/*"], None),
            ("accept", &["application/json;q=0, text/event-stream"], None),
            ("content-type", &["application/json; charset=utf-8"], LIST),
            ("content-type", &["text/plain"], None),
            ("content-length", &["10"], LIST),
            ("content-length", &["11"], None),
            ("content-length", &[], None),
            ("transfer-encoding", &["chunked"], None),
        ];
        for (name, values, expected) in cases {
            assert_eq!(method_with(name, values), *expected, "{name}: {values:?}");
        }
    }

    #[test]
    fn a_name_is_compared_as_it_is() {
        let cases = [(Some("a__b"), true), (Some("A__b"), false), (Some("=?base64?YV9fYg==?="), false), (None, false)];
        for (header, same) in cases {
            let headers = header.map(|name| (MCP_NAME, name.parse().unwrap()));
            assert_eq!(is_name(&HeaderMap::from_iter(headers), "a__b"), same, "{header:?}");
        }
    }
}
