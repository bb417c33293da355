//! Sessions of the older era, and how many there may be.

use serde_json::{Value, json};
use wharf_tests::{Answer, Era, HttpHost, TestHost, message, result};

use super::raw::{Raw, serves_others, status};

pub(super) fn begin(host: &HttpHost, name: &str, more: &[(&str, &str)]) -> Answer {
    let client = json!({ "name": name, "version": "0" });
    let params = json!({ "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": client });
    host.post_message(Era::Legacy, &message(Era::Legacy, 1, "initialize", params), more)
}

fn end(host: &HttpHost, session: &str) -> u16 {
    let version = Era::Legacy.version();
    let mut client = Raw::open(host.address());
    assert!(client.send(format!(
        "DELETE /mcp HTTP/1.1\r\nhost: localhost\r\nmcp-session-id: {session}\r\nmcp-protocol-version: {version}\r\n\
         connection: close\r\n\r\n"
    )));
    status(&client.rest().0)
}

fn why(answer: &Answer) -> Value {
    let message = answer.message();
    assert_eq!(message["id"], 1, "{message}");
    result(message).unwrap_err()
}

#[test]
fn there_are_so_many_sessions_and_no_more() {
    let host = TestHost::new().config("[server]\nsessions = 5").http();
    let sessions: Vec<Answer> = (0..5).map(|_| begin(&host, "x", &[])).collect();
    assert!(sessions.iter().all(|session| session.status == 200), "{sessions:?}");
    for _ in 0..3 {
        let refused = begin(&host, "x", &[]);
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
        assert!(why(&refused)["message"].as_str().unwrap().starts_with("all 5 sessions are in use"), "{refused:?}");
        // The newer era has no sessions.
        serves_others(&host);
    }
    // Those that there are go on; and one that ends makes room.
    let id = sessions[0].header("mcp-session-id");
    let list = message(Era::Legacy, 2, "tools/list", json!({}));
    assert_eq!(host.post_message(Era::Legacy, &list, &[("mcp-session-id", id)]).status, 200);
    assert_eq!(end(&host, id) / 100, 2);
    assert_eq!(begin(&host, "x", &[]).status, 200);
    assert_eq!(begin(&host, "x", &[]).status, 503);
}

#[test]
fn what_a_session_begins_with_is_bounded() {
    let host = TestHost::new().http();
    let large = "x".repeat(1 << 20);
    let refused = begin(&host, &large, &[]);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(why(&refused)["message"].as_str().unwrap().contains("an initialize request may have"), "{refused:?}");
    let session = begin(&host, &"x".repeat(1 << 10), &[]);
    assert_eq!(session.status, 200, "{session:?}");
    // A session that has begun may begin again, and is bounded then too.
    let again = begin(&host, &large, &[("mcp-session-id", session.header("mcp-session-id"))]);
    assert_eq!(again.status, 400, "{again:?}");
    serves_others(&host);
}
