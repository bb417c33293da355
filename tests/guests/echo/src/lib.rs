//! A guest that gives back what it gets: one tool that answers in text, one in structured form.

use wharf_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Echo {
    /// What comes back.
    text: String,
}

/// Gives back the text, unchanged.
#[tool(title = "Echo", read_only, idempotent, open_world = false)]
fn echo(args: Echo) -> String {
    args.text
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Add {
    a: f64,
    b: f64,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: f64,
}

/// Adds two numbers.
#[tool(title = "Add", read_only, idempotent, open_world = false)]
fn add(args: Add) -> Sum {
    Sum { sum: args.a + args.b }
}

wharf_sdk::plugin! { tools: [echo, add] }
