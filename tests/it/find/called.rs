//! Tools that aren't listed are called: through `call_tool`, and by their own names.

use serde_json::{Value, json};
use wharf_tests::{Era, Wire, fits};

use super::searching;

fn through(name: &str, arguments: Value) -> Value {
    json!({ "name": "call_tool", "arguments": { "name": name, "arguments": arguments } })
}

fn directly(name: &str, arguments: Value) -> Value {
    json!({ "name": name, "arguments": arguments })
}

#[test]
fn a_tool_that_is_not_listed_is_called_in_both_ways() {
    let cases = [
        ("e__echo", json!({ "text": "hi" }), json!({ "content": [{ "text": "hi" }] })),
        ("e__add", json!({ "a": 1, "b": 2 }), json!({ "structuredContent": { "sum": 3 } })),
        ("m__tool_0000", json!({}), json!({ "content": [{ "text": "tool_0000" }] })),
        ("m__tool_0999", json!({}), json!({ "content": [{ "text": "tool_0999" }] })),
        ("c__test_error_handling", json!({}), json!({ "isError": true })),
    ];
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        for (name, arguments, expected) in &cases {
            for params in [through(name, arguments.clone()), directly(name, arguments.clone())] {
                let result = client.request("tools/call", params.clone());
                let result = result.unwrap_or_else(|error| panic!("{wire:?} {params}: {error}"));
                fits(&result, expected).unwrap_or_else(|why| panic!("{wire:?} {params}: {why}"));
            }
        }
        // Without arguments it has none.
        let none = json!({ "name": "call_tool", "arguments": { "name": "m__tool_0001" } });
        assert_eq!(client.request("tools/call", none).unwrap()["content"][0]["text"], "tool_0001", "{wire:?}");
    }
}

#[test]
fn each_of_a_thousand_is_called_by_its_own_name() {
    let Some(mut client) = searching(Wire::HttpModern) else { return };
    let ids: Vec<u64> = (0..1_000)
        .map(|number| client.begin("tools/call", directly(&format!("m__tool_{number:04}"), json!({}))))
        .collect();
    for (number, id) in ids.into_iter().enumerate() {
        let result = client.answer(id).unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(result["content"][0]["text"], format!("tool_{number:04}"));
    }
}

#[test]
fn a_tool_that_is_called_through_another_asks() {
    let params = through("c__test_input_required_result_elicitation", json!({}));
    let answer = json!({ "action": "accept", "content": { "name": "Ann" } });
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        let told = client.converse("tools/call", &params, &[("elicitation/create", answer.clone())]);
        let result = told.result.unwrap_or_else(|error| panic!("{wire:?}: {error}"));
        fits(&result, &json!({ "content": [{ "text": "Hello, Ann!" }] }))
            .unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        assert_eq!(told.asked.len(), 1, "{wire:?}");
    }
}

#[test]
fn a_tool_that_is_called_through_another_becomes_a_task() {
    let wait = json!({ "rounds": 1, "pause_ms": 1 });
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        let result = client.request("tools/call", through("p__wait", wait.clone())).unwrap();
        if wire.era() == Era::Legacy {
            fits(&result, &json!({ "content": [{ "text": "paused 1 times, one id" }] })).unwrap();
            continue;
        }
        fits(&result, &json!({ "resultType": "task" })).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        let mut task = result.clone();
        for _ in 0..1_000 {
            if task["status"] != "working" {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            task = client.request("tasks/get", json!({ "taskId": result["taskId"] })).unwrap();
        }
        let done = json!({ "status": "completed", "result": { "content": [{ "text": "paused 1 times, one id" }] } });
        fits(&task, &done).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

/// What doesn't fit is a result that the model reads, as for any other tool.
#[test]
fn arguments_that_do_not_fit_are_told_to_the_model() {
    let cases = [
        ("search_tools", json!({}), "query"),
        ("search_tools", json!({ "query": 1 }), "query"),
        ("search_tools", json!({ "query": "x", "limit": 0 }), "limit"),
        ("search_tools", json!({ "query": "x", "limit": 26 }), "limit"),
        ("search_tools", json!({ "query": "x", "limit": "five" }), "limit"),
        ("search_tools", json!({ "query": "x", "more": 1 }), "more"),
        ("describe_tool", json!({}), "name"),
        ("describe_tool", json!({ "name": ["e__add"] }), "name"),
        ("describe_tool", json!({ "name": "e__add", "more": 1 }), "more"),
        ("call_tool", json!({}), "name"),
        ("call_tool", json!({ "name": "e__add", "arguments": [1, 2] }), "arguments"),
        ("call_tool", json!({ "name": "e__add", "arguments": null }), "arguments"),
        ("call_tool", json!({ "name": "e__add", "a": 1, "b": 2 }), "\"a\""),
        ("call_tool", json!({ "name": "e__add", "arguments": { "a": 1 } }), "\"b\""),
        ("call_tool", json!({ "name": "e__add", "arguments": { "a": 1, "b": "2" } }), "/b"),
    ];
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        let mut wrong = Vec::new();
        for (tool, arguments, field) in &cases {
            let expected = json!({
                "isError": true,
                "_meta": { "wharf/error": { "kind": "bad-arguments" } },
                "content": [{ "text": { "$has": field } }],
            });
            let answer = client.call(tool, arguments.clone());
            let why = answer.map_or_else(|error| Err(error.to_string()), |result| fits(&result, &expected));
            wrong.extend(why.err().map(|why| format!("{tool} {arguments}: {why}")));
        }
        assert!(wrong.is_empty(), "{wire:?}\n{}", wrong.join("\n"));
    }
}

#[test]
fn a_name_that_leads_nowhere_is_said() {
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        // One of the three isn't called through another: there is nothing to be had from it.
        for name in ["e__nothing", "", "call_tool", "search_tools"] {
            let described = client.call("describe_tool", json!({ "name": name })).unwrap();
            let expected = json!({ "isError": true, "content": [{ "text": { "$has": name } }] });
            fits(&described, &expected).unwrap_or_else(|why| panic!("{wire:?} {name}: {why}"));
            let called = client.request("tools/call", through(name, json!({ "name": "e__add", "query": "x" })));
            let error = called.expect_err(name);
            fits(&error, &json!({ "code": -32602, "message": { "$has": name } })).unwrap();
        }
    }
}
