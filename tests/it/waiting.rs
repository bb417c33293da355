//! Calls that pause, that ask, and that leave something behind.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use wharf_tests::{Era, Part, TestHost, Wire, find, headers, message, result};

/// A call that waits as often, and that wants to know how far it is.
fn wait(era: Era, rounds: u32, pause_ms: u64) -> Value {
    let params = json!({
        "name": "patient__wait",
        "arguments": { "rounds": rounds, "pause_ms": pause_ms },
        "_meta": { "progressToken": "how-far" },
    });
    message(era, 1, "tools/call", params)
}

#[test]
fn progress_is_told_in_order_and_before_the_result() {
    let Some(patient) = find(Part::Guest("patient")) else { return };
    let mut host = TestHost::new().plugin("patient", patient).stdio();
    host.write(&wait(Era::Modern, 3, 1).to_string());
    assert_eq!(result(host.answer(1)).unwrap()["isError"], false);
    let finished = host.close();
    let told: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected: Vec<Value> =
        (1..=3).map(|done| json!({ "progressToken": "how-far", "progress": f64::from(done), "total": 3.0 })).collect();
    let progress: Vec<&Value> = told.iter().take(3).map(|message| &message["params"]).collect();
    assert_eq!(progress, expected.iter().collect::<Vec<_>>(), "{}", finished.stdout);
    assert_eq!(told.len(), 4, "{}", finished.stdout);
}

#[test]
fn a_call_that_is_cancelled_ends_and_is_cleaned_up() {
    let Some(patient) = find(Part::Guest("patient")) else { return };
    let mut host = TestHost::new().plugin("patient", patient).stdio();
    host.write(&wait(Era::Modern, 1000, 1000).to_string());
    host.wait_for("notifications/progress");
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    host.write(&cancelled.to_string());
    host.wait_for_log("aborted a wait because");
    host.write(&message(Era::Modern, 2, "tools/list", json!({})).to_string());
    assert!(result(host.answer(2)).is_ok());
    let finished = host.close();
    assert!(!finished.stdout.contains("\"id\":1"), "nothing more comes for it: {}", finished.stdout);
}

#[test]
fn a_client_that_goes_away_cancels_its_call() {
    let Some(patient) = find(Part::Guest("patient")) else { return };
    let host = TestHost::new().plugin("patient", patient).http();
    let call = wait(Era::Modern, 1000, 1000);
    let body = call.to_string();
    let headers = headers(Era::Modern, &call)
        .into_iter()
        .fold(String::new(), |all, (name, value)| format!("{all}{name}: {value}\r\n"));
    let mut stream = TcpStream::connect(host.address()).unwrap();
    write!(stream, "POST /mcp HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        .unwrap();
    let mut lines = BufReader::new(&stream).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("notifications/progress")), "the stream tells how far it is");
    drop(lines);
    drop(stream);
    host.wait_for_log("aborted a wait because");
}

#[test]
fn a_call_that_pauses_is_made_again_until_it_is_done() {
    let Some(patient) = find(Part::Guest("patient")) else {
        return;
    };
    for wire in Wire::ALL {
        let mut client = TestHost::new().plugin("patient", &patient).connect(wire);
        let result = client.call("patient__wait", json!({ "rounds": 3, "pause_ms": 1 })).unwrap();
        assert_eq!(result["content"][0]["text"], "paused 3 times, one id", "{wire:?} {result}");
    }
}

#[test]
fn a_question_to_a_client_that_can_not_be_asked_is_a_failure_that_says_so() {
    let Some(patient) = find(Part::Guest("patient")) else {
        return;
    };
    for wire in Wire::ALL {
        let mut client = TestHost::new().plugin("patient", &patient).connect(wire);
        match client.call("patient__ask", json!({})) {
            // Where each request says what its client can do, the protocol has a word for it.
            Err(error) => assert_eq!(error["code"], -32021, "{wire:?} {error}"),
            Ok(result) => {
                assert_eq!(result["isError"], true, "{wire:?} {result}");
                assert_eq!(result["_meta"]["wharf/error"]["kind"], "unsupported", "{wire:?} {result}");
            }
        }
    }
}

#[test]
fn what_a_crashed_call_leaves_behind_is_cleaned_up_and_what_a_done_one_leaves_is_not() {
    let Some(patient) = find(Part::Guest("patient")) else {
        return;
    };
    let mut host = TestHost::new().plugin("patient", patient).stdio();
    for (id, then) in [(1, "answer"), (2, "crash")] {
        let arguments = json!({ "job": format!("job {id}"), "then": then });
        let call = json!({ "name": "patient__leave", "arguments": arguments });
        host.write(&message(Era::Modern, id, "tools/call", call).to_string());
        let result = result(host.answer(id)).unwrap();
        assert_eq!(result["isError"], then == "crash", "{result}");
    }
    host.wait_for_log("aborted job 2 because");
    let finished = host.close();
    assert!(!finished.stderr.contains("aborted job 1"), "{}", finished.stderr);
}
