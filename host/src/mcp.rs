//! What clients speak: the only room that knows JSON-RPC and rmcp.
//!
//! Both eras of the protocol are served on the same endpoint: the stateless one, and the one with a handshake.

mod auth;
mod call;
mod convert;
mod handler;
pub mod http;
mod list;
mod malformed;
pub mod stdio;
mod thin;

pub use auth::Token;

/// A finished call as a client would read it: the `result` of `tools/call`, as JSON.
///
/// # Errors
/// Never for what a plugin can return; see [`serde_json::to_value`].
pub fn result_json(result: crate::plugin::ToolResult) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(convert::tool_result(result))
}
