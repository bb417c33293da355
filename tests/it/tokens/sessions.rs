//! What belongs to one holder, and is not there for another: sessions, and calls that became tasks.

use std::sync::Arc;

use serde_json::json;
use wharf_tests::{Era, Part, TestHost, find, message};

use super::{ALICE, BOB, CAROL, connect, host, shared, table};
use crate::live::Live;

#[test]
fn a_session_is_of_no_use_to_anybody_else() {
    let Some(host) = shared() else { return };
    let handshake = json!({
        "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": { "name": "x", "version": "0" },
    });
    let (alice, carol) = (format!("Bearer {ALICE}"), format!("Bearer {CAROL}"));
    let begun =
        host.post_message(Era::Legacy, &message(Era::Legacy, 1, "initialize", handshake), &[("authorization", &carol)]);
    let session = begun.header("mcp-session-id").to_owned();
    assert!(!session.is_empty(), "{begun:?}");
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let own = [("authorization", carol.as_str()), ("mcp-session-id", session.as_str())];
    assert_eq!(host.post_message(Era::Legacy, &initialized, &own).status, 202);
    let list = message(Era::Legacy, 2, "tools/list", json!({}));
    let post = |authorization: &str, session: &str| {
        let more = [("authorization", authorization), ("mcp-session-id", session)];
        host.post_message(Era::Legacy, &list, &more)
    };
    let unknown = post(&alice, "6e106caf-f6bd-49e5-96e4-7d69fc89d844");
    let anothers = post(&alice, &session);
    assert_eq!((anothers.status.as_u16(), &anothers.body), (404, &unknown.body));
    for method in ["GET", "DELETE"] {
        let version = Era::Legacy.version();
        let headers = [
            ("authorization", alice.as_str()),
            ("mcp-session-id", session.as_str()),
            ("accept", "text/event-stream"),
            ("mcp-protocol-version", version),
        ];
        let answer = host.request_mcp(method, &headers);
        assert!(method == "DELETE" || answer.status == 404, "{method} {answer:?}");
    }
    assert_eq!(post(&carol, &session).status, 200, "nobody else ends it");
}

#[test]
fn a_task_is_its_holders_as_long_as_they_may_use_its_tool() {
    let Some(patient) = find(Part::Guest("patient")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.redb");
    let start = |alices: &str| {
        let host = TestHost::new().plugin("p", &patient);
        let host = host.config(&format!("[server]\ntask-file = {:?}", file.to_str().unwrap()));
        Arc::new(host.config(&table("alice", ALICE, alices)).config(&table("bob", BOB, "")).http())
    };
    let abilities = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let connect = |host: &Arc<_>, token| Live::http_at(host, "/mcp", Some(token), Era::Modern, abilities.clone());
    let first = start("plugins = ['p']");
    let begun = connect(&first, ALICE).call("p__wait", json!({ "rounds": 1, "pause_ms": 3_600_000 })).unwrap();
    let id = json!({ "taskId": begun["taskId"] });
    assert_eq!(connect(&first, ALICE).request("tasks/get", id.clone()).unwrap()["status"], "working");
    assert_eq!(connect(&first, BOB).request("tasks/get", id.clone()).unwrap_err()["code"], -32602);
    drop(first);
    let second = start("tools = ['p__nothing']");
    for method in ["tasks/get", "tasks/cancel"] {
        assert_eq!(connect(&second, ALICE).request(method, id.clone()).unwrap_err()["code"], -32602, "{method}");
    }
    drop(second);
    assert_eq!(connect(&start(""), ALICE).request("tasks/get", id).unwrap()["status"], "working");
}

#[test]
fn what_is_announced_is_told_to_whom_it_is_there() {
    let Some(host) = host("") else { return };
    let host = Arc::new(host.http());
    // A stream for a resource that isn't there, and for one that is hidden, tell nothing; and the host stays well.
    let mut alice = connect(&host, "/mcp", ALICE, Era::Legacy);
    let mut bob = connect(&host, "/mcp", BOB, Era::Legacy);
    bob.request("resources/subscribe", json!({ "uri": "test://c/watched-resource" })).unwrap();
    assert!(alice.request("resources/subscribe", json!({ "uri": "test://c/watched-resource" })).is_err());
    assert!(bob.request("resources/unsubscribe", json!({ "uri": "test://c/watched-resource" })).is_ok());
}
