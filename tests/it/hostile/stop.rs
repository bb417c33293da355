//! A guest that runs on, and everything that ends it or keeps others out besides its own bounds.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use wharf_tests::{Connection, Era, HttpHost, Part, find, headers, message, result};

use super::attack::{Attack, assert_answer, assert_failure, echo, send};

/// Longer than any test waits: what ends a call is something else.
const ENDLESS: &str = "call-time-ms = 3600000\ncpu-time-ms = 3600000";

fn spinner() -> Option<PathBuf> {
    find(Part::Guest("hostile/spin_in_call"))
}

/// What the guest prints when a call with this round begins, as the log shows it.
fn spinning(round: u64) -> String {
    format!("spinning with {{\\\"round\\\":{round}}}")
}

#[test]
fn a_cancelled_call_gives_up_its_place() {
    let Some(spinner) = spinner() else { return };
    let attack = Attack::with(&spinner).limits(ENDLESS).limits("calls-running = 1");
    let mut host = attack.start();
    for round in 1..=3 {
        send(&mut host, round, "hostile__strike", json!({ "round": round }));
        host.wait_for_log(&spinning(round));
        assert_answer(&echo(&mut host, 100 + round), "still here");
        let params = json!({ "requestId": round, "reason": "changed my mind" });
        host.write(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string());
    }
    assert_eq!(host.close().code, Some(0));
}

#[test]
fn a_client_that_goes_away_stops_its_call() {
    let Some(spinner) = spinner() else { return };
    let attack = Attack::with(&spinner).limits(ENDLESS).limits("calls-running = 1");
    let host = Arc::new(attack.arena().http());
    let mut neighbour = Connection::http(Arc::clone(&host), Era::Modern);
    for round in 1..=3 {
        let connection = call_and_leave(&host, round);
        host.wait_for_log(&spinning(round));
        let answer = neighbour.call("echo__echo", json!({ "text": "still here" })).unwrap();
        assert_answer(&answer, "still here");
        drop(connection);
    }
}

/// Sends a call whose answer nobody reads. Dropping the connection is what a client does that goes away.
fn call_and_leave(host: &HttpHost, round: u64) -> TcpStream {
    let params = json!({ "name": "hostile__strike", "arguments": { "round": round } });
    let message = message(Era::Modern, round, "tools/call", params);
    let body = message.to_string();
    let mut request = format!("POST /mcp HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", host.address(), body.len());
    for (name, value) in headers(Era::Modern, &message) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut connection = TcpStream::connect(host.address()).unwrap();
    connection.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
    connection
}

#[test]
fn beyond_its_line_a_plugin_is_overloaded_and_its_neighbour_is_not() {
    let Some(spinner) = spinner() else { return };
    let limits = "cpu-time-ms = 2000\ncalls-running = 1\ncalls-waiting = 1";
    let mut host = Attack::with(&spinner).limits(limits).start();
    send(&mut host, 1, "hostile__strike", json!({ "round": 1 }));
    host.wait_for_log(&spinning(1));
    for id in 2..=5 {
        send(&mut host, id, "hostile__strike", json!({ "round": id }));
    }
    assert_answer(&echo(&mut host, 100), "still here");
    let kinds = (1..=5).map(|id| {
        let answer = result(host.answer(id)).unwrap();
        answer["_meta"]["wharf/error"]["kind"].as_str().unwrap_or_default().to_owned()
    });
    let mut kinds: Vec<_> = kinds.collect();
    kinds.sort_unstable();
    // One ran, one waited and then ran; the three that found the line full were refused.
    assert_eq!(kinds, ["overloaded", "overloaded", "overloaded", "timed-out", "timed-out"]);
    send(&mut host, 6, "hostile__strike", json!({ "round": 6 }));
    assert_failure(&result(host.answer(6)).unwrap(), "timed-out", &[]);
    assert_eq!(host.close().code, Some(0));
}

#[test]
fn wall_time_ends_a_call_as_well_as_processor_time() {
    let Some(spinner) = spinner() else { return };
    Attack::with(&spinner).limits("call-time-ms = 500\ncpu-time-ms = 3600000").lasts().fails("timed-out", &["500ms"]);
}
