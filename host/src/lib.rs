//! wharf: sandboxed WebAssembly plugins as one MCP server.
//!
//! The program is a thin shell over this library, which other programs can embed:
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use wharf::{Config, Host};
//!
//! // First of all: plugins are compiled in a process of their own, which is this program once more.
//! if let Some(_code) = wharf::plugin::compile_if_child() {
//!     return Ok(()); // a real `main` returns the code
//! }
//! let host = Host::start(Config::load("wharf.toml".as_ref())?)?;
//! let surface = host.published().settled().await;
//! for tool in surface.tools() {
//!     println!("{}", tool.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Rooms, in the order in which a `tools/call` walks through them
//!
//! 1. [`mcp`] takes the request from a transport, proves who calls and finds the tool in the current snapshot.
//! 2. [`surface`] is that snapshot: names that clients use, and whose they are.
//! 3. [`plugin`] checks the arguments, makes a fresh instance, calls it within its bounds and checks the result.
//! 4. [`capability`] is what the guest may use meanwhile, each use judged by what the operator granted.
//!
//! Around them: [`cli`] has the commands, [`app`] puts everything together, [`config`] is what the operator wrote,
//! [`policy`] compares what a plugin imports with what was granted, [`source`] knows where plugins come from, [`caller`] is
//! who calls, and [`audit`] the record of what they did. `ARCHITECTURE.md` beside this crate has the whole picture, and who
//! may use whom.

pub mod app;
pub mod audit;
pub mod caller;
pub mod capability;
pub mod cli;
pub mod config;
pub mod database;
pub mod mcp;
pub mod pattern;
pub mod plugin;
pub mod policy;
mod random;
pub mod seal;
pub mod search;
pub mod secret;
pub mod source;
pub mod surface;
pub mod task;
pub mod telemetry;
pub mod text;

pub use app::Host;
pub use config::Config;
