//! Answers, byte for byte as rmcp writes them.

use http::StatusCode;
use hyper::body::Bytes;
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ErrorCode, JsonRpcError, RequestId, ServerResult};
use serde::Serialize;

use super::super::http::content::{self, Answer, Content};

#[derive(Serialize)]
struct Reply<'a, R> {
    jsonrpc: &'static str,
    id: &'a RequestId,
    result: &'a R,
}

/// A call that was answered.
pub(super) fn call(id: &RequestId, outcome: Result<CallToolResponse, ErrorData>) -> Answer {
    match outcome {
        Ok(CallToolResponse::Complete(result)) => json(StatusCode::OK, &Reply { jsonrpc: "2.0", id, result: &result }),
        Ok(other) => json(StatusCode::OK, &Reply { jsonrpc: "2.0", id, result: &ServerResult::from(other) }),
        Err(error) => failure(id, error),
    }
}

/// A list that was written before: `list` is its result and what closes the message. None if the id can't be written.
pub(super) fn list(id: &RequestId, list: &Bytes) -> Option<Answer> {
    let id = serde_json::to_string(id).ok()?;
    let head = Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"#));
    // In two pieces, so that a large list is handed to the socket from where it lies.
    Some(content::json(StatusCode::OK, Content::Pieces(head, list.clone())))
}

/// What [`list`] sends on: a result, and what closes the message.
pub(super) fn list_bytes(result: &impl Serialize) -> Option<Bytes> {
    let mut bytes = serde_json::to_vec(result).ok()?;
    bytes.push(b'}');
    Some(bytes.into())
}

fn failure(id: &RequestId, mut error: ErrorData) -> Answer {
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

fn json(status: StatusCode, message: &impl Serialize) -> Answer {
    match serde_json::to_vec(message) {
        Ok(bytes) => content::json(status, bytes.into()),
        Err(error) => {
            tracing::error!("an answer could not be written: {error}");
            content::bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::body::Body as _;
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
            let length = u64::try_from(expected.len()).unwrap();
            assert_eq!(response.body().size_hint().exact(), Some(length));
            assert_eq!(content::whole(response.into_body()).await, expected);
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
            let body = content::whole(response.into_body()).await;
            let message: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&message["id"], &message["error"]["code"]), (&1.into(), &written.into()), "{code:?}");
        }
    }
}
