//! What the tests of the whole system share. They start the real program, as an operator does, and talk to it as a
//! client does; this crate alone knows how.
//!
//! * [`TestHost`] writes a configuration and starts `wharf` with it: as a command, over HTTP, or over stdio;
//! * [`Wire`] and [`Connection`] send one request in each way that a client may choose;
//! * [`Origin`] is a server that plugins' requests go to, and [`NameServer`] says where it is;
//! * [`SigningStore`] is a server that takes no request without a good signature of AWS;
//! * [`Suite`] runs the protocol's conformance suite, and [`Report`] says what it found;
//! * [`fits`] compares JSON with what a test expects of it;
//! * [`find`] finds what tests need beside the program: guests, data, clients.
//!
//! Every wait has a bound, and every process is killed when its owner goes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "only tests use this crate, and a test fails by panicking"
)]

mod bounds;
mod conformance;
mod connection;
mod host;
mod http_host;
mod lines;
mod name_server;
mod origin;
mod parts;
mod pattern;
mod process;
mod rpc;
mod shared;
mod signing_store;
mod stdio_host;

pub use conformance::{Report, Suite};
pub use connection::{Connection, Exchange, Wire};
pub use host::TestHost;
pub use http_host::{Answer, HttpHost};
pub use name_server::NameServer;
pub use origin::{Origin, Request, answer};
pub use parts::{Part, find, package_folder};
pub use pattern::fits;
pub use process::{Finished, run};
pub use rpc::{Era, headers, message, result};
pub use shared::Shared;
pub use signing_store::{AccessKey, SigningStore};
pub use stdio_host::StdioHost;
