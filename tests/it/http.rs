//! The border of HTTP: who may connect, what may be sent, and how it ends.

mod crowd;
mod framing;
mod long;
mod raw;
mod session;
mod slow;
mod wrong;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};
use wharf_tests::{Answer, Era, HttpHost, Part, Shared, TestHost, find, headers, message, result};

/// The largest body that the host takes: twice the largest arguments, a megabyte, and 64 KB around them.
const BODY_BYTES: usize = (2 << 20) + (64 << 10);

const TOKEN: &str = "a-token-of-some-length";

/// Serves the echo guest to whoever asks.
fn echo_host() -> Option<Arc<HttpHost>> {
    static HOST: Shared = Shared::new();
    let echo = find(Part::Guest("echo"))?;
    Some(HOST.get(|| TestHost::new().plugin("echo", echo).http()))
}

fn list() -> Value {
    message(Era::Modern, 7, "tools/list", json!({}))
}

fn lists(answer: &Answer) -> bool {
    answer.status == 200 && result(answer.message()).is_ok_and(|result| result["tools"].is_array())
}

#[test]
fn health_and_readiness_are_answered_and_nothing_else_is_there() {
    let Some(host) = echo_host() else { return };
    for (path, status, body) in
        [("/health", 200, "ok\n"), ("/ready", 200, "ready\n"), ("/", 404, ""), ("/mcp/x", 404, "")]
    {
        let answer = host.get(path);
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{path}");
    }
}

#[test]
fn a_page_of_another_origin_and_a_name_of_another_host_are_refused() {
    let Some(host) = echo_host() else { return };
    let own = host.address().to_string();
    let cases = [
        ("origin", "http://evil.example", false),
        ("origin", "null", false),
        ("origin", "https://localhost.evil.example", false),
        ("host", "evil.example", false),
        ("host", "127.0.0.1.evil.example", false),
        ("host", "localhost", true),
        ("host", own.as_str(), true),
    ];
    for (header, value, allowed) in cases {
        let answer = host.post_message(Era::Modern, &list(), &[(header, value)]);
        assert_eq!(lists(&answer), allowed, "{header}: {value}: {answer:?}");
        assert_eq!(answer.status == 403, !allowed, "{header}: {value}: {answer:?}");
    }
}

#[test]
fn an_operator_may_allow_further_hosts_and_origins() {
    let host = TestHost::new()
        .config("[server]\nallowed-hosts = ['gate.example']\nallowed-origins = ['https://app.example']")
        .http();
    let cases = [
        ("host", "gate.example", true),
        ("host", "gate.example.evil.example", false),
        ("origin", "https://app.example", true),
        ("origin", "http://app.example", false),
        ("origin", "https://app.example:8443", false),
    ];
    for (header, value, allowed) in cases {
        let answer = host.post_message(Era::Modern, &list(), &[(header, value)]);
        assert_eq!(lists(&answer), allowed, "{header}: {value}: {answer:?}");
    }
}

#[test]
fn who_has_no_token_is_told_so_and_calls_nothing() {
    let host = TestHost::new().env("WHARF_TOKEN", TOKEN).http();
    let cases = [
        (None, false),
        (Some("Bearer another-token-of-some-length"), false),
        (Some("Bearer "), false),
        (Some("Basic a-token-of-some-length"), false),
        (Some("a-token-of-some-length"), false),
        (Some("Bearer a-token-of-some-lengt"), false),
        (Some("Bearer a-token-of-some-length"), true),
        (Some("bearer a-token-of-some-length"), true),
    ];
    for era in [Era::Modern, Era::Legacy] {
        let message = match era {
            Era::Modern => list(),
            Era::Legacy => message(
                era,
                1,
                "initialize",
                json!({
                    "protocolVersion": era.version(), "capabilities": {}, "clientInfo": { "name": "x", "version": "0" },
                }),
            ),
        };
        for (authorization, allowed) in cases {
            let headers = authorization.map(|value| ("authorization", value));
            let answer = host.post_message(era, &message, headers.as_slice());
            assert_eq!(answer.status, if allowed { 200 } else { 401 }, "{authorization:?} {answer:?}");
            assert_eq!(answer.header("www-authenticate").starts_with("Bearer"), !allowed, "{answer:?}");
        }
    }
    // Whoever looks after the process needs no token.
    assert_eq!(host.get("/health").status, 200);
    assert_eq!(host.get("/mcp").status, 401);
    assert!(!host.log().contains(TOKEN));
}

