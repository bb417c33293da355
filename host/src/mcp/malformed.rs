//! Bodies that are no message at all. rmcp answers them with a status that says the media type is wrong; clients expect
//! a JSON-RPC error.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use rmcp::model::ErrorCode;
use serde::de::IgnoredAny;
use serde_json::json;

/// The body, where it is JSON by its header and small enough to be kept; and the request, whole.
pub(super) async fn keep_body(request: Request, body_bytes: usize) -> (Request, Option<Bytes>) {
    let (parts, body) = request.into_parts();
    if !is_bounded_json(&parts, body_bytes) {
        return (Request::from_parts(parts, body), None);
    }
    match to_bytes(body, body_bytes).await {
        Ok(bytes) => (Request::from_parts(parts, Body::from(bytes.clone())), Some(bytes)),
        // The client broke off: there is nobody to answer.
        Err(_) => (Request::from_parts(parts, Body::empty()), None),
    }
}

fn is_bounded_json(parts: &Parts, body_bytes: usize) -> bool {
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Without a length and in one piece, there is no body.
    let length = match text(CONTENT_LENGTH) {
        Some(length) => length.parse().ok(),
        None => (!parts.headers.contains_key(TRANSFER_ENCODING)).then_some(0),
    };
    let is_json = text(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    parts.method == Method::POST && is_json && length.is_some_and(|length: usize| length <= body_bytes)
}

/// What the client is told: rmcp's answer, or the right one where that is about the body.
pub(super) fn answer(response: Response, body: Option<&Bytes>) -> Response {
    let Some(body) = body.filter(|_| response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE) else {
        return response;
    };
    let (code, message) = match serde_json::from_slice::<IgnoredAny>(body) {
        Err(error) => (ErrorCode::PARSE_ERROR, format!("the body is not JSON: {error}")),
        Ok(_) => (ErrorCode::INVALID_REQUEST, "the body is not a JSON-RPC message".to_owned()),
    };
    let error = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } });
    let json = HeaderValue::from_static("application/json");
    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, json)], error.to_string()).into_response()
}
