//! Outbound HTTP: which requests a plugin may send.
//!
//! **Gives** requests that one of the operator's rules matches, and that the plugin asked for. **Never gives** anything
//! else: no other host that looks like a granted one, no path that servers read in different ways, no tunnel.
//! The operator writes:
//!
//! ```toml
//! [plugins.catalog.grants]
//! http = [{ host = "api.example.com", path = "/v1/**", methods = ["GET", "POST"] }]
//! ```
//!
//! Rules judge the very `Url` that is dialled, so that no second reading of it can differ. Whether the addresses behind
//! a name may be connected to is for [`egress`](super::egress) to say.

mod backend;
mod grant;
mod host;

pub use backend::network::{Network, NetworkError, NetworkOptions};
pub use grant::{GrantError, Match, Rule, Rules, Scheme, Want, Wants, analysis};
pub use host::access::{Access, AccessError, Bounds};
pub(crate) use host::{HttpView, Instance, link};

/// What the audit and the configuration call it.
pub(crate) const NAME: &str = "http";

/// A line that grants it.
pub(crate) const EXAMPLE: &str = "http = [{ host = \"api.example.com\", path = \"/v1/**\", methods = [\"GET\"] }]";
