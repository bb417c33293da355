//! Tools, checked.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{Kind, check_each, check_icons, check_meta, check_name, check_text, check_title};
use crate::plugin::bindings::tools::{Hints, TaskSupport, Tool as GuestTool};
use crate::plugin::bindings::types::Icon;
use crate::plugin::error::LoadError;
use crate::plugin::limits;
use crate::plugin::schema::Schema;

/// A tool, checked, with its schemas compiled.
#[derive(Debug, Clone, PartialEq)]
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
    /// Some of its arguments may travel as headers too, which have to be compared with the body.
    pub takes_headers: bool,
}

/// The key of a schema that makes clients send an argument as a header too.
const HEADER_KEY: &str = "x-mcp-header";

/// Checks what a plugin listed.
///
/// # Errors
/// The first tool that is refused, and why; or the one at which this time was over.
pub(super) fn check_tools(listed: Vec<GuestTool>, time: Duration) -> Result<Vec<Tool>, LoadError> {
    let kind = Kind { one: "tool", many: "tools", key: "name" };
    let begun = Instant::now();
    check_each(
        &kind,
        limits::TOOLS,
        listed,
        |tool| &tool.name,
        |tool| {
            // Compiling one schema is bounded, and there may be two thousand.
            if begun.elapsed() > time {
                return Err(format!(
                    "checking it and those before it takes longer than {time:?}: their schemas are complex"
                ));
            }
            check_tool(tool)
        },
    )
}

fn check_tool(tool: GuestTool) -> Result<Tool, String> {
    check_name(&tool.name)?;
    check_title(tool.title.as_deref())?;
    if tool.description.trim().is_empty() {
        return Err("its description is empty, and a model could not tell when to use it".into());
    }
    check_text("description", &tool.description, limits::DESCRIPTION_BYTES)?;
    check_icons(&tool.icons)?;
    let input = Schema::parse(&tool.input_schema).map_err(|problem| format!("its input schema: {problem}"))?;
    Ok(Tool {
        // It may stand there as mere data: then there is nothing to compare.
        takes_headers: input.has_key(HEADER_KEY),
        input,
        output: tool
            .output_schema
            .map(|schema| Schema::parse_any(&schema).map_err(|problem| format!("its output schema: {problem}")))
            .transpose()?,
        meta: check_meta(tool.meta.as_deref())?,
        name: tool.name,
        title: tool.title,
        description: tool.description,
        hints: tool.hints,
        icons: tool.icons,
        tasks: tool.tasks,
        long_running: tool.long_running,
    })
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
        check_tools(listed, limits::LIST_TIME).map_or_else(|error| error.to_string(), |_| String::new())
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
