//! Requests that pretend to be others: to another host, another address, another path or another server behind the one that
//! was granted. Each is refused, or arrives as what it was judged to be, and each is on record; and each is made without the
//! policy as well, to show that it would have worked.

use serde_json::{Value, json};
use wharf_tests::{NameServer, Origin, Request, answer};

use super::plain;
use super::reach::{Reach, Setup, decisions};

/// A public address that no test reaches: what is sent to it doesn't come to this machine.
const PUBLIC: &str = "93.184.216.34";

/// Public when it is checked, and this machine when it is connected to.
const REBOUND: &[&[&str]] = &[&[PUBLIC], &["127.0.0.1"]];

/// What becomes of an attack.
enum End {
    /// Refused before anything is sent, by this one.
    Refused(&'static str),
    /// Its name is granted, and leads where it may not.
    WrongAddress,
    /// What was wrong with it stays behind, and the rest arrives.
    Disarmed,
    /// What was wrong with it is refused, and the rest arrives.
    LeftOut,
    /// It never becomes a request of which the policy could be asked.
    NoRequest,
}

use End::{Disarmed, LeftOut, NoRequest, Refused, WrongAddress};

/// Two plugins: one has a host on this machine, under `/v1/`; the other has every name, and public addresses alone.
struct Arena {
    reach: Reach,
    origin: Origin,
    names: NameServer,
    port: u16,
}

impl Arena {
    fn new() -> Option<Self> {
        let origin = Origin::everywhere(|_, wire| wire.write_all(&answer(200, &[], "reached")));
        let port = origin.port();
        let names = NameServer::start(&[
            ("a.test", &[&["127.0.0.1"]]),
            ("private.test", &[&["10.0.0.1"]]),
            ("metadata.test", &[&["169.254.169.254"]]),
            ("unspecified.test", &[&["0.0.0.0"]]),
            ("mapped.test", &[&["::ffff:127.0.0.1"]]),
            ("six.test", &[&["::1"]]),
            ("rebound.test", REBOUND),
            ("naive.test", REBOUND),
            ("both.test", &[&[PUBLIC, "127.0.0.1"]]),
            ("*", &[&["127.0.0.1"]]),
        ]);
        let rest = "keyvalue = []\nsigning = []";
        let own = format!("scheme = 'http', host = 'a.test', port = {port}, networks = ['127.0.0.0/8']");
        let narrow = format!(
            "http = [{{ {own}, path = '/v1/**', methods = ['GET', 'POST'] }}, {{ host = 'tls.test', port = {port} }}]"
        );
        let wide = format!("http = [{{ scheme = 'http', host = '*', port = {port}, methods = ['*'] }}]");
        let setup = Setup::new().names(&names);
        let setup = setup.plugin("narrow", "", &format!("{narrow}\n{rest}"))?;
        let reach = setup.plugin("wide", "http-connect-time-ms = 300", &format!("{wide}\n{rest}"))?.start();
        Some(Self { reach, origin, names, port })
    }

    /// What the server was sent by the guest, after the answer and the record fit the end.
    fn attack(&mut self, plugin: &str, tool: &str, arguments: &Value, end: &End) -> Vec<Request> {
        let about = format!("{plugin} {tool} {arguments}");
        let told = self.reach.call(&format!("{plugin}__{tool}"), arguments);
        let mut recorded = decisions(&self.reach.uses());
        if matches!(end, LeftOut | NoRequest) {
            // Each part by itself, some before the request and some after.
            recorded.sort_unstable();
            recorded.dedup();
        }
        let code = told["error"]["code"].as_str().unwrap_or("none");
        let requests = self.origin.take();
        let (expected, records) = match end {
            Refused(by) => ("HTTP-request-denied", vec![format!("refused by {by}")]),
            WrongAddress => {
                ("destination-IP-prohibited", vec!["allowed by http[0]".into(), "refused by address".into()])
            }
            Disarmed => ("none", vec!["allowed by http[0]".into()]),
            LeftOut => ("none", vec!["allowed by http[0]".into(), "refused by malformed".into()]),
            // A part of it, and then the whole that lacks that part.
            NoRequest => ("HTTP-protocol-error", vec!["refused by malformed".into()]),
        };
        assert_eq!(code, expected, "{about}: {told}");
        assert_eq!(recorded, records, "{about}: {told}");
        assert_eq!(requests.len(), usize::from(matches!(end, Disarmed | LeftOut)), "{about}: {requests:?}");
        requests
    }

