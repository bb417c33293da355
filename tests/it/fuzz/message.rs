//! Messages to begin with, and what any answer has to look like.

use proptest::prelude::*;
use serde_json::{Value, json};
use wharf_tests::{Era, message};

/// Every method that a client sends, as it should be sent.
pub(super) fn seeds(era: Era) -> Vec<Value> {
    let both = [
        ("tools/list", json!({})),
        ("tools/list", json!({ "cursor": "" })),
        ("tools/call", json!({ "name": "echo__echo", "arguments": { "text": "hi" } })),
        ("tools/call", json!({ "name": "echo__add", "arguments": { "a": 1, "b": 2.5 } })),
        (
            "tools/call",
            json!({ "name": "echo__add", "arguments": { "a": 1, "b": 2 }, "_meta": { "progressToken": 7 } }),
        ),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", json!({ "uri": "test://echo/x" })),
        ("prompts/list", json!({})),
        ("prompts/get", json!({ "name": "echo__x", "arguments": { "a": "b" } })),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "echo__x" }, "argument": { "name": "a", "value": "b" } }),
        ),
    ];
    let modern = [
        ("server/discover", json!({})),
        (
            "tools/call",
            json!({ "name": "echo__echo", "arguments": { "text": "hi" }, "requestState": "x", "inputResponses": {} }),
        ),
        ("tasks/get", json!({ "taskId": "x" })),
        ("tasks/cancel", json!({ "taskId": "x" })),
    ];
    let client = json!({ "name": "fuzz", "version": "0" });
    let legacy = [
        ("initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client })),
        ("ping", json!({})),
        ("logging/setLevel", json!({ "level": "info" })),
        ("resources/subscribe", json!({ "uri": "test://echo/x" })),
    ];
    let own: &[(&str, Value)] = if era == Era::Modern { &modern } else { &legacy };
    let requests = both.iter().chain(own);
    let requests = requests.map(|(method, params)| message(era, 1, method, params.clone()));
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    requests.chain([cancelled]).collect()
}

/// Whether this is a message that a server may send. `sent`: what it answers, as far as that was a message.
pub(super) fn check_message(answer: &Value, sent: Option<&Value>) -> Result<(), TestCaseError> {
    prop_assert_eq!(&answer["jsonrpc"], "2.0", "{}", answer);
    if answer.get("method").is_some() {
        prop_assert!(answer["method"].is_string() && answer.get("id").is_none(), "no notification: {}", answer);
        return Ok(());
    }
    let has = |key: &str| answer.get(key).is_some();
    prop_assert!(has("result") != has("error"), "both or neither of result and error: {}", answer);
    if let Some(sent) = sent {
        let id = sent.get("id").unwrap_or(&Value::Null);
        prop_assert!(answer["id"] == *id || (has("error") && answer["id"].is_null()), "of another: {answer}");
    }
    if has("result") {
        prop_assert!(answer["result"].is_object(), "{}", answer);
        return Ok(());
    }
    let error = &answer["error"];
    prop_assert!(error["code"].as_i64().is_some_and(|code| code < 0), "{}", answer);
    prop_assert!(error["message"].is_string(), "{}", answer);
    Ok(())
}
