//! Generated requests over HTTP: whole ones of which headers and body are edited, sent to a host with the fast path and
//! to one without; and ones of which any byte is.

use std::net::SocketAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use wharf_tests::{Connection, Era, HttpHost, Part, TestHost, find, headers, message};

use super::check;
use super::edit::{Sent, edit_text, edited, edits};
use super::message::{check_message, seeds};
use super::wire::{Content, End, Reply, exchange};

/// Values that headers have somewhere, and that they should have nowhere.
const VALUES: &[&str] = &[
    "application/json",
    "text/event-stream",
    "*/*",
    "application/json, text/event-stream",
    "2026-07-28",
    "2025-11-25",
    "tools/call",
    "tools/list",
    "echo__echo",
    "echo__add",
    "=?base64?ZWNob19fYWRk?=",
    "=?base64?%%?=",
    "localhost",
    "evil.example",
    "http://evil.example",
    "null",
    "",
    " ",
    "x",
    "ü",
    "\u{7f}",
    "Bearer x",
    "-1",
    "1",
    "0,0",
    "\t",
];

const NAMES: &[&str] = &[
    "accept",
    "content-type",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "mcp-session-id",
    "mcp-param-a",
    "origin",
    "host",
    "authorization",
    "last-event-id",
    "content-encoding",
    "x",
];

/// What stands in a header for what each host has for itself.
const HOST: &str = "HOST";
const SESSION: &str = "SESSION";

/// A change of the headers. Those that say where the body ends stay: other tests are about them.
#[derive(Debug, Clone)]
enum HeaderEdit {
    Remove(Index),
    Double(Index),
    Value(Index, String),
    Add(String, String),
}

/// A request to MCP's path.
#[derive(Debug, Clone)]
struct Case {
    headers: Vec<(String, String)>,
    body: Sent,
}

fn header_edits() -> impl Strategy<Value = Vec<HeaderEdit>> {
    let value = || prop_oneof![3 => select(VALUES).prop_map(str::to_owned), 1 => "[ -~]{0,20}"];
    let edit = prop_oneof![
        any::<Index>().prop_map(HeaderEdit::Remove),
        any::<Index>().prop_map(HeaderEdit::Double),
        (any::<Index>(), value()).prop_map(|(at, value)| HeaderEdit::Value(at, value)),
        (select(NAMES), value()).prop_map(|(name, value)| HeaderEdit::Add(name.to_owned(), value)),
    ];
    prop_oneof![2 => Just(Vec::new()), 1 => vec(edit, 1..3)]
}

fn cases() -> impl Strategy<Value = Case> {
    prop_oneof![3 => cases_of(Era::Modern), 1 => cases_of(Era::Legacy)]
}

fn cases_of(era: Era) -> impl Strategy<Value = Case> {
    (select(seeds(era)), header_edits()).prop_flat_map(move |(message, edits)| {
        let mut headers = right_headers(era, &message);
        edits.iter().for_each(|edit| edit_headers(&mut headers, edit));
        edited(Just(message)).prop_map(move |body| Case { headers: headers.clone(), body })
    })
}

