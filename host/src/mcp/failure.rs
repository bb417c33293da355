//! Requests without a result. What the model can act upon is a result that says so; what is wrong with the request itself
//! is an error of the protocol.

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ClientCapabilities, ContentBlock, ErrorCode, MetaObject, TASKS_EXTENSION_ID};
use serde_json::{Map, Value, json};

use crate::plugin::{Abilities, CallError, Failure};

/// Where a result or an error says of which kind it is, so that clients can tell the kinds apart.
const ERROR_KEY: &str = "wharf/error";

/// Where the host's own keys are: plugins can't speak in its name.
pub(super) const OWN_PREFIX: &str = "wharf/";

/// The client has taken its request back: nobody reads this.
pub(super) fn cancelled() -> ErrorData {
    ErrorData::internal_error("the request was cancelled", Some(json!({ ERROR_KEY: { "kind": "cancelled" } })))
}

/// A tool's.
pub(super) fn of_tool(error: &CallError, is_stateless: bool) -> Result<CallToolResult, ErrorData> {
    if let Some(error) = of_request(error, is_stateless) {
        return Err(error);
    }
    let mut result = CallToolResult::error(vec![ContentBlock::text(error.to_string())]);
    mark(&mut result, error.kind());
    Ok(result)
}

/// Says of which kind an error is, so that clients can tell the kinds apart.
pub(super) fn mark(result: &mut CallToolResult, kind: &str) {
    let meta = result.meta.get_or_insert_with(|| MetaObject(Map::new()));
    meta.0.insert(ERROR_KEY.to_owned(), json!({ "kind": kind }));
}

/// A resource's, with the URI that the client used.
pub(super) fn of_reading(error: &CallError, uri: &str, is_stateless: bool) -> ErrorData {
    match error {
        CallError::Failed { failure: Failure::NotFound | Failure::UnknownName, .. } => no_resource(uri),
        error => of_other(error, is_stateless),
    }
}

/// There is nothing behind a client's URI.
pub(super) fn no_resource(uri: &str) -> ErrorData {
    ErrorData::resource_not_found(format!("resource not found: {uri}"), Some(json!({ "uri": uri })))
}

/// A prompt's or a completion's.
pub(super) fn of_other(error: &CallError, is_stateless: bool) -> ErrorData {
    of_request(error, is_stateless).unwrap_or_else(|| {
        ErrorData::internal_error(error.to_string(), Some(json!({ ERROR_KEY: { "kind": error.kind() } })))
    })
}

/// What is wrong with the request itself, if that is it.
fn of_request(error: &CallError, is_stateless: bool) -> Option<ErrorData> {
    match error {
        CallError::Failed { failure: Failure::UnknownName | Failure::InvalidParams, message } => {
            Some(ErrorData::invalid_params(message.clone(), None))
        }
        CallError::Failed { failure: Failure::Protocol { code, data }, message } => {
            let data = data.as_deref().and_then(|data| serde_json::from_str(data).ok());
            Some(ErrorData::new(ErrorCode(*code), message.clone(), data))
        }
        // Sessions have no code for it: there the client said once for all what it can be asked.
        CallError::Unasked { missing } if is_stateless => {
            Some(ErrorData::missing_required_client_capability(required(*missing)))
        }
        _ => None,
    }
}

/// Abilities as a client declares them.
fn required(missing: Abilities) -> ClientCapabilities {
    let mut declared = Map::new();
    let mut need = |ability: Abilities, name: &str, value: Value| {
        if missing.contains(ability) {
            declared.insert(name.to_owned(), value);
        }
    };
    need(Abilities::FORM, "elicitation", json!({}));
    need(Abilities::URL, "elicitation", json!({ "url": {} }));
    need(Abilities::FORM | Abilities::URL, "elicitation", json!({ "form": {}, "url": {} }));
    need(Abilities::SAMPLE, "sampling", json!({}));
    need(Abilities::SAMPLE_WITH_TOOLS, "sampling", json!({ "tools": {} }));
    need(Abilities::ROOTS, "roots", json!({}));
    need(Abilities::TASKS, "extensions", json!({ TASKS_EXTENSION_ID: {} }));
    // All of these are what the type has.
    serde_json::from_value(Value::Object(declared)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_as_clients_declare_it() {
        let cases = [
            (Abilities::SAMPLE, json!({ "sampling": {} })),
            (Abilities::SAMPLE | Abilities::SAMPLE_WITH_TOOLS, json!({ "sampling": { "tools": {} } })),
            (Abilities::FORM, json!({ "elicitation": {} })),
            (Abilities::URL | Abilities::ROOTS, json!({ "elicitation": { "url": {} }, "roots": {} })),
        ];
        for (missing, expected) in cases {
            assert_eq!(serde_json::to_value(required(missing)).unwrap(), expected);
        }
    }
}
