//! The three tools of an endpoint that doesn't list all of its tools: they find one, describe one and call one. All others
//! can be called by name all the same.

use std::sync::Arc;

use rmcp::model::{CallToolRequestParams, CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::list;
use crate::plugin::CallError;
use crate::surface::{Surface, SurfaceTool};

const SEARCH: &str = "search_tools";
const DESCRIBE: &str = "describe_tool";
const CALL: &str = "call_tool";

/// Tools that a search finds where nothing else is said: what a model reads at a glance.
const FOUND: usize = 5;

/// Tools that a search finds at most.
const MOST_FOUND: usize = 25;

/// Characters of a description that a search shows: its first sentences. The whole is for `describe_tool`.
const SHOWN: usize = 300;

/// What a call of one of the three comes to.
pub(super) enum Found {
    /// It is answered.
    Answered(CallToolResult),
    /// It is really a call of another tool.
    Call(CallToolRequestParams),
    /// It is a call of a plugin's tool.
    Other(CallToolRequestParams),
}

/// Whether it is the name of one of the three.
pub(super) fn is_own(name: &str) -> bool {
    [SEARCH, DESCRIBE, CALL].contains(&name)
}

/// The tool that a request is for, looking through the one that calls others.
pub(super) fn really<'a>(surface: &Surface, request: &'a CallToolRequestParams) -> &'a str {
    let inner = || request.arguments.as_ref()?.get("name")?.as_str();
    let is_call = surface.is_searchable() && request.name == CALL;
    inner().filter(|_| is_call).unwrap_or(&request.name)
}

/// The three, as lists show them.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        tool(
            SEARCH,
            "Finds tools by what you want to do. There are more tools here than are listed: search before you conclude \
             that something can't be done. Answers with names and short descriptions, the best first.",
            json!({
                "type": "object",
                "properties": {
                    "query": { "type": "string", "description": "What you want to do, in a few words" },
                    "limit": { "type": "integer", "minimum": 1, "maximum": MOST_FOUND, "default": FOUND },
                },
                "required": ["query"],
                "additionalProperties": false,
            }),
            true,
        ),
        tool(
            DESCRIBE,
            "Describes one tool in full: what it does, its arguments and its result, as schemas.",
            json!({
                "type": "object",
                "properties": { "name": { "type": "string", "description": "As search_tools names it" } },
                "required": ["name"],
                "additionalProperties": false,
            }),
            true,
        ),
        tool(
            CALL,
            "Calls a tool that isn't listed, by its name. Its arguments are those that describe_tool describes.",
            json!({
                "type": "object",
                "properties": {
                    "name": { "type": "string", "description": "As search_tools names it" },
                    "arguments": { "type": "object", "description": "The tool's own arguments", "default": {} },
                },
                "required": ["name"],
                "additionalProperties": false,
            }),
            false,
        ),
    ]
}

fn tool(name: &'static str, description: &'static str, schema: Value, is_read_only: bool) -> Tool {
    let schema = match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    let mut tool = Tool::new(name, description, Arc::new(schema));
    tool.annotations = is_read_only.then(|| ToolAnnotations::from_raw(None, Some(true), None, None, Some(false)));
    tool
}

/// Takes a call of one of the three, at an endpoint that has them.
///
/// # Errors
/// When the arguments aren't what their schema says.
pub(super) fn take(surface: &Surface, request: CallToolRequestParams) -> Result<Found, CallError> {
    if !surface.is_searchable() {
        return Ok(Found::Other(request));
    }
    if !is_own(&request.name) {
        return Ok(Found::Other(request));
    }
    let arguments = request.arguments.clone().unwrap_or_default();
    match &*request.name {
        SEARCH => {
            only(&arguments, &["query", "limit"])?;
            search(surface, &arguments).map(Found::Answered)
        }
        DESCRIBE => {
            only(&arguments, &["name"])?;
            Ok(Found::Answered(describe(surface, text(&arguments, "name")?)))
        }
        CALL => {
            only(&arguments, &["name", "arguments"])?;
            let mut inner = request;
            inner.name = text(&arguments, "name")?.to_owned().into();
            inner.arguments = match arguments.get("arguments") {
                None => None,
                Some(Value::Object(own)) => Some(own.clone()),
                Some(_) => return Err(bad("`arguments` must be an object")),
            };
            Ok(Found::Call(inner))
        }
        _ => Ok(Found::Other(request)),
    }
}

fn bad(problem: impl Into<String>) -> CallError {
    CallError::BadArguments(problem.into())
}

/// Refuses arguments that the schemas don't have: a slip of the pen must not be ignored.
fn only(arguments: &JsonObject, known: &[&str]) -> Result<(), CallError> {
    match arguments.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(bad(format!("there is no argument {key:?}; there is {}", known.join(", ")))),
    }
}

fn text<'a>(arguments: &'a JsonObject, key: &str) -> Result<&'a str, CallError> {
    let value = arguments.get(key).and_then(Value::as_str);
    value.ok_or_else(|| bad(format!("the argument `{key}` must be there, and be a text")))
}

fn search(surface: &Surface, arguments: &JsonObject) -> Result<CallToolResult, CallError> {
    let query = text(arguments, "query")?;
    let limit = match arguments.get("limit") {
        None => FOUND,
        Some(limit) => limit
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok())
            .filter(|limit| (1..=MOST_FOUND).contains(limit))
            .ok_or_else(|| bad(format!("`limit` must be a number from 1 to {MOST_FOUND}")))?,
    };
    let found: Vec<Value> = surface.find(query, limit).into_iter().map(brief).collect();
    let mut result = CallToolResult::structured(json!({ "tools": found }));
    if found.is_empty() {
        let known = surface.tools().len();
        let text =
            format!("No tool fits these words. There are {known} tools here: try other words for what you want to do.");
        result.content = vec![ContentBlock::text(text)];
    }
    Ok(result)
}

fn brief(tool: &SurfaceTool) -> Value {
    let description = tool.description();
    let shown = description.get(..description.floor_char_boundary(SHOWN)).unwrap_or_default();
    let shown = if shown.len() < description.len() { format!("{shown}…") } else { shown.to_owned() };
    json!({ "name": tool.name, "description": shown })
}

fn describe(surface: &Surface, name: &str) -> CallToolResult {
    match surface.tool(name).and_then(|offered| list::tool(surface, offered)) {
        Some(tool) => CallToolResult::structured(json!(tool)),
        None => {
            let text = format!("No tool is named {name:?}. Find its name with {SEARCH}.");
            CallToolResult::error(vec![ContentBlock::text(text)])
        }
    }
}
