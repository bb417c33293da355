//! What only the stateless era has: each request says what it needs to say, and asks come as results.

use serde_json::{Value, json};

use super::{Case, call, case, failing, text};

pub(super) fn cases() -> Vec<Case> {
    [stateless(), caching(), asking()].into_iter().flatten().collect()
}

fn stateless() -> Vec<Case> {
    let meta = |key: &str, value: Value| json!({ "_meta": { format!("io.modelcontextprotocol/{key}"): value } });
    let without = json!({
        "name": "test_missing_capability", "arguments": {},
        "_meta": { "io.modelcontextprotocol/clientCapabilities": {} },
    });
    let with_level = json!({ "name": "test_logging_tool", "arguments": {}, "_meta": { "io.modelcontextprotocol/logLevel": "debug" } });
    let logged = json!({ "$begins": [{ "method": "notifications/message" }] });
    let done = || json!({ "resultType": "complete", "content": { "$begins": [] } });
    let discovered = json!({
        "supportedVersions": { "$has": "2026-07-28" },
        "capabilities": { "tools": { "listChanged": true }, "prompts": {}, "resources": {}, "completions": {} },
        "resultType": "complete",
    });
    let gone = ["logging/setLevel", "resources/subscribe", "resources/unsubscribe", "nothing/at-all", "ping"];
    let gone = gone.into_iter().map(|method| {
        failing("a method that isn't there", method, json!({ "level": "info" }), json!({ "code": -32601 }))
    });
    // A ping isn't the first: until something else than it and a discovery has come, rmcp answers it in either era.
    let mut cases = vec![case("server-stateless: discover", "server/discover", json!({}), discovered)];
    cases.extend(gone);
    cases.extend([
        failing(
            "server-stateless: an unknown revision",
            "tools/list",
            meta("protocolVersion", json!("2099-01-01")),
            json!({ "code": -32022, "data": { "requested": "2099-01-01", "supported": { "$has": "2026-07-28" } } }),
        ),
        failing(
            "server-stateless: a capability that the client lacks",
            "tools/call",
            without,
            json!({ "code": -32021, "data": { "requiredCapabilities": { "sampling": {} } } }),
        ),
        call("server-stateless: no log unless asked for", "test_logging_tool", json!({}), done()),
        case("server-stateless: a log", "tools/call", with_level, done()).tells(logged),
        failing(
            "sep-2164-resource-not-found",
            "resources/read",
            json!({ "uri": "test://nothing" }),
            json!({ "code": -32602, "data": { "uri": "test://nothing" } }),
        ),
    ]);
    cases
}

fn caching() -> Vec<Case> {
    let hints = || json!({ "ttlMs": { "$least": 0 }, "cacheScope": { "$has": "p" }, "resultType": "complete" });
    let lists = ["server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list"];
    let mut cases: Vec<Case> = lists.into_iter().map(|method| case("caching", method, json!({}), hints())).collect();
    cases.push(case("caching", "resources/read", json!({ "uri": "test://static-text" }), hints()));
    cases
}

fn asking() -> Vec<Case> {
    let accepted = |content: Value| json!({ "action": "accept", "content": content });
    let capital = json!({ "role": "assistant", "content": { "type": "text", "text": "Paris" }, "model": "test" });
    let roots = json!({ "roots": [{ "uri": "file:///here", "name": "here" }] });
    let (elicit, sample, list) = ("elicitation/create", "sampling/createMessage", "roots/list");
    let absent = || json!({ "$absent": true });
    let form = |property: &str| json!({ "requestedSchema": { "properties": { property: {} } } });
    let input = |what: &str| format!("test_input_required_result_{what}");
    let name = || (elicit, form("name"), accepted(json!({ "name": "Ann" })));
    let done = || json!({ "resultType": "complete", "content": { "$begins": [{ "type": "text" }] } });
    let prompt = json!({ "name": "test_input_required_result_prompt" });
    let ask = |scenario, tool: &str, result| call(scenario, &input(tool), json!({}), result);
    vec![
        ask("basic-elicitation", "elicitation", json!({ "content": text("Hello, Ann!") })).asks(vec![name()]),
        ask("basic-sampling", "sampling", done()).asks(vec![(sample, json!({ "maxTokens": 100 }), capital.clone())]),
        ask("basic-list-roots", "list_roots", done()).asks(vec![(list, absent(), roots.clone())]),
        ask("request-state", "request_state", json!({ "content": text("state-ok") })).asks(vec![(
            elicit,
            form("ok"),
            accepted(json!({ "ok": true })),
        )]),
        // In the order of their keys: client_roots, greeting, user_name.
        ask("multiple-input-requests", "multiple_inputs", done()).asks(vec![
            (list, absent(), roots),
            (sample, json!({}), capital),
            name(),
        ]),
        ask("multi-round", "multi_round", done())
            .asks(vec![name(), (elicit, form("color"), accepted(json!({ "color": "red" })))]),
        case("non-tool-request", "prompts/get", prompt, json!({ "messages": { "$begins": [{}] } })).asks(vec![(
            elicit,
            form("context"),
            accepted(json!({ "context": "here" })),
        )]),
    ]
}
