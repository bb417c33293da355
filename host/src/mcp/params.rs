//! Requests whose method is known and whose parameters aren't its own. rmcp takes their method for an unknown one.

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CancelTaskParams, CompleteRequestParams, CustomRequest, ErrorCode, GetPromptRequestParams,
    GetTaskParams, InitializeRequestParams, PaginatedRequestParams, ReadResourceRequestParams, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionsListenRequestParams, UnsubscribeRequestParams, UpdateTaskParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Says what is wrong with some parameters.
type Judge = fn(&Value) -> String;

/// The methods of both eras.
const SHARED: &[(&str, Judge)] = &[
    ("tools/list", problem::<Option<PaginatedRequestParams>>),
    ("tools/call", problem::<CallToolRequestParams>),
    ("prompts/list", problem::<Option<PaginatedRequestParams>>),
    ("prompts/get", problem::<GetPromptRequestParams>),
    ("resources/list", problem::<Option<PaginatedRequestParams>>),
    ("resources/templates/list", problem::<Option<PaginatedRequestParams>>),
    ("resources/read", problem::<ReadResourceRequestParams>),
    ("completion/complete", problem::<CompleteRequestParams>),
];

/// Those of the stateless era.
const STATELESS: &[(&str, Judge)] = &[
    ("server/discover", problem::<Value>),
    ("subscriptions/listen", problem::<SubscriptionsListenRequestParams>),
    ("tasks/get", problem::<GetTaskParams>),
    ("tasks/update", problem::<UpdateTaskParams>),
    ("tasks/cancel", problem::<CancelTaskParams>),
];

/// Those of sessions.
const OF_SESSIONS: &[(&str, Judge)] = &[
    ("initialize", problem::<InitializeRequestParams>),
    ("ping", problem::<Value>),
    ("logging/setLevel", problem::<SetLevelRequestParams>),
    ("resources/subscribe", problem::<SubscribeRequestParams>),
    ("resources/unsubscribe", problem::<UnsubscribeRequestParams>),
];

/// Why a request that rmcp can't read has no answer.
pub(super) fn refusal(request: &CustomRequest, is_stateless: bool) -> ErrorData {
    let of_era = if is_stateless { STATELESS } else { OF_SESSIONS };
    let known = SHARED.iter().chain(of_era).find(|(method, _)| *method == request.method);
    let Some((method, judge)) = known else {
        return ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method.clone(), None);
    };
    let problem = judge(request.params.as_ref().unwrap_or(&Value::Null));
    ErrorData::invalid_params(format!("the parameters of `{method}` can't be used: {problem}"), None)
}

fn problem<P: DeserializeOwned>(params: &Value) -> String {
    match P::deserialize(params) {
        Err(error) => error.to_string(),
        Ok(_) => "they are not an object, or their `_meta` is not".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_are_told_apart_from_methods() {
        let cases = [
            ("tools/call", json!({ "name": 1 }), [-32602, -32602], "string"),
            ("tools/call", Value::Null, [-32602, -32602], "tools/call"),
            ("tools/list", json!({ "cursor": 1 }), [-32602, -32602], "string"),
            ("subscriptions/listen", json!({}), [-32602, -32601], "notifications"),
            ("tasks/get", json!({}), [-32602, -32601], "taskId"),
            ("logging/setLevel", json!({ "level": "loud" }), [-32601, -32602], "loud"),
            ("nothing/there", json!({}), [-32601, -32601], "nothing/there"),
        ];
        for (method, params, codes, text) in cases {
            let request = CustomRequest::new(method, Some(params));
            let refusals = [true, false].map(|is_stateless| refusal(&request, is_stateless));
            assert_eq!(refusals.each_ref().map(|refusal| refusal.code.0), codes, "{method}");
            assert!(refusals.iter().any(|refusal| refusal.message.contains(text)), "{method}: {refusals:?}");
        }
    }
}
