//! Requests to other servers, by `wasi:http`. With the feature `http`.
//!
//! ```no_run
//! use wharf_sdk::http::{Error, Request};
//! use wharf_sdk::serde_json::Value;
//!
//! fn title(id: &str) -> Result<String, Error> {
//!     let issue: Value = Request::get("https://api.example.com/v1/issues").query("id", id).send()?.success()?.json()?;
//!     Ok(issue["title"].to_string())
//! }
//! ```
//!
//! The host makes the request, if a rule of the operator's allows it. A plugin sets no credentials: the rule attaches
//! them, and they never get here. Redirects aren't followed: a new address is a new request, with a rule of its own.
//!
//! Several requests at once are [started](Request::start) first, and then waited for. What is sent and what comes back
//! may be larger than memory: [`Body::reader`], [`Response::reader`].

mod body;
mod error;
#[cfg(target_family = "wasm")]
mod host;
mod request;
mod response;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod stand_in;

use std::time::Duration;

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method};

pub use self::body::Body;
pub use self::error::Error;
#[cfg(target_family = "wasm")]
use self::host as source;
pub use self::request::{Pending, Request};
pub use self::response::{Reader, Response};
#[cfg(not(target_family = "wasm"))]
use self::stand_in as source;

/// What of an answer is read into memory, unless the plugin says otherwise: a guest has little, and models read less.
pub const LIMIT: usize = 4 << 20;

/// A request with everything that the host needs.
struct Outgoing {
    method: Method,
    address: ::http::Uri,
    headers: HeaderMap,
    body: Body,
    #[cfg_attr(not(target_family = "wasm"), expect(dead_code, reason = "nothing takes time without a host"))]
    times: Times,
}

/// For how long the plugin waits. The host has bounds of its own, and the shorter one holds.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    whole: Option<Duration>,
    first_byte: Option<Duration>,
    between_bytes: Option<Duration>,
}

/// What came back, before its body.
#[derive(Debug)]
struct Head {
    status: u16,
    headers: HeaderMap,
}

#[cfg(test)]
mod tests;
