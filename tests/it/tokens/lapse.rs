//! A token that ends while something is streamed to its holder.

use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use wharf_tests::{Answer, Era, HttpHost, TestHost, message};

use super::{ALICE, CAROL, table};

/// The seconds for which a token is good: where streams can't be opened in the first of these, there are more.
const GOOD_FOR: [u64; 3] = [6, 30, 90];

/// When a token ends that begins now, and how the configuration has it.
fn end_in(seconds: u64) -> (SystemTime, String) {
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + seconds;
    let date = Command::new("date").args(["-u", "-d", &format!("@{end}"), "+%Y-%m-%dT%H:%M:%SZ"]).output().unwrap();
    let date = String::from_utf8(date.stdout).unwrap();
    (UNIX_EPOCH + Duration::from_secs(end), format!("expires = '{}'", date.trim()))
}

/// What alice sends, with this session if there is one.
fn post(host: &HttpHost, era: Era, message: &Value, session: &str) -> Answer {
    let authorization = format!("Bearer {ALICE}");
    let mut more = vec![("authorization", authorization.as_str())];
    more.extend((!session.is_empty()).then_some(("mcp-session-id", session)));
    host.post_message(era, message, &more)
}

/// A session's own stream, to its end.
fn stream_of(host: &HttpHost, session: &str) -> Answer {
    let headers = [
        ("authorization", &*format!("Bearer {ALICE}")),
        ("mcp-session-id", session),
        ("accept", "text/event-stream"),
        ("mcp-protocol-version", Era::Legacy.version()),
    ];
    host.request_mcp("GET", &headers)
}

/// The id of a new session; empty where its token has ended already.
fn begin(host: &HttpHost) -> String {
    let params = json!({
        "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": { "name": "x", "version": "0" },
    });
    let begun = post(host, Era::Legacy, &message(Era::Legacy, 1, "initialize", params), "");
    let session = begun.header("mcp-session-id").to_owned();
    post(host, Era::Legacy, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }), &session);
    session
}

fn listen() -> Value {
    message(Era::Modern, 1, "subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }))
}

/// The host, its session, and all that was streamed until the token's end; none where that came before the streams.
fn streamed(seconds: u64) -> Option<(HttpHost, String, [Answer; 2])> {
    let (carol, alice) = (table("carol", CAROL, ""), table("alice", ALICE, ""));
    // Its time runs from here on.
    let (end, expires) = end_in(seconds);
    let host = TestHost::new().config(&carol).config(&format!("{alice}{expires}")).http();
    let session = begin(&host);
    let answers = thread::scope(|scope| {
        let modern = scope.spawn(|| post(&host, Era::Modern, &listen(), ""));
        let legacy = scope.spawn(|| stream_of(&host, &session));
        [modern.join().unwrap(), legacy.join().unwrap()]
    });
    let were_open = answers.iter().all(|answer| answer.status == 200);
    assert!(!were_open || SystemTime::now() >= end, "no stream ends early: {answers:?}");
    were_open.then_some((host, session, answers))
}

#[test]
fn a_stream_ends_with_the_token_that_opened_it() {
    let (host, session, answers) = GOOD_FOR.into_iter().find_map(streamed).expect("streams while the token is good");
    for answer in &answers {
        assert!(answer.header("content-type").starts_with("text/event-stream"), "{answer:?}");
    }
    assert!(answers[0].body.contains("notifications/subscriptions/acknowledged"), "what came before was told");
    let list = |era| message(era, 2, "tools/list", json!({}));
    let refused = [
        post(&host, Era::Modern, &list(Era::Modern), ""),
        post(&host, Era::Modern, &listen(), ""),
        post(&host, Era::Legacy, &list(Era::Legacy), &session),
        stream_of(&host, &session),
    ];
    for answer in &refused {
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.header("www-authenticate").contains("expired"), "{answer:?}");
    }
    let carol = [("authorization", &*format!("Bearer {CAROL}"))];
    assert_eq!(host.post_message(Era::Modern, &list(Era::Modern), &carol).status, 200, "others go on");
}
