//! What only the era with a handshake has: the server asks with requests of its own, and logs from a level on that the
//! client sets once.

use serde_json::{Value, json};

use super::{Case, call, case, failing, text};

pub(super) fn cases() -> Vec<Case> {
    let log = |text: &str| json!({ "method": "notifications/message", "params": { "level": "info", "data": { "$has": text } } });
    let logged = json!([log("Tool execution started"), log("Tool processing data"), log("Tool execution completed")]);
    let watched = json!({ "uri": "test://watched-resource" });
    let mut cases = vec![
        case("ping", "ping", json!({}), json!({})),
        case("logging-set-level", "logging/setLevel", json!({ "level": "info" }), json!({})),
        call("tools-call-with-logging", "test_tool_with_logging", json!({}), json!({ "content": { "$begins": [{}] } }))
            .tells(logged),
        case("resources-subscribe", "resources/subscribe", watched.clone(), json!({})),
        case("resources-unsubscribe", "resources/unsubscribe", watched, json!({})),
        failing(
            "a resource that isn't there",
            "resources/read",
            json!({ "uri": "test://nothing" }),
            json!({ "code": -32002 }),
        ),
        failing("a method that isn't there", "nothing/at-all", json!({}), json!({ "code": -32601 })),
    ];
    cases.extend(asking());
    cases
}

fn asking() -> Vec<Case> {
    let answer = json!({ "role": "assistant", "content": { "type": "text", "text": "Paris" }, "model": "test" });
    let sampled = json!({ "maxTokens": 100, "messages": [{ "role": "user" }] });
    let accepted = |content: Value| json!({ "action": "accept", "content": content });
    let form = |properties: Value| json!({ "requestedSchema": { "type": "object", "properties": properties } });
    let who = json!({ "username": { "type": "string" }, "email": { "type": "string" } });
    let defaults = json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": { "enum": ["active", "inactive", "pending"], "default": "active" },
        "verified": { "type": "boolean", "default": true },
    });
    let enums = json!({
        "untitledSingle": { "enum": { "$begins": [{ "$has": "" }] } },
        "titledSingle": { "oneOf": { "$begins": [{ "const": { "$has": "" }, "title": { "$has": "" } }] } },
        "legacyEnum": { "enum": { "$begins": [{ "$has": "" }] }, "enumNames": { "$begins": [{ "$has": "" }] } },
        "untitledMulti": { "type": "array", "items": { "enum": { "$begins": [{ "$has": "" }] } } },
        "titledMulti": { "type": "array", "items": { "anyOf": { "$begins": [{ "const": { "$has": "" } }] } } },
    });
    let elicit = "elicitation/create";
    let done = || json!({ "content": { "$begins": [{ "type": "text" }] } });
    vec![
        call("tools-call-sampling", "test_sampling", json!({ "prompt": "hi" }), json!({ "content": text("Paris") }))
            .asks(vec![("sampling/createMessage", sampled, answer)]),
        call(
            "tools-call-elicitation",
            "test_elicitation",
            json!({ "message": "who?" }),
            json!({ "content": text("ann") }),
        )
        .asks(vec![(elicit, form(who), accepted(json!({ "username": "ann", "email": "a@example.com" })))]),
        call("tools-call-elicitation, declined", "test_elicitation", json!({ "message": "who?" }), done())
            .asks(vec![(elicit, json!({ "message": "who?" }), json!({ "action": "decline" }))]),
        call("elicitation-sep1034-defaults", "test_elicitation_sep1034_defaults", json!({}), done()).asks(vec![(
            elicit,
            form(defaults),
            json!({ "action": "cancel" }),
        )]),
        call("elicitation-sep1330-enums", "test_elicitation_sep1330_enums", json!({}), done()).asks(vec![(
            elicit,
            form(enums),
            json!({ "action": "cancel" }),
        )]),
    ]
}