    /// The same without the policy reaches the server.
    fn prove(&self, tool: &str, arguments: &Value) -> Vec<Request> {
        if tool == "http_raw" {
            plain::write(self.port, arguments);
        } else {
            let sent = plain::runtime().block_on(plain::fetch(&self.names, arguments));
            let status = sent.unwrap_or_else(|error| panic!("{arguments}: {error:?}")).status();
            assert_eq!(status, 200, "{arguments}");
        }
        let requests = self.origin.take();
        assert!(!requests.is_empty(), "{tool} {arguments} reaches nobody without the policy either");
        requests
    }
}

#[test]
fn a_host_that_looks_like_a_granted_one_is_another_one() {
    let Some(mut arena) = Arena::new() else { return };
    let cases = [
        "http://a.test.evil.test:{port}/v1/",
        "http://evil-a.test:{port}/v1/",
        "http://b.a.test:{port}/v1/",
        // Written with a letter of another alphabet.
        "http://\u{430}.test:{port}/v1/",
        "http://xn--80a.test:{port}/v1/",
        "http://test:{port}/v1/",
        "http://127.0.0.1:{port}/v1/",
        "http://0x7f.1:{port}/v1/",
        "http://0x7f000001:{port}/v1/",
        "http://2130706433:{port}/v1/",
        "http://017700000001:{port}/v1/",
        "http://0177.0.0.1:{port}/v1/",
        "http://127.1:{port}/v1/",
        "http://127.0.0.1.:{port}/v1/",
        "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1:{port}/v1/",
        "http://0.0.0.0:{port}/v1/",
        "http://[::1]:{port}/v1/",
        "http://[::ffff:127.0.0.1]:{port}/v1/",
        "http://[::ffff:7f00:1]:{port}/v1/",
        "http://localhost:{port}/v1/",
        // Granted by https alone.
        "http://tls.test:{port}/",
    ];
    for case in cases {
        // As clients put it on the wire: names in ASCII.
        let url = reqwest::Url::parse(&case.replace("{port}", &arena.port.to_string())).unwrap();
        let written = if case.is_ascii() { case.replace("{port}", &arena.port.to_string()) } else { url.into() };
        let arguments = json!({ "url": written });
        arena.attack("narrow", "http", &arguments, &Refused("operator"));
        arena.prove("http", &arguments);
    }
}

#[test]
fn a_port_that_is_not_granted_is_another_server() {
    let Some(mut arena) = Arena::new() else { return };
    let other = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "other")));
    let arguments = json!({ "url": format!("http://a.test:{}/v1/", other.port()) });
    arena.attack("narrow", "http", &arguments, &Refused("operator"));
    assert_eq!(other.connections(), 0);
    plain::runtime().block_on(plain::fetch(&arena.names, &arguments)).unwrap();
    assert_eq!(other.connections(), 1);
}

#[test]
fn a_name_leads_to_public_addresses_only() {
    let Some(mut arena) = Arena::new() else { return };
    for name in ["loopback.test", "localhost", "LOCALHOST", "unspecified.test", "mapped.test", "six.test"] {
        let arguments = json!({ "url": format!("http://{name}:{}/", arena.port) });
        arena.attack("wide", "http", &arguments, &WrongAddress);
        arena.prove("http", &arguments);
    }
    // Nobody is there, or nobody whom a test should ask.
    for name in ["private.test", "metadata.test"] {
        let arguments = json!({ "url": format!("http://{name}:{}/", arena.port) });
        arena.attack("wide", "http", &arguments, &WrongAddress);
    }
}

