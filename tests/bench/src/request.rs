//! The bytes of a request, made once and sent as often as needed.

use serde_json::{Value, json};

const VERSION: &str = "2026-07-28";

/// An HTTP request for MCP of the modern era.
pub(crate) fn http(method: &str, mut params: Value) -> Vec<u8> {
    let name = params.get("name").and_then(Value::as_str).map(|name| format!("mcp-name: {name}\r\n"));
    if let Some(fields) = params.as_object_mut() {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": "wharf-bench", "version": "0" },
        });
        fields.insert("_meta".into(), meta);
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: {VERSION}\r\nmcp-method: {method}\r\n\
         {}content-length: {}\r\n\r\n",
        name.unwrap_or_default(),
        body.len(),
    );
    (head + &body).into_bytes()
}

/// A call of a tool.
pub(crate) fn call(tool: &str, arguments: Value) -> Vec<u8> {
    http("tools/call", json!({ "name": tool, "arguments": arguments }))
}

/// The list of all tools.
pub(crate) fn list() -> Vec<u8> {
    http("tools/list", json!({}))
}

/// The list of all tools, from where a page before it ended.
pub(crate) fn list_from(cursor: &str) -> Vec<u8> {
    http("tools/list", json!({ "cursor": cursor }))
}

/// The call that rows about calls in general use.
pub(crate) fn echo() -> Vec<u8> {
    call("echo__echo", json!({ "text": ECHOED }))
}

/// What [`echo`] is answered with.
pub(crate) const ECHOED: &str = "a short text, as models write them";

/// Whether the host is ready.
pub(crate) const READY: &[u8] = b"GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n";