#[test]
fn a_token_comes_from_the_environment_or_from_a_file() {
    let host = || TestHost::new().file("token", format!("{TOKEN}\n"));
    let started = [
        host().args(["--token-file", "token"]),
        host().env("WHARF_TOKEN_FILE", "token"),
        host().config("[server]\ntoken-file = 'token'"),
        // The flag goes before the environment, and that before the configuration.
        host().env("WHARF_TOKEN", "another-token-of-some-length").args(["--token-file", "token"]),
        TestHost::new()
            .file("token", "another-token-of-some-length")
            .config("[server]\ntoken-file = 'token'")
            .env("WHARF_TOKEN", TOKEN),
    ];
    let authorization = format!("Bearer {TOKEN}");
    for host in started.map(TestHost::http) {
        assert_eq!(host.post_message(Era::Modern, &list(), &[]).status, 401);
        assert!(lists(&host.post_message(Era::Modern, &list(), &[("authorization", &authorization)])));
    }
}

#[test]
fn a_token_that_protects_nothing_is_refused() {
    let cases = [
        ("short", "the token has 5 characters, and needs at least 16"),
        ("", "the token has 0 characters"),
        ("a token with spaces in it", "other than visible ASCII"),
    ];
    for (token, said) in cases {
        let file = TestHost::new().file("token", token);
        let tries = [
            file.run(["serve", "--http", "127.0.0.1:0", "--token-file", "token"]),
            TestHost::new().env("WHARF_TOKEN", token).run(["serve", "--http", "127.0.0.1:0"]),
        ];
        for finished in tries {
            assert_eq!(finished.code, Some(1), "{token:?} {finished:?}");
            assert!(finished.stderr.contains(said), "{token:?} {finished:?}");
            assert!(token.is_empty() || !finished.stderr.contains(token), "{finished:?}");
        }
    }
    let missing = TestHost::new().run(["serve", "--http", "127.0.0.1:0", "--token-file", "not-there"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("the token file: can't read not-there"), "{missing:?}");
}

#[test]
fn what_others_can_reach_needs_a_token_or_an_explicit_word() {
    for address in ["0.0.0.0:0", "192.0.2.1:80", "[::]:0"] {
        let refused = TestHost::new().run(["serve", "--http", address]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        for part in [address, "no bearer token", "--token-file", "WHARF_TOKEN", "--allow-unauthenticated"] {
            assert!(refused.stderr.contains(part), "{part}: {refused:?}");
        }
    }
    let everywhere = ["--http", "0.0.0.0:0"];
    let by_flag = TestHost::new().args(everywhere).args(["--allow-unauthenticated"]).http();
    let by_file = TestHost::new().config("[server]\nallow-unauthenticated = true").args(everywhere).http();
    for host in [by_flag, by_file] {
        assert!(lists(&host.post_message(Era::Modern, &list(), &[("host", "localhost")])));
    }
    let guarded = TestHost::new().args(everywhere).env("WHARF_TOKEN", TOKEN).http();
    assert_eq!(guarded.post_message(Era::Modern, &list(), &[("host", "localhost")]).status, 401);
}

#[test]
fn a_body_that_is_no_message_is_refused_and_the_next_one_is_answered() {
    let Some(host) = echo_host() else { return };
    let deep = "[".repeat(200_000);
    let cases = [
        ("garbage", true),
        ("", true),
        ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\"", true),
        (&deep, true),
        ("\u{0}", true),
        ("null", false),
        ("[]", false),
        ("{}", false),
        ("\"text\"", false),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/list\"}", false),
        ("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"tools/list\"}", false),
    ];
    for (body, is_no_json) in cases {
        let shown = body.get(..60).unwrap_or(body);
        let answer = host.post(headers(Era::Modern, &list()), body);
        assert_eq!(answer.status, 400, "{shown}: {answer:?}");
        let error = result(answer.message()).unwrap_err();
        let expected: &[i64] = if is_no_json { &[-32700] } else { &[-32600, -32602, -32020] };
        assert!(expected.contains(&error["code"].as_i64().unwrap()), "{shown}: {error}");
        assert!(lists(&host.post_message(Era::Modern, &list(), &[])), "after {shown}");
    }
}

