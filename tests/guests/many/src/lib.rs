//! A guest with as many tools as the key `tools` of its configuration says: for measuring lists, and calls that take
//! their time. Made from the contract alone, since the tools of the SDK are functions, and nobody writes a thousand.

#[allow(missing_docs, unreachable_pub, clippy::mem_forget, reason = "generated; the documentation is in wit/plugin")]
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package wharf:many;
            world many {
                include wharf:plugin/base@0.1.0;
                import wasi:config/store@0.2.0-rc.1;
                export wharf:plugin/tools@0.1.0;
            }
        ",
        path: ["../../../wit/plugin", "../../../wit/deps/wasi-config-0.2.0-rc.1"],
        world: "wharf:many/many",
        generate_all,
    });
}

use std::thread;
use std::time::Duration;

use bindings::exports::wharf::plugin::tools::{
    Failure, Guest, Hints, Outcome, Resumption, TaskSupport, Tool, ToolResult,
};
use bindings::wasi::config::store;
use bindings::wharf::plugin::types::{Block, Content};

struct Many;

/// Of every tool: how long the call takes.
const INPUT_SCHEMA: &str = r#"{"type":"object","properties":{"ms":{"type":"integer","minimum":0,"maximum":60000}},"additionalProperties":false}"#;

impl Guest for Many {
    fn list_tools() -> Result<Vec<Tool>, Failure> {
        let configured = store::get("tools").map_err(|error| Failure::Internal(format!("{error:?}")))?;
        let count: u32 = match configured.as_deref().map(str::parse) {
            None => 1,
            Some(Ok(count)) => count,
            Some(Err(error)) => return Err(Failure::Internal(format!("`tools` is not a number: {error}"))),
        };
        Ok((0..count).map(tool).collect())
    }

    fn call_tool(name: String, arguments: String, _: Option<Resumption>) -> Result<Outcome, Failure> {
        // One number, checked by the host against the schema: no parser of JSON is needed to find it.
        let digits: String = arguments.chars().filter(char::is_ascii_digit).collect();
        thread::sleep(Duration::from_millis(digits.parse().unwrap_or(0)));
        let content = Content { block: Block::Text(name), annotations: None, meta: None };
        Ok(Outcome::Done(ToolResult { content: vec![content], structured: None, is_error: false, meta: None }))
    }
}

fn tool(number: u32) -> Tool {
    Tool {
        name: format!("tool_{number:04}"),
        title: None,
        description: format!("Waits, as tool number {number} of many, and then gives back its name."),
        input_schema: INPUT_SCHEMA.into(),
        output_schema: None,
        hints: Hints { read_only: Some(true), destructive: None, idempotent: None, open_world: None },
        icons: Vec::new(),
        tasks: TaskSupport::Forbidden,
        long_running: false,
        meta: None,
    }
}

#[expect(unsafe_code, reason = "generated: what the host calls takes and gives raw memory")]
mod export {
    use super::{Many, bindings};

    bindings::export!(Many with_types_in bindings);
}
