//! Returns something else than its output schema promises.

use hostile::{Tool, ToolResult};

struct BrokenPromise;

impl hostile::Hostile for BrokenPromise {
    fn list() -> Vec<Tool> {
        let schema = r#"{"type":"object","properties":{"count":{"type":"integer"}},"required":["count"]}"#;
        vec![Tool { output_schema: Some(schema.into()), ..hostile::tool() }]
    }

    fn strike(_: String) -> ToolResult {
        ToolResult { structured: Some(r#"{"count":"many"}"#.into()), ..hostile::result(Vec::new()) }
    }
}

hostile::export!(BrokenPromise);