#[test]
fn the_address_that_was_checked_is_the_one_that_is_dialled() {
    let Some(mut arena) = Arena::new() else { return };
    let url = |name: &str| json!({ "url": format!("http://{name}:{}/", arena.port) });
    // Who checks first and lets the client look up again is led astray.
    assert_eq!(arena.names.look_up("naive.test"), [PUBLIC.parse::<std::net::IpAddr>().unwrap()]);
    let (rebound, both) = (url("rebound.test"), url("both.test"));
    arena.prove("http", &url("naive.test"));
    let connections = arena.origin.connections();
    let told = arena.reach.call("wide__http", &rebound);
    assert!(told["status"].is_null() && !told["error"].is_null(), "{told}");
    assert_eq!(arena.names.asked("rebound.test"), 1, "it is looked up once");
    assert_eq!(decisions(&arena.reach.uses())[0], "allowed by http[0]");
    arena.attack("wide", "http", &rebound, &WrongAddress);
    // Of two addresses, the one that may not be dialled isn't.
    let told = arena.reach.call("wide__http", &both);
    assert!(told["status"].is_null() && !told["error"].is_null(), "{told}");
    assert_eq!(arena.origin.connections(), connections);
    arena.prove("http", &both);
}

#[test]
fn a_path_is_read_in_one_way() {
    let Some(mut arena) = Arena::new() else { return };
    let authority = format!("a.test:{}", arena.port);
    let cases = [
        ("/v1/../admin", Refused("operator")),
        ("/v1/%2e%2e/admin", Refused("operator")),
        ("/v1/.%2E/admin", Refused("operator")),
        ("/V1/a", Refused("operator")),
        ("/v1/..%2fadmin", Refused("operator")),
        ("/v1/%2e%2e%2fadmin", Refused("operator")),
        ("/v1/..%5cadmin", Refused("operator")),
        ("/v1/%252e%252e%252fadmin", Refused("operator")),
        ("/v1/..;/admin", Refused("operator")),
        ("/v1//admin", Refused("operator")),
        ("//evil.test/v1/", Refused("operator")),
        ("/v1/a%00.txt", Refused("operator")),
        ("/v1/a%0d%0ax-evil:%201", Refused("operator")),
    ];
    for (path, end) in cases {
        let arguments = json!({
            "method": "GET", "scheme": "http", "authority": authority, "path_with_query": path,
        });
        arena.attack("narrow", "http_raw", &arguments, &end);
        let sent = arena.prove("http_raw", &arguments);
        assert_eq!(sent[0].target, path, "without the policy the server has to make sense of it");
    }
}

#[test]
fn an_authority_is_a_host_and_a_port() {
    let Some(mut arena) = Arena::new() else { return };
    let cases = [
        ("a.test@evil.test:{port}", Refused("malformed")),
        ("a.test:{port}@evil.test:{port}", Refused("malformed")),
        ("user:word@a.test:{port}", Refused("malformed")),
    ];
    for (authority, end) in cases {
        let authority = authority.replace("{port}", &arena.port.to_string());
        let arguments = json!({ "method": "GET", "scheme": "http", "authority": authority, "path_with_query": "/v1/" });
        arena.attack("narrow", "http_raw", &arguments, &end);
        arena.prove("http", &json!({ "url": format!("http://{authority}/v1/") }));
    }
}

