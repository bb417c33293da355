//! Directories of the host, as WASI preopens.
//!
//! **Gives** the files below a directory that the operator names, at a path that the guest sees. **Never gives** what
//! lies outside of it: links and `..` that lead out of the directory are refused by the operating system's own
//! confined look-up; nor anything that isn't a file, a folder or a link: named pipes, sockets and devices aren't
//! opened. The operator writes:
//!
//! ```toml
//! [plugins.catalog.grants]
//! files = [{ directory = "/srv/registries", at = "/registries" }, { directory = "notes", at = "/notes", access = "read-write" }]
//! ```
//!
//! The import `wasi:filesystem` is always there, since standard libraries bring it; without a grant it holds nothing.

mod grant;
mod host;

pub use grant::{Access, Grant, GrantError, Rules, Want};
pub(crate) use host::{FilesView, Places, check_directories, guard, preopen};

/// What the audit and the configuration call it.
pub(crate) const NAME: &str = "files";

/// A line that grants it.
pub(crate) const EXAMPLE: &str = "files = [{ directory = \"/path/on/this/machine\", at = \"/path/for/the/plugin\" }]";
