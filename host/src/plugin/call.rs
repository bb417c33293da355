//! One call of a client: the arguments checked, the tool called until it is done, the result checked.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::{sleep, timeout};

use super::abandon::Abandonment;
use super::bindings::tools::{Outcome, ToolResult as GuestResult};
use super::bindings::types::{Block, Body, Content, Pause, Resumption};
use super::context::{CallContext, Event};
use super::describe::{Tool, parse_meta};
use super::error::CallError;
use super::limits;
use super::load::Plugin;

/// What a tool returned, checked.
#[derive(Debug, Clone)]
pub struct ToolResult {
    /// What the model reads.
    pub content: Vec<Content>,
    /// Satisfies the tool's output schema.
    pub structured: Option<Value>,
    /// The tool ran and failed, and says so.
    pub is_error: bool,
    /// Metadata for the client.
    pub meta: Option<Map<String, Value>>,
}

impl Plugin {
    /// Calls a tool, and waits through its pauses. Dropping the future stops the guest at its next yield.
    ///
    /// # Errors
    /// See [`CallError`]. A tool that ran and failed is not an error but a result.
    pub async fn call_tool(
        &self,
        tool: &Tool,
        arguments: Value,
        context: CallContext,
    ) -> Result<ToolResult, CallError> {
        let json = Arc::new(self.check_arguments(tool, arguments)?);
        let mut abandonment = Abandonment::new(Arc::clone(&self.core), context);
        let held = self.hold(tool, &json, &abandonment);
        let outcome = timeout(limits::HOLD_TIME, held).await.unwrap_or(Err(CallError::TimedOut(limits::HOLD_TIME)));
        abandonment.settle(&outcome);
        outcome
    }

    fn check_arguments(&self, tool: &Tool, arguments: Value) -> Result<String, CallError> {
        let json = arguments.to_string();
        let bound = self.core.template.limits.argument_bytes;
        if json.len() > bound {
            let text = format!("the arguments have {} bytes, and {bound} are allowed", json.len());
            return Err(CallError::BadArguments(text));
        }
        tool.input.check(&arguments).map_err(|problem| {
            CallError::BadArguments(format!("the arguments do not fit the tool's input schema: {problem}"))
        })?;
        Ok(json)
    }

    /// Calls again after each pause, while the client's request stays open.
    async fn hold(&self, tool: &Tool, json: &Arc<String>, abandonment: &Abandonment) -> Result<ToolResult, CallError> {
        let mut resumed = None;
        loop {
            match self.core.call_tool(&tool.name, json, resumed.take(), abandonment).await? {
                Outcome::Done(result) => return self.check_result(tool, result),
                Outcome::Ask(_) => return Err(CallError::Unsupported(UNASKED.to_owned())),
                Outcome::Pause(pause) => resumed = Some(wait(pause, abandonment).await?),
            }
        }
    }

    fn check_result(&self, tool: &Tool, result: GuestResult) -> Result<ToolResult, CallError> {
        let bound = self.core.template.limits.result_bytes;
        let size =
            result.content.iter().map(content_bytes).sum::<usize>() + result.structured.as_ref().map_or(0, String::len);
        if size > bound {
            return Err(CallError::BadResult(format!("it has {size} bytes, and {bound} are allowed")));
        }
        let structured = result.structured.as_deref().map(serde_json::from_str).transpose();
        let structured: Option<Value> =
            structured.map_err(|error| CallError::BadResult(format!("its structured part is not JSON: {error}")))?;
        match (&tool.output, &structured) {
            (Some(_), None) if !result.is_error => {
                return Err(CallError::BadResult(
                    "the tool has an output schema, and there is no structured part".into(),
                ));
            }
            (Some(schema), Some(value)) if !result.is_error => schema.check(value).map_err(|problem| {
                CallError::BadResult(format!("its structured part does not fit the tool's output schema: {problem}"))
            })?,
            _ => {}
        }
        let meta = result.meta.as_deref().map(parse_meta).transpose().map_err(CallError::BadResult)?;
        Ok(ToolResult { content: result.content, structured, is_error: result.is_error, meta })
    }
}

const UNASKED: &str = "the tool asks its user a question, and this version of wharf can't pass questions on to clients";

/// Waits as long as a plugin wants, within bounds, and makes what its next call resumes with.
async fn wait(pause: Pause, abandonment: &Abandonment) -> Result<Resumption, CallError> {
    if pause.state.len() > limits::STATE_BYTES {
        let text = format!("a state has {} bytes, and {} are allowed", pause.state.len(), limits::STATE_BYTES);
        return Err(CallError::BadResult(text));
    }
    abandonment.state.set(Some(pause.state.clone()));
    if let (Some(progress), Some(events)) = (pause.progress, &abandonment.context.events) {
        // Lost when nobody reads fast enough, as the contract says.
        let _ = events.try_send(Event::Progress(progress));
    }
    sleep(Duration::from_millis(pause.resume_after_ms.into()).max(limits::LEAST_PAUSE)).await;
    Ok(Resumption { state: pause.state, answers: Vec::new() })
}

fn content_bytes(content: &Content) -> usize {
    let block = match &content.block {
        Block::Text(text) => text.len(),
        Block::Image(media) | Block::Audio(media) => media.data.len(),
        Block::Link(link) => link.uri.len() + link.name.len() + link.description.as_ref().map_or(0, String::len),
        Block::Embedded(contents) => match &contents.body {
            Body::Text(text) => text.len(),
            Body::Blob(bytes) => bytes.len(),
        },
    };
    block + content.meta.as_ref().map_or(0, String::len)
}