#[test]
fn a_body_beyond_the_bound_is_refused() {
    let Some(host) = echo_host() else { return };
    let call = |bytes: usize| {
        let text = "x".repeat(bytes);
        message(Era::Modern, 1, "tools/call", json!({ "name": "echo__echo", "arguments": { "text": text } }))
    };
    let envelope = call(0).to_string().len();
    // By one byte, so that the whole body was read when the answer is sent: no reset of the connection overtakes it.
    let large = host.post_message(Era::Modern, &call(BODY_BYTES + 1 - envelope), &[]);
    assert_eq!(large.status, 413, "{large:?}");
    // One that the transport takes, and whose arguments are more than a guest gets.
    let refused = host.post_message(Era::Modern, &call(BODY_BYTES - envelope), &[]);
    assert_eq!(result(refused.message()).unwrap()["_meta"]["wharf/error"]["kind"], "bad-arguments");
    let fits = result(host.post_message(Era::Modern, &call(1_000_000), &[]).message()).unwrap();
    assert_eq!(fits["content"][0]["text"].as_str().map(str::len), Some(1_000_000));
}

#[test]
fn a_request_that_contradicts_itself_is_refused() {
    let Some(host) = echo_host() else { return };
    let unknown_version = {
        let mut list = list();
        list["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01".into();
        list
    };
    let cases = [
        (list(), ("mcp-method", "tools/call"), 400, -32020),
        (message(Era::Modern, 1, "nothing/there", json!({})), ("x-test", ""), 404, -32601),
        (unknown_version, ("x-test", ""), 400, -32022),
    ];
    for (message, (name, value), status, code) in cases {
        let version = message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str().unwrap();
        let mut headers: Vec<_> =
            headers(Era::Modern, &message).into_iter().filter(|(known, _)| *known != name).collect();
        headers.retain(|(name, _)| *name != "mcp-protocol-version");
        headers.extend([("mcp-protocol-version", version.to_owned()), (name, value.to_owned())]);
        let answer = host.post(headers, message.to_string());
        assert_eq!(answer.status, status, "{message}: {answer:?}");
        assert_eq!(result(answer.message()).unwrap_err()["code"], code, "{message}: {answer:?}");
    }
}

#[test]
fn a_session_that_is_not_there_is_not_found() {
    let Some(host) = echo_host() else { return };
    let list = message(Era::Legacy, 1, "tools/list", json!({}));
    let lost = host.post_message(Era::Legacy, &list, &[("mcp-session-id", "6e106caf-f6bd-49e5-96e4-7d69fc89d844")]);
    assert_eq!(lost.status, 404, "{lost:?}");
    let none = host.post_message(Era::Legacy, &list, &[]);
    assert_eq!(none.status, 400, "{none:?}");
}

#[test]
fn it_stops_when_it_is_told_to_even_with_an_open_stream() {
    let quiet = TestHost::new().http().stop();
    assert_eq!(quiet.code, Some(0), "{quiet:?}");
    assert!(quiet.stdout.is_empty(), "{quiet:?}");

    let busy = TestHost::new().http();
    let handshake = message(
        Era::Legacy,
        1,
        "initialize",
        json!({
            "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": { "name": "x", "version": "0" },
        }),
    );
    let session = busy.post_message(Era::Legacy, &handshake, &[]).header("mcp-session-id").to_owned();
    let mut stream = TcpStream::connect(busy.address()).unwrap();
    write!(
        stream,
        "GET /mcp HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nmcp-session-id: {session}\r\n\r\n"
    )
    .unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    assert_eq!(busy.stop().code, Some(0));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let Some(host) = echo_host() else { return };
    let address = host.address().to_string();
    let second = TestHost::new().run(["serve", "--http", &address]);
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.contains(&format!("can't listen on {address}")), "{second:?}");
    assert!(second.stderr.contains("--http"), "{second:?}");
}