#[test]
fn a_header_makes_no_other_request() {
    let Some(mut arena) = Arena::new() else { return };
    let cases = [
        ("x-http-method-override", "DELETE"),
        ("X-HTTP-Method", "PUT"),
        ("x_method_override", "delete"),
        ("x-http-method-override", "GET, DELETE"),
        ("x-original-url", "/admin"),
        ("x-rewrite-url", "/admin"),
        ("x-original-uri", "/admin"),
        ("x_forwarded_uri", "/admin"),
        ("destination", "/admin"),
        ("x-amz-copy-source", "/other/secret"),
        ("x-ms-copy-source", "https://a.test/other/secret"),
    ];
    for (name, value) in cases {
        let url = format!("http://a.test:{}/v1/", arena.port);
        let arguments = json!({ "url": url, "method": "POST", "headers": [[name, value]] });
        arena.attack("narrow", "http", &arguments, &Refused("operator"));
        let sent = arena.prove("http", &arguments);
        assert_eq!(sent[0].header(&name.to_ascii_lowercase()), value);
    }
}

#[test]
fn a_header_is_one_line_and_none_of_the_connection() {
    let Some(mut arena) = Arena::new() else { return };
    let cases = [
        ("host", "evil.test", "host"),
        ("x-a", "b\r\nx-evil: 1", "x-evil"),
        ("x-a\r\nx-evil", "1", "x-evil"),
        ("connection", "close, x-a", "connection"),
        ("upgrade", "h2c", "upgrade"),
        ("proxy-authorization", "Basic eDp5", "proxy-authorization"),
        ("keep-alive", "timeout=9999", "keep-alive"),
        ("keep_alive", "timeout=9999", "keep_alive"),
        ("te", "gzip", "te"),
        ("expect", "100-continue", "expect"),
        ("x-forwarded-for", "127.0.0.1", "x-forwarded-for"),
        ("forwarded", "for=127.0.0.1", "forwarded"),
    ];
    for (name, value, seen) in cases {
        let authority = format!("a.test:{}", arena.port);
        let arguments = json!({
            "method": "GET", "scheme": "http", "authority": authority, "path_with_query": "/v1/",
            "headers": [[name, value]],
        });
        let got = arena.attack("narrow", "http_raw", &arguments, &LeftOut);
        let expected = if seen == "host" { authority.as_str() } else { "" };
        assert_eq!(got[0].header(seen), expected, "{name}: {got:?}");
        let sent = arena.prove("http_raw", &arguments);
        assert_ne!(sent[0].header(seen), expected, "{name}: {sent:?}");
    }
}

#[test]
fn a_line_that_begins_a_request_is_one_line() {
    let Some(mut arena) = Arena::new() else { return };
    let authority = format!("a.test:{}", arena.port);
    let cases = [
        ("path_with_query", "/v1/ HTTP/1.1\r\nx-evil: 1\r\nx: ", NoRequest),
        ("method", "GET /admin HTTP/1.1\r\nx-evil: 1\r\nx:", Disarmed),
    ];
    for (key, value, end) in cases {
        let mut arguments = json!({
            "method": "GET", "scheme": "http", "authority": authority, "path_with_query": "/v1/",
        });
        arguments[key] = value.into();
        let got = arena.attack("narrow", "http_raw", &arguments, &end);
        assert!(got.iter().all(|request| request.header("x-evil").is_empty() && request.target == "/v1/"), "{got:?}");
        let sent = arena.prove("http_raw", &arguments);
        assert_eq!(sent[0].header("x-evil"), "1", "{sent:?}");
    }
}

