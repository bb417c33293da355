//! The macros of `wharf-sdk`, which re-exports them and documents their use.

mod plugin;
mod tool;

use proc_macro::TokenStream;
use syn::{ItemFn, parse_macro_input};

/// Makes a tool of a function.
///
/// The function stays as it is. Beside it comes a hidden module of the same name with a function `definition`, which is
/// what [`plugin!`] and tests look for.
///
/// * The **doc comment** is the description for the model, and must be there.
/// * The **parameters** are none, `args: T`, `call: &Call`, or both in this order. `T` is `Deserialize + JsonSchema` and
///   an object: a struct with named fields, or an enum whose variants are.
/// * The **return type** is an `Output`, or a `Result` of one whose error is `Display`.
///
/// | option | meaning |
/// | --- | --- |
/// | `name = "…"` | the tool's name, where it isn't the function's |
/// | `title = "…"` | a name for people |
/// | `read_only` | changes nothing |
/// | `destructive` | may remove or overwrite something; MCP assumes so, hence `destructive = false` is the usual form |
/// | `idempotent` | the same call once more changes nothing further |
/// | `open_world` | deals with a world that isn't closed, like the web; MCP assumes so |
/// | `long_running` | usually takes longer than a few seconds |
/// | `tasks = "optional"`, `tasks = "required"` | may, or must, run as a task: for tools that pause |
/// | `icons = EXPRESSION` | a `Vec<Icon>` |
/// | `meta = EXPRESSION` | a `serde_json::Map<String, Value>` |
///
/// Those without a value may be given one: `read_only` is `read_only = true`.
#[proc_macro_attribute]
pub fn tool(options: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    tool::expand(options.into(), &function).into()
}

/// Makes a plugin of the crate: exports what it has, and writes its metadata.
///
/// ```ignore
/// wharf_sdk::plugin! {
///     tools: [greet, other::tool],
///     resources: Shelf,
///     prompts: Letters,
///     completion: Letters,
///     cleanup: Sweeper,
///     state_version: "2",
///     requests: [
///         files { at: "/registries", access: "read", optional: true, reason: "Registries to list." },
///     ],
/// }
/// ```
///
/// Every key may be left out, but something must be exported. `tools` are paths of functions with `#[tool]`; the others
/// are types that implement the trait of the SDK's module of the same name.
///
/// `requests` is what the plugin asks the operator for: a capability, a reason, whether the plugin is of use without it
/// (`optional`, else `false`), and whatever else that capability needs to know, in the form of JSON with bare keys. It
/// is only a claim: it shows the operator what to grant, and grants nothing.
///
/// `state_version` changes when states of an earlier version of the plugin can't be read any more.
///
/// Name, version, description, authors, licence, homepage and repository are those of the Cargo package.
#[proc_macro]
pub fn plugin(input: TokenStream) -> TokenStream {
    plugin::expand(input.into()).into()
}
