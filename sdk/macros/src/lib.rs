//! The macros of `wharf-sdk`, which re-exports them and documents their use.

mod cleanup;
mod completion;
mod function;
mod plugin;
mod prompt;
mod resource;
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
/// | `input_schema = EXPRESSION` | a `serde_json::Value`: the schema of the arguments, where that of their type won't do |
/// | `icons = EXPRESSION` | a `Vec<Icon>` |
/// | `meta = EXPRESSION` | a `serde_json::Map<String, Value>` |
///
/// Those without a value may be given one: `read_only` is `read_only = true`.
#[proc_macro_attribute]
pub fn tool(options: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    tool::expand(options.into(), &function).into()
}

/// Makes a resource of a function, or all resources whose URIs follow a template.
///
/// The **doc comment** is the description, and may be left out. The **parameters** are as for [`macro@tool`]: none,
/// `args: T`, `call: &Call`, or both. `T` is `Deserialize`, with a field for each variable of the template, of a type
/// that is written in one word, such as a string or a number; a variable that may be absent is an `Option`, an exploded
/// one a `Vec`. Where a value doesn't fit, there is nothing behind the URI. The **return type** is a `Read`, or a
/// `Result` of one whose error is `Display`.
///
/// | option | meaning |
/// | --- | --- |
/// | `uri = "…"` | the URI, or a template (RFC 6570, all levels) whose variables become the arguments; must be there |
/// | `name = "…"` | the resource's name, where it isn't the function's |
/// | `title = "…"` | a name for people |
/// | `mime_type = "…"` | of the contents, too |
/// | `size = 120` | in bytes |
/// | `poll_ms = 5000` | while somebody is subscribed, it is read again this often |
/// | `fresh_ms = 60000` | for how long an answer may be kept; left out, it may not |
/// | `public` | an answer is the same for everyone |
/// | `audience = "user"`, `audience = "assistant"` | whom it is for |
/// | `priority = 0.5` | from 0.0, could be left out, to 1.0, needed |
/// | `last_modified = "…"` | ISO 8601 |
/// | `icons = EXPRESSION` | a `Vec<Icon>` |
/// | `meta = EXPRESSION` | a `serde_json::Map<String, Value>` |
#[proc_macro_attribute]
pub fn resource(options: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    resource::expand(options.into(), &function).into()
}

/// Makes a prompt of a function.
///
/// The **doc comment** is the description, and may be left out. The **parameters** are as for [`macro@tool`]: none,
/// `args: T`, `call: &Call`, or both. `T` is `Deserialize + JsonSchema`; each field is an argument, with its doc comment,
/// and is required unless it is an `Option` or has a default. The **return type** is a `Fill`, or a `Result` of one whose
/// error is `Display`.
///
/// The options `name`, `title`, `icons` and `meta` are those of [`macro@tool`].
#[proc_macro_attribute]
pub fn prompt(options: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    prompt::expand(options.into(), &function).into()
}

/// Makes a function suggest values for one argument of a prompt, or for one variable of a template.
///
/// The **parameters** are none, `typed: Typed`, `call: &Call`, or both. The **return type** is a `Suggest`, or a
/// `Result` of one whose error is `Display`.
///
/// | option | meaning |
/// | --- | --- |
/// | `of = name_of_function` | the function with `#[prompt]`, or with `#[resource]` and a template; must be there |
/// | `argument = "…"` | the argument or variable, where it isn't of the function's own name |
#[proc_macro_attribute]
pub fn completion(options: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    completion::expand(options.into(), &function).into()
}

/// Makes a function clean up after calls that ended without a result.
///
/// The **parameters** are `left: Abandoned<T>`, where `T` is the type of the state that was named, and then perhaps
/// `call: &Call`. The **return type** is nothing, or a `Result` of nothing whose error is `Display`, and is logged.
///
/// A plugin may have several, for states of several types: the first one whose type can read the state is called.
#[proc_macro_attribute]
pub fn cleanup(options: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    cleanup::expand(&options.into(), &function).into()
}

/// Makes a plugin of the crate: exports what it has, and writes its metadata.
///
/// ```ignore
/// wharf_sdk::plugin! {
///     tools: [greet, other::tool],
///     resources: [shelf, book],
///     prompts: [letter],
///     completion: [title],
///     cleanup: [sweep],
///     state_version: "2",
///     requests: [
///         files { at: "/registries", access: "read", optional: true, reason: "Registries to list." },
///     ],
/// }
/// ```
///
/// Every key may be left out, but something must be exported. Each list has paths of functions with the attribute of that
/// kind. In place of a list, all but `tools` take a type that implements the trait of the SDK's module of the same name,
/// for what is known only at run time.
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