fn right_headers(era: Era, message: &Value) -> Vec<(String, String)> {
    let mut right = headers(era, message);
    right.push(("host", HOST.into()));
    if era == Era::Legacy && message["method"] != "initialize" {
        right.push(("mcp-session-id", SESSION.into()));
    }
    right.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Case {
    /// As it is sent to this host.
    fn request(&self, host: &Host) -> Vec<u8> {
        let body = &self.body.0;
        let mut head = format!("POST /mcp HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in &self.headers {
            let value = value.replace(HOST, &host.address().to_string()).replace(SESSION, &host.session);
            head += &format!("{name}: {value}\r\n");
        }
        [head.as_bytes(), b"\r\n", body].concat()
    }
}

fn edit_headers(headers: &mut Vec<(String, String)>, edit: &HeaderEdit) {
    match edit {
        HeaderEdit::Add(name, value) => headers.push((name.clone(), value.clone())),
        _ if headers.is_empty() => (),
        HeaderEdit::Remove(index) => drop(headers.remove(index.index(headers.len()))),
        HeaderEdit::Double(index) => headers.push(headers[index.index(headers.len())].clone()),
        HeaderEdit::Value(index, value) => {
            let at = index.index(headers.len());
            headers[at].1.clone_from(value);
        }
    }
}

/// A host, and a session of it for clients that need one.
struct Host {
    http: HttpHost,
    session: String,
}

impl Host {
    fn start(config: &str) -> Option<Self> {
        let echo = find(Part::Guest("echo"))?;
        let http = TestHost::new().plugin("echo", echo).config(config).env("WHARF_LOG", "wharf=info").http();
        let session = open_session(&http);
        Some(Self { http, session })
    }

    fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// After everything that was sent: nothing went wrong inside, and plain requests are served.
    fn check_alive(self) {
        let log = self.http.log();
        assert!(!log.contains("panicked"), "{log}");
        let host = std::sync::Arc::new(self.http);
        for era in [Era::Modern, Era::Legacy] {
            let answer = Connection::http(host.clone(), era).call("echo__echo", json!({ "text": "there" })).unwrap();
            assert_eq!(answer["content"][0]["text"], "there", "{era:?} {answer}");
        }
    }
}

fn open_session(host: &HttpHost) -> String {
    let client = json!({ "name": "fuzz", "version": "0" });
    let params = json!({ "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": client });
    let opened = host.post_message(Era::Legacy, &message(Era::Legacy, 0, "initialize", params), &[]);
    let session = opened.header("mcp-session-id").to_owned();
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let accepted = host.post_message(Era::Legacy, &initialized, &[("mcp-session-id", &session)]);
    assert_eq!(accepted.status, 202, "{accepted:?}");
    session
}

fn check_reply(reply: &Reply, body: &[u8]) -> Result<(), TestCaseError> {
    prop_assert!((200..500).contains(&reply.status), "{:?}", reply);
    let sent: Option<Value> = serde_json::from_slice(body).ok();
    match &reply.content {
        // What is no request at all has no id to answer with, and one that names its id twice has two.
        Content::Json(answer) => check_message(answer, sent.as_ref().filter(|sent| is_request(sent, body))),
        Content::Text(_) | Content::Stream => Ok(()),
    }
}

fn is_request(sent: &Value, body: &[u8]) -> bool {
    let ids = body.windows(4).filter(|window| window == b"\"id\"").count();
    ids == 1 && sent["method"].is_string() && (sent["id"].is_string() || sent["id"].is_i64())
}

#[test]
fn edited_requests_are_answered_as_the_protocol_says_and_alike_on_both_paths() {
    let (Some(fast), Some(slow)) = (Host::start(""), Host::start("[server]\nfast-path = false")) else { return };
    check(1_500, &cases(), |case| {
        let body = &case.body.0;
        let [one, other] = [&fast, &slow].map(|host| exchange(host.address(), &case.request(host), End::Open));
        let (Some(one), Some(other)) = (one?, other?) else {
            return Err(TestCaseError::fail("a whole request got no answer"));
        };
        check_reply(&one, body)?;
        prop_assert_eq!(one, other, "left: with the fast path");
        Ok(())
    });
    fast.check_alive();
    slow.check_alive();
}

/// Where no byte is safe, an answer is a courtesy; but half an answer is a fault, and so is silence.
#[test]
fn requests_with_any_byte_edited_break_nothing() {
    let Some(host) = Host::start("") else { return };
    check(1_500, &(cases(), edits()), |(case, edits)| {
        let request = edits.iter().fold(case.request(&host), edit_text);
        if let Some(reply) = exchange(host.address(), &request, End::Closed)? {
            prop_assert!((200..500).contains(&reply.status), "{:?}", reply);
        }
        Ok(())
    });
    host.check_alive();
}

/// Without this, the tests above might send nothing that is right.
#[test]
fn unedited_requests_are_right() {
    let Some(host) = Host::start("") else { return };
    for era in [Era::Modern, Era::Legacy] {
        for message in seeds(era).into_iter().filter(|message| message["method"] == "tools/call") {
            let case = Case { headers: right_headers(era, &message), body: Sent(message.to_string().into()) };
            let reply = exchange(host.address(), &case.request(&host), End::Open).unwrap().expect("an answer");
            assert_eq!(reply.status, 200, "{case:?} {reply:?}");
        }
    }
    host.check_alive();
}