#[test]
fn a_request_hides_no_other_one() {
    let Some(mut arena) = Arena::new() else { return };
    let authority = format!("a.test:{}", arena.port);
    let hidden = "GET /admin HTTP/1.1\r\nhost: x\r\n\r\n";
    let chunked = format!("0\r\n\r\n{hidden}");
    let cases = [
        ("one length that is too short", json!([["content-length", "0"]]), hidden),
        ("two lengths", json!([["content-length", "0"], ["content-length", hidden.len().to_string()]]), hidden),
        ("a coding", json!([["transfer-encoding", "chunked"]]), chunked.as_str()),
        ("both", json!([["transfer-encoding", "chunked"], ["content-length", chunked.len().to_string()]]), &chunked),
        (
            "a coding with a blank",
            json!([["transfer-encoding ", "chunked"], ["transfer-encoding", "chunked"]]),
            &chunked,
        ),
    ];
    for (name, headers, body) in cases {
        let arguments = json!({
            "method": "POST", "scheme": "http", "authority": authority, "path_with_query": "/v1/", "headers": headers,
            "body": body,
        });
        let told = arena.reach.call("narrow__http_raw", &arguments);
        // The connection is used again, and what was left on it would show.
        arena.reach.call("narrow__http", &json!({ "url": format!("http://{authority}/v1/next") }));
        let recorded = decisions(&arena.reach.uses());
        let known = ["allowed by http[0]", "refused by malformed"];
        assert!(recorded.iter().all(|decision| known.contains(&decision.as_str())), "{name}: {recorded:?} {told}");
        let got = arena.origin.take();
        assert!(got.iter().all(|request| request.target.starts_with("/v1/")), "{name}: {got:?} {told}");
        let sent = arena.prove("http_raw", &arguments);
        assert!(sent.iter().any(|request| request.target == "/admin"), "{name}: {sent:?}");
    }
}

#[test]
fn what_comes_after_a_body_is_no_header() {
    let Some(mut arena) = Arena::new() else { return };
    let authority = format!("a.test:{}", arena.port);
    let cases =
        [("host", "evil.test"), ("content-length", "9999"), ("x-http-method-override", "DELETE"), ("x-evil", "1")];
    for (name, value) in cases {
        let arguments = json!({
            "method": "POST", "scheme": "http", "authority": authority, "path_with_query": "/v1/", "body": "body",
            "headers": [["trailer", name]], "trailers": [[name, value]],
        });
        let got = arena.attack("narrow", "http_raw", &arguments, &LeftOut);
        assert!(got[0].header(name) != value && got[0].body == b"body", "{got:?}");
        // What comes next over the same connection is a request of its own.
        let next = json!({ "url": format!("http://{authority}/v1/next") });
        let got = arena.attack("narrow", "http", &next, &Disarmed);
        assert!(got[0].target == "/v1/next" && got[0].header(name) != value, "{got:?}");
    }
}

#[test]
fn a_redirect_is_told_and_never_followed() {
    let goal = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "private")));
    let port = goal.port();
    let origin = Origin::start(move |request, wire| {
        let status = request.target.trim_start_matches("/v1/").parse().unwrap();
        let location = format!("http://127.0.0.1:{port}/private");
        wire.write_all(&answer(status, &[("location", &location)], ""))
    });
    let names = NameServer::start(&[("*", &[&["127.0.0.1"]])]);
    let grants = format!(
        "http = [{{ scheme = 'http', host = 'a.test', port = {}, networks = ['127.0.0.0/8'] }}]\nkeyvalue = []\nsigning = []",
        origin.port()
    );
    let Some(setup) = Setup::new().names(&names).plugin("a", "", &grants) else { return };
    let mut reach = setup.start();
    for status in [301, 302, 303, 307, 308] {
        let url = json!({ "url": format!("http://a.test:{}/v1/{status}", origin.port()) });
        let told = reach.call("a__http", &url);
        assert_eq!(told["status"], status, "{told}");
        assert_eq!(goal.connections(), 0, "{status}");
        assert_eq!(decisions(&reach.uses()), ["allowed by http[0]"], "{status}");
        // A guest that follows by itself asks the policy again.
        let followed = reach.get("a", &format!("http://127.0.0.1:{port}/private"));
        assert_eq!((&followed["denied"], goal.connections()), (&json!(true), 0), "{status}: {followed}");
        assert_eq!(decisions(&reach.uses()), ["refused by operator"], "{status}");
    }
    let url = json!({ "url": format!("http://a.test:{}/v1/302", origin.port()) });
    plain::runtime().block_on(plain::fetch(&names, &url)).unwrap();
    assert_eq!(goal.take().len(), 1, "another client follows");
}
