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

/// A request. `params` is a JSON object.
///
/// # Panics
/// When it isn't.
#[must_use]
pub fn message(era: Era, id: u64, method: &str, mut params: Value) -> Value {
    if era == Era::Modern {
        let fields = params.as_object_mut().expect("parameters are an object");
        let meta = fields.entry("_meta").or_insert_with(|| Value::Object(Map::new()));
        meta["io.modelcontextprotocol/protocolVersion"] = era.version().into();
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
        meta["io.modelcontextprotocol/clientInfo"] = client();
    }
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The headers that go with a message over HTTP.
#[must_use]
pub fn headers(era: Era, message: &Value) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json, text/event-stream".to_owned()),
        ("mcp-protocol-version", era.version().to_owned()),
    ];
    if era == Era::Modern {
        let texts = [("mcp-method", &message["method"]), ("mcp-name", &message["params"]["name"])];
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
pub(crate) fn handshake() -> Value {
    json!({ "protocolVersion": Era::Legacy.version(), "capabilities": {}, "clientInfo": client() })
}

/// What ends the handshake.
pub(crate) fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

fn client() -> Value {
    json!({ "name": "wharf-tests", "version": "0" })
}
