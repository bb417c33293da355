//! What a client sends back to a question when it is wrong, or only unusual; and what only a stream can show.

use serde_json::{Value, json};
use wharf_tests::{Connection, Era, Part, TestHost, Wire, find, fits, message, result};

use super::{capabilities, connect};

const MODERN: [Wire; 2] = [Wire::StdioModern, Wire::HttpModern];

fn call(tool: &str, more: Value) -> Value {
    let mut params = json!({ "name": tool, "arguments": {} });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

/// The same call, with these answers and the state of the first result.
fn again(client: &mut Connection, tool: &str, responses: Value, state: &Value) -> Result<Value, Value> {
    let mut more = json!({ "inputResponses": responses });
    if !state.is_null() {
        more["requestState"] = state.clone();
    }
    client.request("tools/call", call(tool, more))
}

#[test]
fn answers_that_are_missing_wrong_or_too_many() {
    let tool = "test_input_required_result_elicitation";
    let name = || json!({ "action": "accept", "content": { "name": "Ann" } });
    let asks = json!({ "resultType": "input_required", "inputRequests": { "user_name": {} } });
    let greets = json!({ "resultType": "complete", "content": [{ "text": { "$has": "Hello, Ann!" } }] });
    let cases = [
        ("missing-input-response", json!({}), &asks),
        ("another key", json!({ "wrong": name() }), &asks),
        ("validate-input", json!({ "user_name": { "action": "accept", "content": { "name": 7 } } }), &asks),
        ("validate-input, no answer at all", json!({ "user_name": "Ann" }), &asks),
        ("ignore-extra-params", json!({ "user_name": name(), "more": name() }), &greets),
    ];
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        for (what, responses, expected) in &cases {
            let first = client.request("tools/call", call(tool, json!({}))).unwrap();
            fits(&first, &asks).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
            let second = again(&mut client, tool, responses.clone(), &first["requestState"]);
            let second = second.unwrap_or_else(|error| panic!("{wire:?}, {what}: {error}"));
            fits(&second, expected).unwrap_or_else(|why| panic!("{wire:?}, {what}: {why}"));
        }
    }
}

#[test]
fn a_state_that_was_tampered_with_is_refused() {
    let tool = "test_input_required_result_tampered_state";
    let answer = || json!({ "confirm": { "action": "accept", "content": { "ok": true } } });
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let first = client.request("tools/call", call(tool, json!({}))).unwrap();
        let state = first["requestState"].as_str().expect("a state").to_owned();
        let (begin, end) = state.split_at(state.len() / 2);
        let flipped = if end.starts_with('A') { 'B' } else { 'A' };
        let tampered = [
            format!("{begin}{flipped}{}", end.get(1..).unwrap()),
            format!("{state}-"),
            begin.to_owned(),
            String::new(),
        ];
        for state in tampered {
            let error = again(&mut client, tool, answer(), &json!(state)).expect_err("a state that isn't the server's");
            assert_eq!(error["code"], -32602, "{wire:?} {error}");
        }
        // As it came, it serves.
        let second = again(&mut client, tool, answer(), &json!(state)).unwrap();
        assert_eq!(second["resultType"], "complete", "{wire:?} {second}");
    }
}

#[test]
fn only_what_the_client_can_is_asked() {
    let cases = [
        (json!({ "sampling": {} }), &["sampling/createMessage"][..]),
        (json!({ "elicitation": { "form": {} } }), &["elicitation/create"]),
        (json!({}), &[]),
    ];
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        for (capabilities, allowed) in &cases {
            let meta = json!({ "_meta": { "io.modelcontextprotocol/clientCapabilities": capabilities } });
            let answer = client.request("tools/call", call("test_input_required_result_capabilities", meta)).unwrap();
            let asked = answer["inputRequests"].as_object().into_iter().flatten();
            for (key, request) in asked {
                let method = request["method"].as_str().unwrap();
                assert!(allowed.contains(&method), "{wire:?} {capabilities}: {key} {request}");
            }
        }
    }
}

#[test]
fn a_stream_of_changes_has_what_was_asked_for_and_its_mark() {
    let Some(guest) = find(Part::Guest("conformance")) else { return };
    let config = "[endpoints.default]\nprefix = \"never\"";
    let mut host = TestHost::new().config(config).plugin("conformance", guest).stdio();
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    host.write(&message(Era::Modern, 1, "subscriptions/listen", filter).to_string());
    let mark = json!({ "_meta": { "io.modelcontextprotocol/subscriptionId": 1 } });
    let acknowledged = host.message(0);
    fits(&acknowledged, &json!({ "method": "notifications/subscriptions/acknowledged", "params": mark })).unwrap();
    // The other change first: it isn't to be told.
    for (id, tool) in [(2, "test_trigger_prompt_change"), (3, "test_trigger_tool_change")] {
        host.write(&message(Era::Modern, id, "tools/call", call(tool, json!({}))).to_string());
        result(host.answer(id)).unwrap();
    }
    host.wait_for("notifications/tools/list_changed");
    let changes = host.written().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let changes: Vec<_> =
        changes.filter(|it| it["method"].as_str().is_some_and(|it| it.ends_with("_changed"))).collect();
    for change in &changes {
        fits(change, &json!({ "method": "notifications/tools/list_changed", "params": mark })).unwrap();
    }
}

#[test]
fn the_older_era_is_told_of_changes() {
    let Some(guest) = find(Part::Guest("conformance")) else { return };
    let config = "[endpoints.default]\nprefix = \"never\"";
    let mut host = TestHost::new().config(config).plugin("conformance", guest).stdio();
    let client = json!({ "name": "tests", "version": "0" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": capabilities(), "clientInfo": client });
    host.write(&message(Era::Legacy, 1, "initialize", params).to_string());
    let started = result(host.answer(1)).unwrap();
    let changing = json!({ "listChanged": true });
    let expected = json!({
        "protocolVersion": "2025-11-25",
        "serverInfo": { "name": { "$has": "" } },
        "capabilities": {
            "tools": changing, "prompts": changing, "resources": { "listChanged": true, "subscribe": true },
            "logging": {}, "completions": {},
        },
    });
    fits(&started, &expected).unwrap_or_else(|why| panic!("server-initialize: {why}"));
    host.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    for (id, tool, told) in [
        (2, "test_trigger_tool_change", "notifications/tools/list_changed"),
        (3, "test_trigger_prompt_change", "notifications/prompts/list_changed"),
    ] {
        host.write(&message(Era::Legacy, id, "tools/call", call(tool, json!({}))).to_string());
        result(host.answer(id)).unwrap();
        host.wait_for(told);
    }
}
