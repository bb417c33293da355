//! `tools/call`: from the request to the plugin, and from what became of it to the answer.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, ErrorCode, Implementation, MetaObject,
    ProgressNotificationParam, ProgressToken,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::convert;
use crate::caller::Caller;
use crate::plugin::{CallContext, CallError, Event, Failure, ToolResult};
use crate::surface::Surface;

/// Where a result that is an error says of which kind it is, so that clients can tell the kinds apart.
const ERROR_KEY: &str = "wharf/error";

/// Calls a tool for a client.
pub(super) async fn tool(
    surface: &Surface,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let offered = surface.tool(&request.name);
    let Some((offered, described)) = offered.and_then(|offered| Some((offered, offered.described()?))) else {
        return Err(ErrorData::invalid_params(format!("unknown tool: {}", request.name), None));
    };
    let (sender, events) = mpsc::channel(offered.plugin.limits().events_waiting.max(1));
    let call_context = CallContext {
        caller: Arc::new(caller(&context)),
        meta: passed_meta(&context),
        events: Some(sender),
        ..CallContext::default()
    };
    let arguments = Value::Object(request.arguments.unwrap_or_default());
    let calling = offered.plugin.call_tool(described, arguments, call_context);
    match with_events(calling, events, &context).await {
        None => Err(ErrorData::internal_error("the call was cancelled", None)),
        Some(outcome) => answer(outcome),
    }
}

/// What became of a call, as the protocol says it.
pub(super) fn answer(outcome: Result<ToolResult, CallError>) -> Result<CallToolResult, ErrorData> {
    match outcome {
        Ok(result) => Ok(convert::tool_result(result)),
        Err(error) => failure(&error),
    }
}

/// A client program by the name that it gives itself.
pub(super) fn client_name(client: &Implementation) -> String {
    format!("{} {}", client.name, client.version)
}

/// How long what a guest has said may take to reach a client that reads slowly, once the call is done.
const LAST_WORDS_TIME: Duration = Duration::from_secs(2);

/// Runs a call and passes on what the guest says meanwhile; nothing when the client cancels. Passing on is polled beside
/// the call, not within it: a client that doesn't read must not keep the call from ending.
async fn with_events<R>(
    calling: impl Future<Output = R>,
    mut events: mpsc::Receiver<Event>,
    context: &RequestContext<RoleServer>,
) -> Option<R> {
    let token = context.meta.get_progress_token();
    let mut calling = pin!(calling);
    let mut passing_on = pin!(async {
        while let Some(event) = events.recv().await {
            pass_on(event, token.as_ref(), context).await;
        }
    });
    let mut all_is_said = false;
    let outcome = loop {
        tokio::select! {
            biased;
            () = context.ct.cancelled() => return None,
            outcome = &mut calling => break outcome,
            () = &mut passing_on, if !all_is_said => all_is_said = true,
        }
    };
    if !all_is_said && timeout(LAST_WORDS_TIME, passing_on).await.is_err() {
        tracing::debug!("the client reads too slowly for the last of what the guest has said");
    }
    Some(outcome)
}

async fn pass_on(event: Event, token: Option<&ProgressToken>, context: &RequestContext<RoleServer>) {
    let (Event::Progress(progress), Some(token)) = (event, token) else {
        return;
    };
    let mut notice = ProgressNotificationParam::new(token.clone(), progress.done);
    (notice.total, notice.message) = (progress.total, progress.message);
    if let Err(error) = context.peer.notify_progress(notice).await {
        tracing::debug!("progress was not delivered: {error}");
    }
}

fn caller(context: &RequestContext<RoleServer>) -> Caller {
    let proven = context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Caller>());
    // A request that speaks for itself and doesn't say who sends it: rmcp would put its own name in.
    let client = match context.meta.protocol_version() {
        Some(_) => context.meta.client_info(),
        None => context.client_info(),
    };
    Caller { client: client.as_ref().map(client_name), ..proven.cloned().unwrap_or_default() }
}

/// The request's `_meta` for the plugin, as JSON text; empty for none.
fn passed_meta(context: &RequestContext<RoleServer>) -> String {
    let fields = context.meta.0.0.iter().filter(|(key, _)| !is_reserved(key));
    meta_text(fields.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// A `_meta` for the plugin, as JSON text; empty for none.
pub(super) fn meta_text(fields: Map<String, Value>) -> String {
    if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() }
}

/// Keys that the protocol keeps for itself: `progressToken`, and those below a prefix whose second label is
/// `modelcontextprotocol` or `mcp`.
fn is_reserved(key: &str) -> bool {
    let second_label = key.split_once('/').and_then(|(prefix, _)| prefix.split('.').nth(1));
    key == "progressToken" || matches!(second_label, Some("modelcontextprotocol" | "mcp"))
}

/// A call without a result. What the model can act upon is a result that says so; what is wrong with the request
/// itself is an error of the protocol.
fn failure(error: &CallError) -> Result<CallToolResult, ErrorData> {
    if let CallError::Failed { failure, message } = error {
        match failure {
            Failure::UnknownName | Failure::InvalidParams => {
                return Err(ErrorData::invalid_params(message.clone(), None));
            }
            Failure::Protocol { code, data } => {
                let data = data.as_deref().and_then(|data| serde_json::from_str(data).ok());
                return Err(ErrorData::new(ErrorCode(*code), message.clone(), data));
            }
            Failure::NotFound | Failure::Unavailable | Failure::Internal => {}
        }
    }
    let mut result = CallToolResult::error(vec![ContentBlock::text(error.to_string())]);
    let kind = Map::from_iter([(ERROR_KEY.to_owned(), json!({ "kind": error.kind() }))]);
    result.meta = Some(MetaObject(kind));
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::is_reserved;

    #[test]
    fn the_protocols_own_keys_stay_outside() {
        let cases = [
            ("progressToken", true),
            ("io.modelcontextprotocol/protocolVersion", true),
            ("com.mcp/x", true),
            ("dev.mcp.tools/x", true),
            ("traceparent", false),
            ("com.example/mcp", false),
            ("mcp", false),
            ("com.example.mcp/x", false),
        ];
        for (key, reserved) in cases {
            assert_eq!(is_reserved(key), reserved, "{key}");
        }
    }
}
