//! The sandbox. The only room, with `capability/*/host.rs`, that knows Wasmtime.
//!
//! Reading order: [`inspect`](Inspection) what a file says, `load` it, `describe` what it offers, `call` it.

mod abandon;
#[allow(missing_docs, unreachable_pub, reason = "generated; the documentation is in wit/plugin")]
mod bindings;
mod call;
mod context;
mod describe;
mod embed;
mod engine;
mod error;
mod inspect;
pub mod limits;
mod load;
mod output;
mod schema;
mod store;
mod text;

pub use bindings::context::{Abilities, Level};
pub use bindings::tools::{Hints, TaskSupport};
pub use bindings::types;
pub use call::ToolResult;
pub use context::{CallContext, Event};
pub use describe::Tool;
pub use embed::with_request;
pub use engine::Sandbox;
pub use error::{CallError, Failure, LoadError};
pub use inspect::{CONTRACT, CONTRACT_SPOKEN, Inspection};
pub use load::{Plugin, Spec};
pub use schema::Schema;
pub use text::visible;
