//! What the host says of itself: log lines on standard error, since standard output belongs to the protocol.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// Chooses what is logged, as in `WHARF_LOG=debug` or `WHARF_LOG=wharf::guest=debug,info`.
pub const LOG_VARIABLE: &str = "WHARF_LOG";

/// For a server: what its operator should see, and no chatter of libraries.
pub const SERVER_FILTER: &str = "warn,wharf=info";

/// For a command that prints its result: the failures of plugins are part of that.
pub const COMMAND_FILTER: &str = "off";

/// Begins to log, with this filter unless the environment has another. Later calls change nothing.
pub fn start(default: &str) {
    let wanted = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| default.to_owned());
    let (filter, problem) = match EnvFilter::try_new(&wanted) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(default), Some(error)),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // It would say on standard error that standard error can't be written to, and panic when it can't.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    // Fails when logging has begun already, as in an embedding program: then that program's choice stands.
    let _ = lines.try_init();
    if let Some(error) = problem {
        tracing::warn!("{LOG_VARIABLE}={wanted} is not a filter, and the default is used: {error}");
    }
}
