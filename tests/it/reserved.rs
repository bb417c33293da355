//! Metadata of plugins: what is the protocol's or the host's to say, a plugin doesn't say, wherever a `_meta` may be.

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, Wire, find};

use crate::live::Live;

const SAMPLE: &str = "sampling/createMessage";

/// Keys that the test guest writes into every `_meta`, and that clients would take for the server's own word.
const FORGED: [&str; 6] = [
    "io.modelcontextprotocol/serverInfo",
    "io.modelcontextprotocol/related-task",
    "com.mcp.tools/x",
    "mcp/x",
    "progressToken",
    "wharf/error",
];

/// Whatever a client can get of a plugin: how it is asked for, and every place that has a `_meta`.
fn cases() -> Vec<(&'static str, Value, &'static [&'static str])> {
    vec![
        ("tools/list", json!({}), &["/tools/0/_meta"]),
        ("resources/list", json!({}), &["/resources/0/_meta"]),
        ("resources/templates/list", json!({}), &["/resourceTemplates/0/_meta"]),
        ("prompts/list", json!({}), &["/prompts/0/_meta"]),
        (
            "tools/call",
            json!({ "name": "f__tell", "arguments": {} }),
            &[
                "/_meta",
                "/content/0/_meta",
                "/content/1/_meta",
                "/content/2/_meta",
                "/content/3/_meta",
                "/content/4/_meta",
                "/content/4/resource/_meta",
            ],
        ),
        ("resources/read", json!({ "uri": "forged://f/page" }), &["/_meta", "/contents/0/_meta"]),
        (
            "prompts/get",
            json!({ "name": "f__talk", "arguments": { "topic": "weather" } }),
            &["/_meta", "/messages/0/content/_meta"],
        ),
        (
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "f__talk" }, "argument": { "name": "topic", "value": "w" },
            }),
            &["/_meta"],
        ),
    ]
}

fn assert_guarded(answer: &Value, place: &str, what: &str) {
    let meta = answer.pointer(place).unwrap_or_else(|| panic!("{what}: {place} is missing in {answer}"));
    for key in FORGED {
        // The host's own says something else.
        assert!(meta.get(key).is_none_or(|said| said["name"] != "forged"), "{what} {place} {key}: {meta}");
    }
    assert_eq!(meta["example.com/x"], "honest", "{what} {place}");
    assert!(meta["ui"]["resourceUri"].as_str().is_some_and(|uri| uri.starts_with("ui://")), "{what} {place}: {meta}");
}

#[test]
fn no_plugin_speaks_in_the_name_of_the_protocol_or_of_the_host() {
    let Some(forger) = find(Part::Guest("forger")) else { return };
    for wire in Wire::ALL {
        let mut client = Live::connect(TestHost::new().plugin("f", &forger), wire, json!({ "sampling": {} }));
        for (method, params, places) in cases() {
            let answer = client.request(method, params).unwrap_or_else(|error| panic!("{wire:?} {method}: {error}"));
            for place in places {
                assert_guarded(&answer, place, &format!("{wire:?} {method}"));
            }
        }
        let reply = json!({ "role": "assistant", "content": { "type": "text", "text": "Well." }, "model": "test" });
        let told = client.converse("tools/call", &json!({ "name": "f__ask", "arguments": {} }), &[(SAMPLE, reply)]);
        for place in ["/params/_meta", "/params/messages/0/content/_meta"] {
            assert_guarded(&told.asked[0], place, &format!("{wire:?} {SAMPLE}"));
        }
        assert_eq!(told.result.unwrap()["content"][0]["text"], "answered", "{wire:?}");
    }
}
