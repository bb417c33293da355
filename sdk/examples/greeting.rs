//! Greets people.

use wharf_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Greeting {
    /// Who is greeted.
    name: String,
}

/// Greets somebody by name.
#[tool(title = "Greet", read_only)]
fn greet(args: Greeting) -> String {
    format!("Hello, {}!", args.name)
}

wharf_sdk::plugin! { tools: [greet] }
