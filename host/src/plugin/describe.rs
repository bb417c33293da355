//! What a plugin offers, asked for once at load and checked before anyone sees it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::bindings::tools::{Hints, TaskSupport, Tool as GuestTool};
use super::bindings::types::Icon;
use super::error::LoadError;
use super::limits;
use super::schema::Schema;
use super::text::forbidden_character;

/// Longest name of a tool, before the plugin's prefix: what the strictest model interfaces take.
const NAME_BYTES: usize = 64;

/// Schemes that an icon may have: clients must not fetch others.
const ICON_SCHEMES: [&str; 2] = ["https:", "data:"];

/// A tool, checked, with its schemas compiled.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The plugin's own name for it.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// For the model.
    pub description: String,
    /// What its arguments must satisfy.
    pub input: Schema,
    /// What its structured result must satisfy.
    pub output: Option<Schema>,
    /// What to expect of it, in the plugin's own word.
    pub hints: Hints,
    /// Pictures of it.
    pub icons: Vec<Icon>,
    /// Whether a call may, or must, run as a task.
    pub tasks: TaskSupport,
    /// A call usually takes longer than a few seconds.
    pub long_running: bool,
    /// Metadata for clients.
    pub meta: Option<Map<String, Value>>,
}

/// Checks what a plugin listed.
///
/// # Errors
/// The first tool that is refused, and why.
pub(super) fn check_tools(listed: Vec<GuestTool>) -> Result<Vec<Tool>, LoadError> {
    if listed.len() > limits::TOOLS {
        let problem = format!("it has {} tools, and {} are allowed", listed.len(), limits::TOOLS);
        return Err(LoadError::Refused { item: "the list".into(), problem });
    }
    let mut names = BTreeSet::new();
    let mut tools = Vec::with_capacity(listed.len());
    for tool in listed {
        let item = format!("tool {:?}", tool.name);
        if !names.insert(tool.name.clone()) {
            return Err(LoadError::Refused { item, problem: "the plugin lists two tools of this name".into() });
        }
        tools.push(check_tool(tool).map_err(|problem| LoadError::Refused { item, problem })?);
    }
    Ok(tools)
}

fn check_tool(tool: GuestTool) -> Result<Tool, String> {
    check_name(&tool.name)?;
    if let Some(title) = &tool.title {
        check_text("title", title, limits::TITLE_BYTES)?;
    }
    if tool.description.trim().is_empty() {
        return Err("its description is empty, and a model could not tell when to use it".into());
    }
    check_text("description", &tool.description, limits::DESCRIPTION_BYTES)?;
    if tool.icons.len() > limits::ICONS {
        return Err(format!("it has {} icons, and {} are allowed", tool.icons.len(), limits::ICONS));
    }
    tool.icons.iter().try_for_each(check_icon)?;
    if let Some(meta) = &tool.meta {
        check_text("metadata", meta, limits::META_BYTES)?;
    }
    Ok(Tool {
        input: Schema::parse(&tool.input_schema).map_err(|problem| format!("its input schema: {problem}"))?,
        output: tool
            .output_schema
            .map(|schema| Schema::parse_any(&schema).map_err(|problem| format!("its output schema: {problem}")))
            .transpose()?,
        meta: tool.meta.map(|meta| parse_meta(&meta)).transpose()?,
        name: tool.name,
        title: tool.title,
        description: tool.description,
        hints: tool.hints,
        icons: tool.icons,
        tasks: tool.tasks,
        long_running: tool.long_running,
    })
}

fn check_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > NAME_BYTES || !name.bytes().all(allowed) {
        return Err(format!("a name has 1 to {NAME_BYTES} characters of A-Z a-z 0-9 _ -"));
    }
    Ok(())
}

fn check_text(what: &str, text: &str, bytes: usize) -> Result<(), String> {
    if text.len() > bytes {
        return Err(format!("its {what} has {} bytes, and {bytes} are allowed", text.len()));
    }
    match forbidden_character(text) {
        None => Ok(()),
        Some(character) => {
            Err(format!("its {what} has the hidden or control character U+{:04X}", u32::from(character)))
        }
    }
}

fn check_icon(icon: &Icon) -> Result<(), String> {
    check_text("icon", &icon.src, limits::ICON_BYTES)?;
    for detail in icon.mime_type.iter().chain(&icon.sizes).chain(&icon.theme) {
        check_text("icon", detail, limits::TITLE_BYTES)?;
    }
    if ICON_SCHEMES.iter().any(|scheme| icon.src.starts_with(scheme)) {
        return Ok(());
    }
    Err(format!("an icon's source must begin with https: or data:, and this one is {:?}", icon.src))
}

/// Reads a `_meta` object.
pub(super) fn parse_meta(json: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| format!("its metadata is not a JSON object: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> GuestTool {
        GuestTool {
            name: name.into(),
            title: None,
            description: "Says something.".into(),
            input_schema: r#"{"type":"object"}"#.into(),
            output_schema: None,
            hints: Hints { read_only: None, destructive: None, idempotent: None, open_world: None },
            icons: Vec::new(),
            tasks: TaskSupport::Forbidden,
            long_running: false,
            meta: None,
        }
    }

    fn problem(listed: Vec<GuestTool>) -> String {
        check_tools(listed).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_listed_tool_is_fit_to_be_shown() {
        let icon = |src: &str| Icon { src: src.into(), mime_type: None, sizes: Vec::new(), theme: None };
        let cases = [
            (tool("get_server-2"), ""),
            (tool(""), "1 to 64 characters"),
            (tool("a.b"), "1 to 64 characters"),
            (tool("größe"), "1 to 64 characters"),
            (tool("a\u{7}"), "1 to 64 characters"),
            (tool(&"x".repeat(65)), "1 to 64 characters"),
            (GuestTool { description: " ".into(), ..tool("a") }, "description is empty"),
            (GuestTool { description: "see\u{202E}".into(), ..tool("a") }, "U+202E"),
            (GuestTool { description: "x\u{E0041}".into(), ..tool("a") }, "U+E0041"),
            (GuestTool { description: "x".repeat(20_000), ..tool("a") }, "bytes"),
            (GuestTool { title: Some("\u{1b}[0m".into()), ..tool("a") }, "U+001B"),
            (GuestTool { input_schema: "no".into(), ..tool("a") }, "input schema"),
            (GuestTool { output_schema: Some("[]".into()), ..tool("a") }, "output schema"),
            (GuestTool { meta: Some("3".into()), ..tool("a") }, "metadata"),
            (GuestTool { icons: vec![icon("http://example.com/i.png")], ..tool("a") }, "icon"),
            (GuestTool { icons: vec![icon("https://example.com/i.png")], ..tool("a") }, ""),
        ];
        for (listed, expected) in cases {
            let problem = problem(vec![listed]);
            assert_eq!(problem.is_empty(), expected.is_empty(), "{problem}");
            assert!(problem.contains(expected), "{problem} should contain {expected}");
        }
    }

    #[test]
    fn two_tools_of_one_name_are_refused_by_name() {
        assert!(problem(vec![tool("a"), tool("b"), tool("a")]).contains("tool \"a\""));
    }
}
