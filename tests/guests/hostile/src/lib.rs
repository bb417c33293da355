//! What the hostile guests share: a plugin with one tool, `strike`, of which each guest replaces the part that it
//! abuses. Each guest is one file in `examples`, and one `[[example]]` of the manifest.
//!
//! Made from the contract alone, without the SDK, which would keep a guest from much of what these do.

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::mem_forget,
    reason = "generated; the documentation is in wit/plugin, and `export!` is for the guests"
)]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/plugin",
        world: "wharf:plugin/tool-plugin",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "::hostile::bindings",
    });
}

pub use bindings::export;
pub use bindings::exports::wharf::plugin::tools::{Hints, TaskSupport, Tool, ToolResult};
pub use bindings::wharf::plugin::context;
pub use bindings::wharf::plugin::types::{Block, Content, Progress};

use bindings::exports::wharf::plugin::tools::{Failure, Guest, Outcome, Resumption};

/// A plugin that is an ordinary one but for what it replaces.
pub trait Hostile {
    /// What it lists.
    #[must_use]
    fn list() -> Vec<Tool> {
        vec![tool()]
    }

    /// What its tool does, with these arguments: a JSON object.
    #[must_use]
    fn strike(_: String) -> ToolResult {
        text("nothing")
    }
}

impl<T: Hostile> Guest for T {
    fn list_tools() -> Result<Vec<Tool>, Failure> {
        Ok(Self::list())
    }

    fn call_tool(_: String, arguments: String, _: Option<Resumption>) -> Result<Outcome, Failure> {
        Ok(Outcome::Done(Self::strike(arguments)))
    }
}

/// The tool, as an ordinary plugin lists it.
#[must_use]
pub fn tool() -> Tool {
    Tool {
        name: "strike".into(),
        title: None,
        description: "Does harm.".into(),
        input_schema: r#"{"type":"object"}"#.into(),
        output_schema: None,
        hints: Hints { read_only: None, destructive: None, idempotent: None, open_world: None },
        icons: Vec::new(),
        tasks: TaskSupport::Forbidden,
        long_running: false,
        meta: None,
    }
}

/// A result that says this.
#[must_use]
pub fn text(text: impl Into<String>) -> ToolResult {
    result(vec![block(text)])
}

/// A result of this content.
#[must_use]
pub fn result(content: Vec<Content>) -> ToolResult {
    ToolResult { content, structured: None, is_error: false, meta: None }
}

/// A piece of text.
#[must_use]
pub fn block(text: impl Into<String>) -> Content {
    Content { block: Block::Text(text.into()), annotations: None, meta: None }
}

/// Uses the processor, for ever.
pub fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}
