//! The sandbox. The only room, with `capability/*/host.rs`, that knows Wasmtime.
//!
//! Reading order: [`inspect`](Inspection) what a file says, `load` it, `describe` what it offers, `call` it.

mod abandon;
mod admission;
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
mod heavy;
mod inspect;
pub mod limits;
mod load;
mod meter;
mod output;
mod reuse;
mod run;
mod schema;
mod store;
mod text;
mod ticker;

pub use bindings::context::{Abilities, Level};
pub use bindings::tools::{Hints, TaskSupport};
pub use bindings::types;
pub use call::ToolResult;
pub use compile::compile_if_child;
pub use context::{CallContext, Event};
pub use describe::Tool;
pub use embed::with_request;
pub use engine::Sandbox;
pub use error::{CallError, Failure, LoadError};
pub use inspect::{CONTRACT, CONTRACT_SPOKEN, Inspection, validate};
pub use load::{Plugin, Spec};
pub use reuse::Isolation;
pub use schema::Schema;
pub use text::{one_line, visible};
