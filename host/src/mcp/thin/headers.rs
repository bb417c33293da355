//! Which requests are worth a look, by their headers alone. Narrower than rmcp on purpose: what rmcp allows in several
//! forms is recognised here in the form that clients use.

use std::net::Ipv6Addr;

use http::uri::Authority;

/// The one revision of the protocol whose requests stand for themselves.
pub(super) const REVISION: &str = "2026-07-28";

/// How a header begins whose text is written in base64; rmcp decodes it.
const ENCODED: &str = "=?base64?";

/// The headers that decide: those that rmcp judges by, and those that say where a request ends. All others change
/// nothing.
#[derive(Debug, Default)]
pub(in crate::mcp) struct Head<'a> {
    is_post: bool,
    host: Field<'a>,
    origin: Field<'a>,
    accept: Field<'a>,
    content_type: Field<'a>,
    version: Field<'a>,
    method: Field<'a>,
    name: Field<'a>,
    /// A bearer token, where one is needed.
    pub(in crate::mcp) authorization: Field<'a>,
    /// Of the body, in bytes.
    pub(in crate::mcp) length: Field<'a>,
    connection: Field<'a>,
    /// Headers of HTTP itself that make a request more than a head and a body of a known length.
    is_special: bool,
}

/// A header, as often as it is there.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::mcp) enum Field<'a> {
    #[default]
    Absent,
    Once(&'a [u8]),
    Repeated,
}

impl<'a> Field<'a> {
    fn add(&mut self, value: &'a [u8]) {
        *self = if matches!(self, Self::Absent) { Self::Once(value) } else { Self::Repeated };
    }

    const fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The text, if the header is there once and is plain text.
    pub(in crate::mcp) fn text(self) -> Option<&'a str> {
        let Self::Once(value) = self else { return None };
        let is_plain = |byte: &u8| *byte == b'\t' || (b' '..=b'~').contains(byte);
        std::str::from_utf8(value).ok().filter(|_| value.iter().all(is_plain))
    }
}

impl<'a> Head<'a> {
    /// Of a request with this method and these headers.
    pub(in crate::mcp) fn new(method: &str, headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut head = Self { is_post: method == "POST", ..Self::default() };
        for (name, value) in headers {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            match () {
                () if is("host") => head.host.add(value),
                () if is("accept") => head.accept.add(value),
                () if is("content-type") => head.content_type.add(value),
                () if is("content-length") => head.length.add(value),
                () if is("mcp-protocol-version") => head.version.add(value),
                () if is("mcp-method") => head.method.add(value),
                () if is("mcp-name") => head.name.add(value),
                () if is("authorization") => head.authorization.add(value),
                () if is("origin") => head.origin.add(value),
                () if is("connection") => head.connection.add(value),
                () if is("transfer-encoding") || is("expect") || is("upgrade") || is("trailer") => {
                    head.is_special = true;
                }
                () => {}
            }
        }
        head
    }

    /// The length of the body, where HTTP itself has nothing more to say about the request than that.
    pub(in crate::mcp) fn plain_length(&self) -> Option<usize> {
        let keeps_alive = self.connection.is_absent()
            || self.connection.text().is_some_and(|connection| connection.eq_ignore_ascii_case("keep-alive"));
        let digits = self.length.text().filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()))?;
        if keeps_alive && !self.is_special { digits.parse().ok() } else { None }
    }

    /// Whether the request's name in the headers is the one in its body.
    pub(super) fn is_name(&self, name: &str) -> bool {
        self.name.text().is_some_and(|header| header == name && !header.starts_with(ENCODED))
    }
}

/// What a request says that it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    ListTools,
    CallTool,
}

/// Judges headers.
pub(super) struct Gate {
    hosts: Vec<AllowedHost>,
}

struct AllowedHost {
    name: String,
    port: Option<u16>,
}

impl Gate {
    /// For requests to these hosts, with a port or without.
    pub(super) fn new(hosts: &[String]) -> Self {
        Self { hosts: hosts.iter().filter_map(|host| AllowedHost::parse(host)).collect() }
    }

    /// What the request wants; none where only rmcp can tell.
    pub(super) fn recognise(&self, head: &Head<'_>) -> Option<Method> {
        let is_plain = head.is_post
            && self.is_for_us(head)
            && accepts_both(head)
            && is_json(head)
            && head.version.text() == Some(REVISION);
        match head.method.text().filter(|_| is_plain)? {
            "tools/call" => Some(Method::CallTool),
            "tools/list" => Some(Method::ListTools),
            _ => None,
        }
    }

    /// Whether the request is addressed to an allowed host, and no web page sends it: pages are rmcp's to judge.
    fn is_for_us(&self, head: &Head<'_>) -> bool {
        let Some((name, port)) = head.host.text().and_then(name_and_port) else { return false };
        let is_allowed = |allowed: &AllowedHost| {
            allowed.name.eq_ignore_ascii_case(name) && (allowed.port.is_none() || allowed.port == port)
        };
        head.origin.is_absent() && self.hosts.iter().any(is_allowed)
    }
}

