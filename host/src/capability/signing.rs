//! URLs that carry their own signature, as stores of objects take them (`wharf:signing@0.1.0`).
//!
//! **Gives** a guest a URL with which anybody can do one thing for a while: read or write one object, say. The guest hands
//! it on, so that large data doesn't pass through it. **Never gives** the key that signs, nor a URL for another host,
//! path, method or time than the operator wrote, and the plugin asks for; nor why a key can't be had, which is in the log;
//! and no parameter of the query that the operator didn't name, since those change what is done: `?acl` isn't an object.
//! The operator writes:
//!
//! ```toml
//! [plugins.catalog.grants]
//! signing = [{ name = "models", host = "s3.example.com", path = "/bucket/**", methods = ["GET", "PUT"], longest-seconds = 3600, aws = { service = "s3", region = "eu-west-1" } }]
//! ```

mod backend;
mod grant;
mod host;

pub use backend::{Judged, Presigner};
pub use grant::{Grant, GrantError, Grants, Rules, Want};
pub use host::Access;
pub(crate) use host::{Signing, link};

/// What the audit and the configuration call it.
pub(crate) const NAME: &str = "signing";

/// A line that grants it.
pub(crate) const EXAMPLE: &str = "signing = [{ name = \"models\", host = \"s3.example.com\", path = \"/bucket/**\", \
    aws = { service = \"s3\", region = \"eu-west-1\" } }]";
