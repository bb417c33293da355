//! What clients speak: the only room that knows JSON-RPC and rmcp.
//!
//! Both eras of the protocol are served on the same endpoint: the stateless one, and the one with a handshake.

#![expect(deprecated, reason = "the older era is served in full, with what the newer one has left behind")]

mod approval;
mod auth;
mod call;
mod client;
mod convert;
mod dialogue;
mod events;
mod exchange;
mod failure;
mod find;
mod handler;
pub mod http;
mod hub;
mod list;
mod malformed;
mod open_questions;
mod params;
mod prompts;
mod question;
mod resources;
mod session;
pub mod stdio;
mod subscribe;
mod tasks;
mod thin;
mod watch;

pub use auth::{Digest, EXPIRES_SOON, Token, TokenError, Tokens, random_token};
pub use list::{MOST_PAGE_ITEMS, PAGE_ITEMS};

/// A finished call as a client would read it: the `result` of `tools/call`, as JSON.
///
/// # Errors
/// Never for what a plugin can return; see [`serde_json::to_value`].
pub fn result_json(result: crate::plugin::ToolResult) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(convert::tool_result(result, &str::to_owned))
}
