//! The state that clients of the stateless era carry: it serves for what it was given for, and for nothing else.

use std::fs;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use wharf::caller::Caller;
use wharf::plugin::Inspection;
use wharf::seal::{Binding, Key, Sealer, digest};
use wharf_tests::{Era, Part, TestHost, Wire, find, fits};

use super::{accept, call, everything, host, text};
use crate::live::Live;

const MODERN: [Wire; 2] = [Wire::HttpModern, Wire::StdioModern];

const TOOL: &str = "c__test_input_required_result_request_state";

/// A request that asks, with the state that it gives and its answer.
fn asked(client: &mut Live, method: &str, params: &Value, key: &str, content: Value) -> Value {
    let first = client.request(method, params.clone()).unwrap_or_else(|error| panic!("{params}: {error}"));
    assert!(first["requestState"].is_string(), "{params}: {first}");
    let mut again = params.clone();
    again["inputResponses"] = json!({ key: accept(content) });
    again["requestState"] = first["requestState"].clone();
    again
}

fn confirmed(client: &mut Live) -> Value {
    asked(client, "tools/call", &call(TOOL, json!({})), "confirm", json!({ "ok": true }))
}

/// The same, as another request.
fn with(request: &Value, more: &Value) -> Value {
    let mut request = request.clone();
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn refused(client: &mut Live, method: &str, params: Value) {
    let what = format!("{method} {params}");
    let answer = client.request(method, params);
    let error = answer.expect_err(&what);
    assert_eq!(error["code"], -32602, "{what}: {error}");
}

fn serves(client: &mut Live, params: Value) {
    let done = client.request("tools/call", params).unwrap_or_else(|error| panic!("{error}"));
    fits(&done, &text("state-ok")).unwrap();
}

#[test]
fn a_state_serves_for_its_own_request_only() {
    for wire in MODERN {
        let Some(patient) = find(Part::Guest("patient")) else { return };
        let Some(host) = host() else { return };
        let mut client = Live::connect(host.plugin("q", patient), wire, everything());
        let state = confirmed(&mut client);
        let others = [json!({ "name": "c__test_input_required_result_tampered_state" }), json!({ "name": "p__ask" })];
        for other in others {
            refused(&mut client, "tools/call", with(&state, &other));
        }
        refused(&mut client, "prompts/get", with(&state, &json!({ "name": "c__test_input_required_result_prompt" })));
        let uri = json!({ "uri": "note://p/secret", "requestState": state["requestState"] });
        refused(&mut client, "resources/read", uri);

        // The very same file under another name is another plugin, and another address another tool.
        let visit = call("p__visit", json!({ "url": "https://example.com/a" }));
        let visited = asked(&mut client, "tools/call", &visit, "page", Value::Null);
        refused(&mut client, "tools/call", with(&visited, &json!({ "name": "q__visit" })));
        refused(&mut client, "tools/call", with(&visited, &json!({ "arguments": { "url": "https://example.com/b" } })));
        assert!(client.request("tools/call", visited).is_ok(), "{wire:?}");
        serves(&mut client, state);
    }
}

#[test]
fn a_state_of_one_resource_does_not_open_another() {
    for wire in MODERN {
        let Some(patient) = find(Part::Guest("patient")) else { return };
        let host = TestHost::new().plugin("p", &patient).plugin("q", patient);
        let mut client = Live::connect(host, wire, everything());
        let read = json!({ "uri": "note://p/secret" });
        let opened = asked(&mut client, "resources/read", &read, "pin", json!({ "pin": 1 }));
        refused(&mut client, "resources/read", with(&opened, &json!({ "uri": "note://q/secret" })));
        refused(&mut client, "resources/read", with(&opened, &json!({ "uri": "note://p/still" })));
        let done = client.request("resources/read", opened).unwrap();
        assert_eq!(done["contents"][0]["text"], "opened with 1", "{wire:?}");
    }
}

#[test]
fn a_state_that_was_changed_is_refused() {
    for wire in MODERN {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        let state = confirmed(&mut client);
        let sealed = state["requestState"].as_str().unwrap().to_owned();
        assert!(!sealed.contains("kept"), "what the plugin keeps can't be read");
        for place in [0, sealed.len() / 3, sealed.len() / 2, sealed.len() - 2] {
            let other = if sealed.as_bytes()[place] == b'A' { "B" } else { "A" };
            let mut changed = sealed.clone();
            changed.replace_range(place..=place, other);
            refused(&mut client, "tools/call", with(&state, &json!({ "requestState": changed })));
        }
        for changed in
            [String::new(), "x".into(), "=".repeat(64), "A".repeat(100_000), sealed.chars().skip(1).collect()]
        {
            refused(&mut client, "tools/call", with(&state, &json!({ "requestState": changed })));
        }
        serves(&mut client, state);
    }
}

const OLD: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const NEW: &str = "fefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefe";

/// A host with these keys, that seals with the first.
fn keyed(keys: &[&str]) -> Option<TestHost> {
    let names: Vec<String> = (0..keys.len()).map(|number| format!("key{number}")).collect();
    let host = host()?.config(&format!("[server]\nstate-key-files = {names:?}"));
    Some(names.iter().zip(keys).fold(host, |host, (name, key)| host.file(name, key)))
}

#[test]
fn a_state_outlives_a_restart_where_its_key_does() {
    let cases: [(&[&str], &[&str], bool); 6] = [
        (&[OLD], &[OLD], true),
        (&[OLD], &[NEW, OLD], true),
        (&[NEW, OLD], &[NEW], true),
        (&[OLD], &[NEW], false),
        (&[OLD], &[], false),
        (&[], &[], false),
    ];
    for wire in MODERN {
        for (before, after, outlives) in cases {
            let (Some(first), Some(second)) = (keyed(before), keyed(after)) else { return };
            let state = confirmed(&mut Live::connect(first, wire, everything()));
            let again = Live::connect(second, wire, everything()).request("tools/call", state);
            match (outlives, &again) {
                (true, Ok(done)) => fits(done, &text("state-ok")).unwrap(),
                (false, Err(error)) => assert_eq!(error["code"], -32602, "{wire:?} {before:?} {after:?}: {error}"),
                _ => panic!("{wire:?} {before:?} {after:?}: {again:?}"),
            }
        }
    }
}

#[test]
fn a_state_is_no_use_to_who_holds_another_token() {
    let tokens = ["the-first-of-the-tokens", "another-of-the-tokens"];
    let connect = |token: &str| {
        let host = keyed(&[OLD])?.file("token", token).args(["--token-file", "token"]);
        Some(Live::http_at(&Arc::new(host.http()), "/mcp", Some(token), Era::Modern, everything()))
    };
    let Some(mut first) = connect(tokens[0]) else { return };
    let state = confirmed(&mut first);
    drop(first);
    refused(&mut connect(tokens[1]).unwrap(), "tools/call", state.clone());
    serves(&mut connect(tokens[0]).unwrap(), state.clone());
    // Nor to who needs none.
    let host = keyed(&[OLD]).unwrap();
    refused(&mut Live::connect(host, Wire::HttpModern, everything()), "tools/call", state);
}

/// Sealed once more with the host's own key, for a shorter time than the hour that it gives.
#[test]
fn a_state_serves_for_its_time_only() {
    let Some(guest) = find(Part::Guest("conformance")) else { return };
    let inspection = Inspection::of(&fs::read(guest).unwrap()).unwrap();
    let caller = Caller::default();
    let binding = Binding {
        caller: &caller,
        method: "tools/call",
        target: TOOL,
        arguments: digest(&json!({})),
        plugin: "c",
        state_version: Some(&inspection.digest),
    };
    let sealer = Sealer::new(&Key::from_config(&[1; 32]), &[]);
    for wire in MODERN {
        let mut client = Live::connect(keyed(&[OLD]).unwrap(), wire, everything());
        let state = confirmed(&mut client);
        let carried = sealer.open(&binding, state["requestState"].as_str().unwrap()).unwrap();
        for (lifetime, waits, serves_still) in [(60, 0, true), (1, 1_100, false), (0, 0, false)] {
            let sealed = sealer.seal(&binding, &carried, Duration::from_secs(lifetime)).unwrap();
            sleep(Duration::from_millis(waits));
            let request = with(&state, &json!({ "requestState": sealed }));
            if serves_still { serves(&mut client, request) } else { refused(&mut client, "tools/call", request) }
        }
    }
}
