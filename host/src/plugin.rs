//! The sandbox. The only room, with `capability/*/host.rs`, that knows Wasmtime.
//!
//! Reading order: [`inspect`](Inspection) what a file says, `load` it, `describe` what it offers, `call` it.

mod admission;
mod announce;
mod attempt;
#[allow(missing_docs, unreachable_pub, reason = "generated; the documentation is in wit/plugin")]
mod bindings;
mod cache;
mod call;
mod compile;
mod context;
mod describe;
mod embed;
mod engine;
mod error;
mod exports;
mod heavy;
mod inspect;
pub mod limits;
mod load;
mod meter;
mod output;
mod record;
mod reuse;
mod run;
mod schema;
mod size;
mod store;
mod talk;
mod template;
mod ticker;
mod wait;

pub use crate::text::{one_line, visible};
pub use announce::Announced;
pub use attempt::{Attempt, Parked};
pub use bindings::completion::{Reference, Suggestions};
pub use bindings::context::{Abilities, Level};
pub use bindings::prompts::{Filled, Message};
pub use bindings::resources::{CacheScope, Reading};
pub use bindings::tools::{Hints, TaskSupport};
pub use bindings::types;
pub use call::{Arguments, ToolResult};
pub use compile::compile_if_child;
pub use context::{CallContext, Event};
pub use describe::{About, Argument, Offers, Prompt, Resource, Template, Tool};
pub use embed::with_request;
pub use engine::Sandbox;
pub use error::{CallError, DENIED, Exceeded, Failure, LoadError};
pub use inspect::{CONTRACT, CONTRACT_SPOKEN, Inspection, validate};
pub use load::{Plugin, Spec};
pub use reuse::Isolation;
pub use schema::{Schema, form_fits};
pub use template::{UriTemplate, scheme};
pub use wait::{Outcome, pause_time};