impl AllowedHost {
    /// None: no host has this name.
    fn parse(host: &str) -> Option<Self> {
        let host = host.trim();
        let allowed = match Authority::try_from(host) {
            Ok(host) => Self { name: bare(host.host()).to_owned(), port: host.port_u16() },
            // Else only an IPv6 address without its brackets.
            Err(_) => Self { name: host.parse::<Ipv6Addr>().ok().map(|_| host.to_owned())?, port: None },
        };
        (!allowed.name.is_empty()).then_some(allowed)
    }
}

/// The parts of a Host header in its plain form. What isn't a name there is none that is allowed.
fn name_and_port(host: &str) -> Option<(&str, Option<u16>)> {
    let (name, rest) = match host.strip_prefix('[') {
        Some(address) => address.split_once(']')?,
        None => host.split_at_checked(host.find(':').unwrap_or(host.len()))?,
    };
    if rest.is_empty() {
        return Some((name, None));
    }
    let digits = rest.strip_prefix(':').filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((name, Some(digits.parse().ok()?)))
}

/// A host's name without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_matches('[').trim_matches(']')
}

/// Whether the client takes both forms of an answer, as every client of MCP must say. Weights and other parameters,
/// and quoted text, are rmcp's to weigh.
fn accepts_both(head: &Head<'_>) -> bool {
    let Some(accepted) = head.accept.text() else { return false };
    let accepts = |wanted: &str| accepted.split(',').any(|range| range.trim().eq_ignore_ascii_case(wanted));
    !accepted.contains('"') && accepts("application/json") && accepts("text/event-stream")
}

fn is_json(head: &Head<'_>) -> bool {
    let essence = head.content_type.text().and_then(|media_type| media_type.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The headers that a client sends, with one of them replaced, or added where it isn't there.
    fn method_with(name: &str, values: &[&str]) -> Option<Method> {
        let usual = [
            ("host", "127.0.0.1:8080"),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", REVISION),
            ("mcp-method", "tools/list"),
        ];
        let kept = usual.into_iter().filter(|(usual, _)| *usual != name);
        let replaced = values.iter().map(|value| (name, *value));
        let headers = kept.chain(replaced).map(|(name, value)| (name, value.as_bytes()));
        let hosts = ["localhost", "127.0.0.1", "::1", "gate.example:8443", "", "[]", "a/b", "x y"].map(str::to_owned);
        Gate::new(&hosts).recognise(&Head::new("POST", headers))
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
            ("host", &["evil.example@localhost"], None),
            ("host", &["evil.example:1@localhost"], None),
            ("host", &["localhost:1@evil.example"], None),
            ("host", &["localhost:"], None),
            ("host", &["localhost:+1"], None),
            ("host", &["localhost:65536"], None),
            ("host", &["localhost:1:1"], None),
            ("host", &["::1"], None),
            ("host", &["[::1]"], LIST),
            ("host", &["[::1"], None),
            ("host", &["[::1]x"], None),
            ("host", &["[localhost]x:1"], None),
            ("host", &[""], None),
            ("host", &[":1"], None),
            ("host", &["[]"], None),
            ("host", &["a/b"], None),
            ("host", &["x y"], None),
            ("host", &[], None),
            ("origin", &["http://localhost"], None),
            ("accept", &["Application/JSON,text/event-stream"], LIST),
            ("accept", &["application/json"], None),
            ("accept", &["*/*"], None),
            ("accept", &["application/json;q=0, text/event-stream"], None),
            ("content-type", &["application/json; charset=utf-8"], LIST),
            ("content-type", &["text/plain"], None),
        ];
        for (name, values, expected) in cases {
            assert_eq!(method_with(name, values), *expected, "{name}: {values:?}");
        }
    }

    #[test]
    fn a_name_is_compared_as_it_is() {
        let cases = [(Some("a__b"), true), (Some("A__b"), false), (Some("=?base64?YV9fYg==?="), false), (None, false)];
        for (header, same) in cases {
            let headers = header.map(|name: &str| ("Mcp-Name", name.as_bytes()));
            assert_eq!(Head::new("POST", headers.into_iter()).is_name("a__b"), same, "{header:?}");
        }
    }

    #[test]
    fn a_length_is_plain_or_left_to_others() {
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<usize>);
        let cases: &[Case<'_>] = &[
            (&[("content-length", "10")], Some(10)),
            (&[("Content-Length", "10"), ("connection", "Keep-Alive")], Some(10)),
            (&[("content-length", "10"), ("connection", "close")], None),
            (&[("content-length", "10"), ("content-length", "10")], None),
            (&[("content-length", "+10")], None),
            (&[("content-length", "")], None),
            (&[("content-length", "99999999999999999999")], None),
            (&[("content-length", "10"), ("Transfer-Encoding", "chunked")], None),
            (&[("content-length", "10"), ("expect", "100-continue")], None),
            (&[], None),
        ];
        for (headers, expected) in cases {
            let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
            assert_eq!(Head::new("POST", headers).plain_length(), *expected);
        }
    }
}
