//! What clients were seen to send, and other calls in their manner.

use serde_json::{Value, json};

use super::post::{OWN_ADDRESS, Post};

/// A request as a client sends it.
pub(super) struct Seed {
    pub(super) what: &'static str,
    pub(super) post: Post,
    /// Whether the fast path is to take it.
    pub(super) is_plain: bool,
}

/// Bodies, key for key as the clients write them.
const MCP_DISCOVER: &str = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const MCP_LIST: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const MCP_CALL: &str = r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"echo__add","arguments":{"a":1,"b":2},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const FASTMCP_LIST: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{},"url":{}}},"io.modelcontextprotocol/logLevel":"debug"}}}"#;
const FASTMCP_CALL: &str = r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo__echo","arguments":{"text":"hi"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{},"url":{}}},"io.modelcontextprotocol/logLevel":"debug","progressToken":3}}}"#;
const INSPECTOR_LIST: &str = r#"{"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"inspector-cli","version":"2.12.0"},"io.modelcontextprotocol/clientCapabilities":{"roots":{"listChanged":true},"extensions":{"io.modelcontextprotocol/tasks":{},"io.modelcontextprotocol/skills":{}}},"io.modelcontextprotocol/logLevel":"debug"}},"jsonrpc":"2.0","id":0}"#;
const INSPECTOR_CALL: &str = r#"{"method":"tools/call","params":{"name":"echo__echo","arguments":{"text":"hi"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"inspector-cli","version":"2.12.0"},"io.modelcontextprotocol/clientCapabilities":{"roots":{"listChanged":true},"extensions":{"io.modelcontextprotocol/tasks":{},"io.modelcontextprotocol/skills":{}}},"io.modelcontextprotocol/logLevel":"debug"}},"jsonrpc":"2.0","id":2}"#;
const CURL_LIST: &str = r#"{"jsonrpc":"2.0","id":"list","method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const CURL_CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"probe__who","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// As `mcp` and `fastmcp` for Python, the MCP Inspector, `curl`, and a client of the older era send them.
pub(super) fn seeds() -> Vec<Seed> {
    let python = |method, name, body| {
        let client = [("Accept-Encoding", "gzip, deflate"), ("User-Agent", "python-httpx2/2.16.2")];
        client.into_iter().fold(posted(method, name, body), |post, (name, value)| post.with(name, value))
    };
    let node = |method, name, body: &str| {
        let client = [("accept-language", "*"), ("sec-fetch-mode", "cors"), ("user-agent", "node")];
        client.into_iter().fold(posted(method, name, body), |post, (name, value)| post.with(name, value))
    };
    let without_log = |body: &str| body.replace(",\"io.modelcontextprotocol/logLevel\":\"debug\"", "");
    let echo = Some("echo__echo");
    let seed = |what, post, is_plain| Seed { what, post, is_plain };
    vec![
        seed("mcp: discover", python("server/discover", None, MCP_DISCOVER), false),
        seed("mcp: list", python("tools/list", None, MCP_LIST), true),
        seed("mcp: call", python("tools/call", Some("echo__add"), MCP_CALL), true),
        seed("fastmcp: list", python("tools/list", None, FASTMCP_LIST), false),
        seed("fastmcp: call", python("tools/call", echo, FASTMCP_CALL), false),
        seed("inspector: list", node("tools/list", None, INSPECTOR_LIST), false),
        seed("inspector: call", node("tools/call", echo, INSPECTOR_CALL), false),
        seed("inspector without log: list", node("tools/list", None, &without_log(INSPECTOR_LIST)), true),
        seed("inspector without log: call", node("tools/call", echo, &without_log(INSPECTOR_CALL)), true),
        seed("curl: list", posted("tools/list", None, CURL_LIST), true),
        seed("curl: call", posted("tools/call", Some("probe__who"), CURL_CALL), true),
        seed("older: initialize", older(), false),
    ]
}

fn posted(method: &str, name: Option<&str>, body: &str) -> Post {
    let headers = [
        ("Host", OWN_ADDRESS),
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", method),
    ];
    let post = Post::new(&headers, body);
    name.into_iter().fold(post, |post, name| post.with("mcp-name", name))
}

fn older() -> Post {
    let headers = [
        ("Host", OWN_ADDRESS),
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
    ];
    let params =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "x", "version": "0" } });
    let message = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    Post::new(&headers, message.to_string())
}

/// A call with these arguments, as `curl` would send it.
pub(super) fn called(tool: &str, arguments: &Value) -> Post {
    let body = CURL_CALL.replace("probe__who", tool).replace("{},\"_meta\"", &format!("{arguments},\"_meta\""));
    posted("tools/call", Some(tool), &body)
}

/// Calls that end in every way that a call may end in.
pub(super) fn calls() -> Vec<(String, Post)> {
    let cases = [
        ("echo__echo", json!({ "text": "line\nü \u{1F30A} \"q\" \u{7f} \\" })),
        ("echo__echo", json!({ "text": "x".repeat(200_000) })),
        ("echo__echo", json!({ "text": 1 })),
        ("echo__echo", json!({})),
        ("echo__echo", json!({ "text": "hi", "txet": "" })),
        ("echo__echo", json!([])),
        ("echo__echo", json!("text")),
        ("echo__add", json!({ "a": 1, "b": 2.5 })),
        ("echo__add", json!({ "b": -0.0, "a": 1e300 })),
        ("echo__add", json!({ "a": 9_007_199_254_740_993_u64, "b": u64::MAX })),
        ("echo__nothing", json!({})),
        ("nothing__echo", json!({})),
        ("ECHO__ECHO", json!({ "text": "hi" })),
        ("", json!({})),
        ("probe__crash", json!({})),
        ("probe__count_calls", json!({})),
        ("probe__surroundings", json!({})),
        ("probe__read", json!({ "path": "/etc/passwd" })),
        ("probe__print", json!({ "text": "{\"jsonrpc\":\"2.0\"}" })),
        ("patient__wait", json!({ "rounds": 2, "pause_ms": 1 })),
        ("patient__leave", json!({ "job": "x", "then": "answer" })),
        ("patient__leave", json!({ "job": "x", "then": "crash" })),
        ("patient__ask", json!({})),
    ];
    cases.iter().map(|(tool, arguments)| ((*tool).to_owned(), called(tool, arguments))).collect()
}
