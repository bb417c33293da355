//! Listing and calling tools, over each transport and in each era of the protocol.

use serde_json::{Value, json};
use wharf_tests::{Connection, Era, Part, TestHost, Wire, find};

/// Does the same with a client on each wire.
fn on_each_wire(check: impl Fn(&mut Connection, Wire)) {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    for wire in Wire::ALL {
        let mut connection = TestHost::new().plugin("echo", &echo).connect(wire);
        check(&mut connection, wire);
    }
}

fn names(list: &Value) -> Vec<&str> {
    let tools = list["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[test]
fn the_list_is_the_plugins_own_in_its_order_each_time() {
    on_each_wire(|client, wire| {
        let first = client.request("tools/list", json!({})).unwrap();
        assert_eq!(names(&first), ["echo__echo", "echo__add"], "{wire:?}");
        let again = client.request("tools/list", json!({})).unwrap();
        assert_eq!(first["tools"], again["tools"], "{wire:?}");
    });
}

#[test]
fn what_a_tool_says_of_itself_arrives() {
    let expected = json!({
        "name": "echo__add",
        "title": "Add",
        "description": "Adds two numbers.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "a": { "type": "number", "format": "double" },
                "b": { "type": "number", "format": "double" },
            },
            "required": ["a", "b"],
            "additionalProperties": false,
        },
        "outputSchema": {
            "type": "object",
            "properties": { "sum": { "type": "number", "format": "double" } },
            "required": ["sum"],
        },
        "annotations": { "readOnlyHint": true, "idempotentHint": true, "openWorldHint": false },
    });
    on_each_wire(|client, wire| {
        let list = client.request("tools/list", json!({})).unwrap();
        assert_eq!(list["tools"][1], expected, "{wire:?}");
    });
}

#[test]
fn a_call_brings_text_or_structure() {
    let cases = [
        ("echo__echo", json!({ "text": "hi" }), "hi", Value::Null),
        ("echo__echo", json!({ "text": "" }), "", Value::Null),
        ("echo__echo", json!({ "text": "line\nü \u{1F30A} \"q\"" }), "line\nü \u{1F30A} \"q\"", Value::Null),
        ("echo__add", json!({ "a": 1, "b": 2.5 }), "{\"sum\":3.5}", json!({ "sum": 3.5 })),
    ];
    on_each_wire(|client, wire| {
        for (tool, arguments, text, structured) in &cases {
            let result = client.call(tool, arguments.clone()).unwrap();
            let seen = (&result["content"], &result["structuredContent"], &result["isError"]);
            let content = json!([{ "type": "text", "text": text }]);
            assert_eq!(seen, (&content, structured, &json!(false)), "{wire:?} {tool} {arguments}");
        }
    });
}

#[test]
fn a_tool_that_is_not_there_is_an_error_of_the_request() {
    on_each_wire(|client, wire| {
        for name in ["echo__nothing", "echo", "nothing__echo", "", "echo__echo__echo", "ECHO__ECHO"] {
            let error = client.call(name, json!({})).unwrap_err();
            assert_eq!(error["code"], -32602, "{wire:?} {name}: {error}");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(&format!("unknown tool: {name}")), "{wire:?} {message}");
        }
    });
}

#[test]
fn arguments_that_do_not_fit_are_refused_with_the_field() {
    let cases = [
        ("echo__echo", json!({}), "text"),
        ("echo__echo", json!({ "text": 1 }), "/text"),
        ("echo__echo", json!({ "text": "hi", "txet": "x" }), "txet"),
        ("echo__add", json!({ "a": 1 }), "\"b\""),
        ("echo__add", json!({ "a": 1, "b": "2" }), "/b"),
    ];
    on_each_wire(|client, wire| {
        for (tool, arguments, field) in &cases {
            let result = client.call(tool, arguments.clone()).unwrap();
            assert_eq!(result["isError"], true, "{wire:?} {arguments}: {result}");
            assert_eq!(result["_meta"]["wharf/error"]["kind"], "bad-arguments", "{wire:?} {result}");
            let text = result["content"][0]["text"].as_str().unwrap();
            assert!(text.contains(field), "{wire:?} {arguments}: {text}");
        }
    });
}

/// A method that is known is never said to be unknown.
#[test]
fn parameters_that_are_not_the_methods_own_are_an_error_of_the_request() {
    let cases = [
        ("tools/call", json!({ "arguments": {} }), [-32602, -32602]),
        ("tools/call", json!({ "name": "x", "arguments": [] }), [-32602, -32602]),
        ("prompts/get", json!({ "name": "x", "arguments": "y" }), [-32602, -32602]),
        ("resources/read", json!({ "uri": 1 }), [-32602, -32602]),
        ("completion/complete", json!({ "ref": {}, "argument": {} }), [-32602, -32602]),
        ("subscriptions/listen", json!({}), [-32602, -32601]),
        ("subscriptions/listen", json!({ "notifications": { "toolsListChanged": "yes" } }), [-32602, -32601]),
        ("tasks/get", json!({}), [-32602, -32601]),
        ("logging/setLevel", json!({ "level": "loud" }), [-32601, -32602]),
        ("resources/subscribe", json!({}), [-32601, -32602]),
        ("nothing/at-all", json!({}), [-32601, -32601]),
    ];
    for wire in Wire::ALL {
        let mut client = TestHost::new().connect(wire);
        for (method, params, [modern, legacy]) in cases.clone() {
            let error = client.request(method, params.clone()).expect_err(method);
            let expected = if wire.era() == Era::Modern { modern } else { legacy };
            assert_eq!(error["code"], expected, "{wire:?} {method} {params}: {error}");
            assert!(error["message"].as_str().unwrap().contains(method), "{wire:?} {method} {params}: {error}");
        }
    }
}
