//! Writes wharf plugins in Rust: a tool is an ordinary function.
//!
//! ```
//! use wharf_sdk::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Greeting {
//!     /// Who is greeted.
//!     name: String,
//! }
//!
//! /// Greets somebody by name.
//! #[tool(title = "Greet", read_only)]
//! fn greet(args: Greeting) -> String {
//!     format!("Hello, {}!", args.name)
//! }
//!
//! wharf_sdk::plugin! { tools: [greet] }
//! # fn main() {}
//! ```
//!
//! The doc comment is the description that the model reads, the argument struct becomes the input schema, the return
//! type the output schema (see [`Output`]), and an `Err` becomes a result that is marked as an error. What a tool may
//! ask, say and wait for while it runs is in [`Call`] and [`Step`].
//!
//! What a plugin may reach outside of itself are features of this crate, because a component that imports a capability
//! asks for it: `http`, `keyvalue` and `signing`. Files are those of the standard library.
//!
//! Everything here compiles natively too, where the host is replaced by a stand-in ([`testing`]), so that a plugin is
//! tested with plain `cargo test`.

mod arguments;
mod ask;
#[doc(hidden)]
pub mod bindings;
mod call;
pub mod cleanup;
pub mod completion;
pub mod config;
mod content;
mod error;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "keyvalue")]
pub mod keyvalue;
mod output;
pub mod prompts;
pub mod resources;
mod schema;
#[cfg(feature = "signing")]
pub mod signing;
pub mod state;
mod template;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod tool;
mod unique;
mod variables;

pub use ask::Step;
pub use bindings::base::wharf::plugin::context::{Abilities, Caller, Level, ListKind};
pub use bindings::base::wharf::plugin::types::{
    Annotations, Answer, Ask, Asking, Block, Body, Content, Contents, Failure, Form, Icon, Link, Media, Page, Pause,
    Progress, Question, Reply, Resumption, Role, Root, RpcError,
};
pub use call::Call;
pub use content::ContentList;
pub use error::Error;
pub use output::{Output, Structured};
pub use wharf_sdk_macros::{cleanup, completion, plugin, prompt, resource, tool};
// For plugins that name these in expressions of their own, such as `meta`; their derives need the crates themselves.
pub use {schemars, serde, serde_json};

/// What most plugins use, to be imported as a whole.
pub mod prelude {
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};

    pub use crate::completion::Typed;
    pub use crate::prompts::{Filled, Message};
    pub use crate::resources::{Json, Reading};
    pub use crate::{
        Asking, Call, Content, ContentList, Contents, Form, Level, Output, Pause, Progress, Step, Structured, cleanup,
        completion, plugin, prompt, resource, tool,
    };
}

/// What the code made by the macros uses. Not for use by hand: it may change with any version.
#[doc(hidden)]
pub mod private {
    pub use crate::arguments::{NoArguments, parse};
    pub use crate::output::{Ended, EndedWell, failed};
    pub use crate::prompts::arguments_of as prompt_arguments;
    pub use crate::schema::{of_arguments, of_no_arguments};
    pub use crate::template::{Part, Variable};
    pub use crate::tool::{call_tool, list_tools};
    pub use crate::unique::all_differ;
    pub use crate::variables::Variables;
}

// The macros name this crate by its path, also when they are used inside it.
extern crate self as wharf_sdk;

#[cfg(test)]
mod tests;
