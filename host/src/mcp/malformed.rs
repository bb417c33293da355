//! Bodies that are no message at all. rmcp answers them with a status that says the media type is wrong; clients expect
//! a JSON-RPC error.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use rmcp::model::ErrorCode;
use serde::de::IgnoredAny;
use serde_json::json;

use super::http::content::{self, Answer};

/// Whether the body is JSON, by what its header says.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("application/json"))
}

/// What the client is told who sent JSON by its header: rmcp's answer, or the right one where that is about the body.
pub(super) fn answer(answer: Answer, body: &[u8]) -> Answer {
    if answer.status() != StatusCode::UNSUPPORTED_MEDIA_TYPE {
        return answer;
    }
    let (code, message) = match serde_json::from_slice::<IgnoredAny>(body) {
        Err(error) => (ErrorCode::PARSE_ERROR, format!("the body is not JSON: {error}")),
        Ok(_) => (ErrorCode::INVALID_REQUEST, "the body is not a JSON-RPC message".to_owned()),
    };
    let error = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } });
    content::json(StatusCode::BAD_REQUEST, error.to_string().into_bytes().into())
}
