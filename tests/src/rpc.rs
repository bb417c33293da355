//! JSON-RPC as MCP's two eras write it.

use serde_json::{Map, Value, json};

/// How a request says which protocol it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// Each request for itself, from 2026-07-28 on.
    Modern,
    /// After a handshake, up to 2025-11-25.
    Legacy,
}

impl Era {
    /// The newest revision of the protocol in this era.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::Modern => "2026-07-28",
            Self::Legacy => "2025-11-25",
        }
    }
}

/// A request. `params` is a JSON object, and what its `_meta` says already stays.
///
/// # Panics
/// When it isn't.
#[must_use]
pub fn message(era: Era, id: u64, method: &str, mut params: Value) -> Value {
    if era == Era::Modern {
        let fields = params.as_object_mut().expect("parameters are an object");
        let meta = fields.entry("_meta").or_insert_with(|| Value::Object(Map::new()));
        let own =
            [("protocolVersion", era.version().into()), ("clientCapabilities", json!({})), ("clientInfo", client())];
        let meta = meta.as_object_mut().expect("`_meta` is an object");
        for (key, value) in own {
            meta.entry(format!("io.modelcontextprotocol/{key}")).or_insert(value);
        }
    }
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The headers that go with a message over HTTP.
#[must_use]
pub fn headers(era: Era, message: &Value) -> Vec<(&'static str, String)> {
    let said = message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str();
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json, text/event-stream".to_owned()),
        ("mcp-protocol-version", said.unwrap_or(era.version()).to_owned()),
    ];
    if era == Era::Modern {
        let params = &message["params"];
        let name = match message["method"].as_str() {
            Some("resources/read") => &params["uri"],
            Some(method) if method.starts_with("tasks/") => &params["taskId"],
            _ => &params["name"],
        };
        let texts = [("mcp-method", &message["method"]), ("mcp-name", name)];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
        headers.extend(texts);
    }
    headers
}

/// What the answer to a request says: its result, or its error.
///
/// # Errors
/// The error, an object with `code` and `message`.
///
/// # Panics
/// When it is no answer.
pub fn result(answer: Value) -> Result<Value, Value> {
    match answer {
        Value::Object(mut fields) if fields.contains_key("result") => Ok(fields["result"].take()),
        Value::Object(mut fields) if fields.contains_key("error") => Err(fields["error"].take()),
        other => panic!("this is not the answer to a request: {other}"),
    }
}

/// The parameters of the handshake.
pub(crate) fn handshake(capabilities: &Value) -> Value {
    json!({ "protocolVersion": Era::Legacy.version(), "capabilities": capabilities, "clientInfo": client() })
}

/// What ends the handshake.
pub(crate) fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

fn client() -> Value {
    json!({ "name": "wharf-tests", "version": "0" })
}
