//! The border of standard input and output: nothing but the protocol on one, and an end with the other.

mod suite;

use serde_json::{Value, json};
use wharf_tests::{Era, Finished, Part, TestHost, find, message, result};

fn list(id: u64) -> String {
    message(Era::Modern, id, "tools/list", json!({})).to_string()
}

/// Every line that was written, as a message of the protocol.
fn messages(finished: &Finished) -> Vec<Value> {
    let lines = finished.stdout.lines().map(|line| {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    });
    lines.collect()
}

#[test]
fn it_ends_with_its_input() {
    let nothing = TestHost::new().stdio().close();
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(0), ""), "{nothing:?}");

    let mut modern = TestHost::new().stdio();
    modern.write(&list(1));
    assert!(result(modern.answer(1)).is_ok());
    assert_eq!(modern.close().code, Some(0));

    let legacy = message(
        Era::Legacy,
        1,
        "initialize",
        json!({
            "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": { "name": "x", "version": "0" },
        }),
    );
    let mut shaken = TestHost::new().stdio();
    shaken.write(&legacy.to_string());
    assert!(result(shaken.answer(1)).is_ok());
    // Before the handshake's last message.
    assert_eq!(shaken.close().code, Some(0));
}

#[test]
fn it_ends_when_it_is_told_to() {
    let mut connected = TestHost::new().stdio();
    connected.write(&list(1));
    assert!(result(connected.answer(1)).is_ok());
    let finished = connected.stop();
    assert_eq!(finished.code, Some(0), "{finished:?}");
}

#[test]
fn lines_that_are_no_messages_do_not_end_it() {
    let deep = "[".repeat(200_000);
    let garbage = ["garbage", "", "{", "[]", "{}", "null", "\u{1b}[2J", "{\"jsonrpc\":\"2.0\"}", &deep];
    for first in [true, false] {
        let mut host = TestHost::new().stdio();
        if !first {
            host.write(&list(1));
            assert!(result(host.answer(1)).is_ok());
        }
        for line in garbage {
            host.write(line);
        }
        host.write(&list(2));
        assert!(result(host.answer(2)).is_ok());
        let finished = host.close();
        assert_eq!(finished.code, Some(0), "garbage first: {first}");
        let answered = messages(&finished).iter().filter(|message| message["id"].is_number()).count();
        assert_eq!(answered, if first { 1 } else { 2 });
    }
}

#[test]
fn what_comes_before_the_beginning_does_not_end_it() {
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let lost = [
        initialized,
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } }),
        json!({ "jsonrpc": "2.0", "id": 7, "result": {} }),
        json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": 1, "message": "x" } }),
    ];
    let mut host = TestHost::new().stdio();
    for message in &lost {
        host.write(&message.to_string());
    }
    // The stateless era has no ping, and the older one has it before the handshake too.
    host.write(&message(Era::Modern, 1, "ping", json!({})).to_string());
    assert_eq!(result(host.answer(1)).unwrap_err()["code"], -32601);
    host.write(&message(Era::Legacy, 2, "ping", json!({})).to_string());
    assert_eq!(result(host.answer(2)), Ok(json!({})));
    host.write(&message(Era::Modern, 3, "server/discover", json!({})).to_string());
    assert!(result(host.answer(3)).is_ok());
    host.write(&lost[0].to_string());
    host.write(&list(4));
    assert!(result(host.answer(4)).is_ok());
    host.write(&message(Era::Modern, 5, "ping", json!({})).to_string());
    assert_eq!(result(host.answer(5)).unwrap_err()["code"], -32601);
    assert_eq!(host.close().code, Some(0));
}

#[test]
fn what_a_plugin_prints_and_what_the_host_logs_stay_off_standard_output() {
    let Some(probe) = find(Part::Guest("probe")) else { return };
    let mut host =
        TestHost::new().plugin("probe", probe).plugin("missing", "missing.wasm").env("WHARF_LOG", "trace").stdio();
    let text = "out of the box\n{\"jsonrpc\":\"2.0\",\"id\":9}";
    let print = json!({ "name": "probe__print", "arguments": { "text": text } });
    host.write(&message(Era::Modern, 1, "tools/call", print).to_string());
    let printed = result(host.answer(1)).unwrap();
    assert_eq!(printed["isError"], false, "{printed}");
    let finished = host.close();
    assert_eq!(messages(&finished).len(), 1, "{}", finished.stdout);
    let logged = finished.stderr.lines().filter(|line| line.contains("INFO \"out of the box\" plugin=\"probe\""));
    // Once for each of the guest's streams.
    assert_eq!(logged.count(), 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("missing.wasm"));
}

#[test]
fn it_can_not_be_both() {
    let both = TestHost::new().run(["serve", "--stdio", "--http", "127.0.0.1:0"]);
    assert_eq!(both.code, Some(2), "{both:?}");
    assert!(both.stderr.contains("cannot be used with"), "{both:?}");
    // A variable that is set for all of an operator's hosts is no contradiction.
    let host = TestHost::new().env("WHARF_HTTP", "127.0.0.1:0").env("WHARF_TOKEN_FILE", "not-there");
    let finished = host.stdio().close();
    assert_eq!(finished.code, Some(0), "{finished:?}");
}
