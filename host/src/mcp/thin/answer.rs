//! Answers, byte for byte as rmcp writes them.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ErrorCode, JsonRpcError, RequestId};
use serde::Serialize;

#[derive(Serialize)]
struct Reply<'a, R> {
    jsonrpc: &'static str,
    id: &'a RequestId,
    result: &'a R,
}

/// A finished call.
pub(super) fn call(id: &RequestId, outcome: Result<CallToolResult, ErrorData>) -> Response {
    match outcome {
        Ok(result) => json(StatusCode::OK, &Reply { jsonrpc: "2.0", id, result: &result }),
        Err(error) => failure(id, error),
    }
}

/// A list that was written before: `list` is its result and what closes the message. None if the id can't be written.
pub(super) fn list(id: &RequestId, list: &Bytes) -> Option<Response> {
    let id = serde_json::to_string(id).ok()?;
    let head = Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"#));
    let length = head.len() + list.len();
    // In two pieces, so that a large list is handed to the socket from where it lies.
    let pieces = [Ok::<_, Infallible>(head), Ok(list.clone())];
    let mut response = with_type(StatusCode::OK, Body::from_stream(stream::iter(pieces)));
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    Some(response)
}

/// What [`list`] sends on: a result, and what closes the message.
pub(super) fn list_bytes(result: &impl Serialize) -> Option<Bytes> {
    let mut bytes = serde_json::to_vec(result).ok()?;
    bytes.push(b'}');
    Some(bytes.into())
}

fn failure(id: &RequestId, mut error: ErrorData) -> Response {
    // The older revisions' code, which this one doesn't have.
    if error.code == ErrorCode::RESOURCE_NOT_FOUND {
        error.code = ErrorCode::INVALID_PARAMS;
    }
    let status = match error.code {
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
        | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
        | ErrorCode::HEADER_MISMATCH => StatusCode::BAD_REQUEST,
        ErrorCode::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    };
    json(status, &JsonRpcError::new(Some(id.clone()), error))
}

fn json(status: StatusCode, message: &impl Serialize) -> Response {
    match serde_json::to_vec(message) {
        Ok(bytes) => with_type(status, bytes.into()),
        Err(error) => {
            tracing::error!("an answer could not be written: {error}");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

fn with_type(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn a_list_is_put_together_with_each_requests_id() {
        let bytes = list_bytes(&serde_json::json!({ "tools": [] })).unwrap();
        let cases = [
            (RequestId::Number(-1), r#"{"jsonrpc":"2.0","id":-1,"result":{"tools":[]}}"#),
            (RequestId::String("\"ü".into()), r#"{"jsonrpc":"2.0","id":"\"ü","result":{"tools":[]}}"#),
        ];
        for (id, expected) in cases {
            let response = list(&id, &bytes).unwrap();
            assert_eq!(response.headers()[CONTENT_LENGTH], expected.len().to_string());
            assert_eq!(to_bytes(response.into_body(), 1 << 10).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn an_errors_code_says_the_status() {
        let cases = [
            (ErrorCode::INVALID_PARAMS, 200, -32602),
            (ErrorCode::RESOURCE_NOT_FOUND, 200, -32602),
            (ErrorCode::METHOD_NOT_FOUND, 404, -32601),
            (ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY, 400, -32021),
            (ErrorCode(7), 200, 7),
        ];
        for (code, status, written) in cases {
            let response = call(&RequestId::Number(1), Err(ErrorData::new(code, "why", None)));
            assert_eq!(response.status(), status, "{code:?}");
            let body = to_bytes(response.into_body(), 1 << 10).await.unwrap();
            let message: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&message["id"], &message["error"]["code"]), (&1.into(), &written.into()), "{code:?}");
        }
    }
}
